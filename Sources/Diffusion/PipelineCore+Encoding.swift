import DiffusionBasics
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors

extension PipelineCore {
    /// The autoencoder's other half. Text to image does without, so its weights are read when a picture first needs them.
    /// - Throws: errors of the weight files, `CancellationError`, `MemoryError`.
    func loadedEncoder(in context: ComputeContext) throws -> any PictureEncoder {
        if let loaded = encoder.withLock({ $0 }) { return loaded }
        try model.checkEncodes()
        let store = try model.source.weights(of: .vae)
        let loads = LoadList()
        let scope = WeightScope(store, loads: loads).with(precision.arithmetic.delicate)
        let made = model.vae.makeEncoder(scope)
        try store.check()
        try context.load(loads)
        encoder.withLock { $0 = made }
        return made
    }

    /// The distribution of a picture's latents, in the encoder's scale.
    /// - Parameter picture: `[1, height, width, 3]`, −1…1.
    /// - Throws: as `loadedEncoder`; `GenerationError.nonFiniteEncoding`.
    func posterior(of picture: Tensor, in context: ComputeContext) throws -> LatentDistribution {
        let encoder = try loadedEncoder(in: context)
        let posterior = try GenerationError.nonFiniteEncoding.replacingNonFinite {
            try encoder(picture, in: context)
        }
        guard posterior.mean.isFinite, posterior.logVariance.isFinite else {
            throw GenerationError.nonFiniteEncoding
        }
        return posterior
    }
}
