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
    /// A picture of which only a part is repainted.
    case masked(MaskedPicture)

    /// The latents before the first evaluation, and what a mask adds to the steps. Draws in the order of diffusers'
    /// `prepare_latents`: for a picture the posterior's sample first, then the noise that is added to it.
    func begin(
        with scheduler: any Scheduler, at first: ModelEvaluation?, using generator: inout some NoiseGenerator
    ) -> (latents: Tensor, inpainting: Inpainting?) {
        switch self {
        case .noise(let shape): return (scheduler.initialNoiseSigma * generator.normal(shape), nil)
        case .given(let noise): return (scheduler.initialNoiseSigma * noise, nil)
        case .picture(let posterior, let scale):
            let original = scale * posterior.sample(using: &generator)
            guard let first else { return (original, nil) }
            return (scheduler.adding(noise: generator.normal(original.shape), to: original, at: first), nil)
        case .masked(let picture): return picture.begin(with: scheduler, at: first, using: &generator)
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
