import DiffusionBasics
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights

/// Another autoencoder than the model's, a small one as a rule, to look at latents with while a picture is made.
public struct PreviewAutoencoder: Sendable {
    private let core: PipelineCore
    private let decoder: any PictureDecoder

    fileprivate init(core: PipelineCore, decoder: any PictureDecoder) { (self.core, self.decoder) = (core, decoder) }

    /// - Parameter latents: `[1, channels, height, width]`, in the denoiser's scale.
    /// - Throws: `RequestError` for latents of another model; `GenerationError`, `CancellationError`, `MemoryError`.
    public func image(of latents: Tensor) async throws -> RGBImage {
        let shape = latents.shape
        guard shape.rank == 4, shape[0] == 1, shape[1] == decoder.latentChannels, shape.elementCount > 0 else {
            throw RequestError.outOfRange(
                field: "latents", found: "\(shape)", expected: "1×\(decoder.latentChannels)×height×width")
        }
        let decoder = decoder
        return try await core.perform { try $0.image(of: latents, by: decoder, inTiles: false, in: $1) }
    }
}

extension DiffusionPipeline {
    /// Reads an autoencoder to preview with, such as an `AutoencoderTiny`.
    /// - Parameter path: as `DiffusionModel.init` takes one in place of the model's own.
    /// - Throws: what is wrong with its files, in one sentence; `RequestError` where its latents are not the model's.
    public func makePreview(vae path: String) async throws -> PreviewAutoencoder {
        let source = try ReplacedAutoencoder(in: model.source, by: path)
        let architecture = try model.previewArchitecture(of: source, path)
        let core = core
        return try await core.perform { core, context in
            let loads = LoadList()
            let store = try source.weights(of: .vae)
            let decoder = architecture.makeDecoder(WeightScope(store, loads: loads))
            try store.check()
            try context.load(loads)
            return PreviewAutoencoder(core: core, decoder: decoder)
        }
    }
}

extension DiffusionModel {
    /// Whether an autoencoder can show this model's latents; reads configuration files, no weights.
    /// - Throws: as `DiffusionPipeline.makePreview(vae:)`.
    public func check(previewVAE path: String) throws {
        _ = try previewArchitecture(of: ReplacedAutoencoder(in: source, by: path), path)
    }

    fileprivate func previewArchitecture(
        of source: ReplacedAutoencoder, _ path: String
    ) throws -> AutoencoderArchitecture {
        let architecture = try AutoencoderArchitecture(source.configuration(of: .vae).reader())
        guard architecture.latentChannels == vae.latentChannels, architecture.outputChannels == 3 else {
            throw RequestError.doesNotFit(
                sentence: "\(path): the autoencoder makes pictures of \(architecture.outputChannels) channels from "
                    + "latents of \(architecture.latentChannels); the model's latents have \(vae.latentChannels).",
                remedy: nil)
        }
        return architecture
    }
}
