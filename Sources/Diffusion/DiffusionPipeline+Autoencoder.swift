import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors

// MARK: - The autoencoder alone

extension DiffusionPipeline {
    /// Reads the weights of the autoencoder's encoder now, which otherwise the first request with a picture does.
    /// - Throws: what is wrong with the file, in one sentence.
    public func loadEncoder() async throws {
        try await core.perform { _ = try $0.loadedEncoder(in: $1) }
    }

    /// A picture's latents in the denoiser's scale.
    /// - Parameters:
    ///   - image: both sides at least the model's factor; what is over a multiple of it is lost.
    ///   - seed: draws from the posterior as diffusers does with `torch.Generator("cpu").manual_seed(seed)`; nil takes its
    ///     mean.
    /// - Returns: `[1, channels, height / f, width / f]`.
    public func encode(image: RGBImage, seed: UInt64? = nil) async throws -> Tensor {
        guard min(image.width, image.height) >= model.sizeFactor else {
            throw RequestError.outOfRange(
                field: "the picture's size", found: "\(image.width)×\(image.height)",
                expected: "at least \(model.sizeFactor) a side")
        }
        let scale = Float(model.vae.scalingFactor)
        return try await core.perform { core, context in
            let posterior = try core.posterior(of: image.tensor, in: context)
            guard let seed else { return scale * posterior.mean }
            var generator = TorchNoiseGenerator(seed: seed)
            return scale * posterior.sample(using: &generator)
        }
    }

    /// The picture of one image's latents as the denoiser leaves them.
    /// - Parameters:
    ///   - latents: `[1, channels, height, width]`.
    ///   - tiling: whether it is decoded in tiles.
    public func picture(latents: Tensor, tiling: TilingChoice = .auto) async throws -> RGBImage {
        guard latents.shape.rank == 4, latents.shape[0] == 1, latents.shape[1] == model.vae.latentChannels,
            latents.shape.elementCount > 0
        else {
            throw RequestError.outOfRange(
                field: "latents", found: "\(latents.shape)", expected: "1×\(model.vae.latentChannels)×height×width")
        }
        let inTiles = model.decodesInTiles(latents, tiling, for: core.options)
        return try await core.perform { core, context in
            try core.image(of: latents, inTiles: inTiles, in: context)
        }
    }
}
