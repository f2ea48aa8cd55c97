import DiffusionRenderer
import DiffusionSchedulers
import DiffusionTensors

/// Where the latents of one picture come from.
enum DenoisingStart {
    /// Noise that the request's generator draws, of this shape.
    case noise(Shape)
    /// Noise of unit variance that the caller brings along, in place of the generator's first draw.
    case given(Tensor)
    /// A picture's latents in the encoder's scale, and what they are multiplied with to be the denoiser's.
    case picture(LatentDistribution, scalingFactor: Float)

    /// The latents before the first evaluation. Draws in the order of diffusers' `prepare_latents`: for a picture the
    /// posterior's sample first, then the noise that is added to it.
    func latents(
        for scheduler: any Scheduler, at first: ModelEvaluation?, using generator: inout some NoiseGenerator
    ) -> Tensor {
        switch self {
        case .noise(let shape): return scheduler.initialNoiseSigma * generator.normal(shape)
        case .given(let noise): return scheduler.initialNoiseSigma * noise
        case .picture(let posterior, let scale):
            let original = scale * posterior.sample(using: &generator)
            guard let first else { return original }
            return scheduler.adding(noise: generator.normal(original.shape), to: original, at: first)
        }
    }
}

extension ResolvedRequest {
    /// The U-Net calls of one picture.
    func evaluations(of scheduler: any Scheduler) -> [ModelEvaluation] {
        guard let initialPicture else { return scheduler.evaluations }
        return Array(scheduler.evaluations(skippingSteps: initialPicture.skippedSteps(of: steps)))
    }
}
