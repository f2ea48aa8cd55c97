import DiffusionBasics
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors

extension PipelineCore {
    /// The autoencoder's other half. Text to image does without, so its weights are read when a picture first needs them.
    /// - Throws: errors of the weight files, `CancellationError`, `MemoryError`.
    func loadedEncoder(in context: ComputeContext) throws -> any PictureEncoder {
        try describedEncoder(in: context).loaded(in: context)
    }

    /// The same; under a limit of memory its weights are read by the one who uses it.
    private func describedEncoder(in context: ComputeContext) throws -> ResidentLayer<any PictureEncoder> {
        if let loaded = encoder.withLock({ $0 }) { return loaded }
        try model.checkEncodes()
        let store = try model.source.weights(of: .vae)
        let loads = LoadList()
        let (scope, _) = WeightScope(store, loads: loads)
            .kept(by: budget, convolutionLimit: budget?.convolutionLimits.encoder)
        let made = ResidentLayer(scope.with(precision.arithmetic.delicate)) { model.vae.makeEncoder($0) }
        try store.check()
        try context.load(loads)
        encoder.withLock { $0 = made }
        return made
    }

    /// The distribution of a picture's latents, in the encoder's scale.
    /// - Parameter picture: `[1, height, width, 3]`, −1…1.
    /// - Throws: as `loadedEncoder`; `GenerationError.nonFiniteEncoding`.
    func posterior(of picture: Tensor, in context: ComputeContext) throws -> LatentDistribution {
        budget?.willEncode(picture: picture.shape, in: context)
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
