import DiffusionEngine
import DiffusionRenderer
import DiffusionSchedulers
import DiffusionTensors

/// What a mask adds to the steps of one picture, as diffusers' `StableDiffusionInpaintPipeline` does it.
enum Inpainting {
    /// With an ordinary U-Net: outside the mask the picture's own latents, noised to the level of the next call, take the
    /// place of the denoised ones.
    case blending(KeptLatents)
    /// With a U-Net made for it: mask and masked picture are inputs, `[1, 1 + channels, h, w]`.
    case extraInputs(Tensor)

    /// What the U-Net is given.
    /// - Parameter latents: `[1, channels, h, w]`, scaled for the call.
    func modelInput(_ latents: Tensor) -> Tensor {
        guard case .extraInputs(let extra) = self else { return latents }
        return latents.joinedAlongChannels(with: extra)
    }

    /// A step's output, the kept part put back.
    /// - Parameter next: the evaluation that follows; nil after the last, which leaves the picture as it is.
    func keeping(_ output: SchedulerOutput, for next: ModelEvaluation?, _ scheduler: any Scheduler) -> SchedulerOutput {
        guard case .blending(let kept) = self else { return output }
        return SchedulerOutput(
            previousSample: kept.blended(into: output.previousSample, kept.noised(for: next, scheduler)),
            predictedOriginalSample: kept.blended(into: output.predictedOriginalSample, kept.original))
    }
}

/// Latents of a picture that stay outside a mask.
struct KeptLatents {
    /// 1 where latents are repainted, `[1, 1, h, w]`.
    var mask: Tensor
    /// Of the picture, in the denoiser's scale, `[1, channels, h, w]`.
    var original: Tensor
    /// What the run began with: the kept part is noised with the same at every level.
    var noise: Tensor

    func noised(for evaluation: ModelEvaluation?, _ scheduler: any Scheduler) -> Tensor {
        evaluation.map { scheduler.adding(noise: noise, to: original, at: $0) } ?? original
    }

    func blended(into latents: Tensor, _ kept: Tensor) -> Tensor {
        var result = latents
        let (mask, kept) = (mask.scalars, kept.scalars)
        result.withUnsafeMutableScalars { values in
            for index in values.indices where mask[index % mask.count] == 0 { values[index] = kept[index] }
        }
        return result
    }
}

/// A picture whose masked part is to be repainted, encoded.
struct MaskedPicture: Sendable {
    /// The picture's latents; nil where a U-Net with extra inputs begins with noise alone.
    var picture: LatentDistribution?
    /// Those of the picture with its masked part hidden; nil for an ordinary U-Net.
    var hidden: LatentDistribution?
    /// 1 where latents are repainted, `[1, 1, h, w]`.
    var mask: Tensor
    var beginsWithNoise: Bool
    /// What encoded latents are multiplied with to be the denoiser's.
    var scalingFactor: Float
    /// `[1, channels, h, w]`.
    var shape: Shape

    /// The latents before the first evaluation, and what the steps need. Draws in diffusers' order: a sample of the picture,
    /// the noise, a sample of the hidden picture. The last is drawn also where an ordinary U-Net has no use for it.
    func begin(
        with scheduler: any Scheduler, at first: ModelEvaluation?, using generator: inout some NoiseGenerator
    ) -> (latents: Tensor, inpainting: Inpainting?) {
        let original = picture.map { scalingFactor * $0.sample(using: &generator) }
        guard let first else { return (original ?? Tensor(zeros: shape), nil) }
        let noise = generator.normal(shape)
        let rest = hidden.map { scalingFactor * $0.sample(using: &generator) }
        if rest == nil { _ = generator.normal(shape) }
        let inpainting =
            if let rest { Inpainting.extraInputs(mask.joinedAlongChannels(with: rest)) } else {
                original.map { Inpainting.blending(KeptLatents(mask: mask, original: $0, noise: noise)) }
            }
        guard let original, !beginsWithNoise else { return (scheduler.initialNoiseSigma * noise, inpainting) }
        return (scheduler.adding(noise: noise, to: original, at: first), inpainting)
    }
}

extension Tensor {
    /// Both tensors of one image, `[1, channels, h, w]`, as one.
    fileprivate func joinedAlongChannels(with other: Tensor) -> Tensor {
        let (own, others) = (shape.dimensions, other.shape.dimensions)
        // One image: its channels are rows.
        let rows = Tensor.concatenated([
            reshaped(to: Shape(Array(own.dropFirst()))), other.reshaped(to: Shape(Array(others.dropFirst()))),
        ])
        return rows.reshaped(to: [1, own[1] + others[1], own[2], own[3]])
    }
}

extension PipelineCore {
    /// Encodes what inpainting wants of a picture.
    /// - Throws: as `posterior`.
    func masked(_ picture: InitialPicture, by mask: PictureMask, _ shape: Shape, in context: ComputeContext) throws
        -> MaskedPicture
    {
        let isModelInpainting = model.isInpaintingModel
        let needsPicture = !isModelInpainting || !picture.givesWayEntirely
        return MaskedPicture(
            picture: needsPicture ? try posterior(of: picture.image.tensor, in: context) : nil,
            hidden: isModelInpainting ? try posterior(of: mask.hiding(picture.image), in: context) : nil,
            mask: mask.latents(factor: model.sizeFactor), beginsWithNoise: picture.givesWayEntirely,
            scalingFactor: Float(model.vae.scalingFactor), shape: shape)
    }
}
