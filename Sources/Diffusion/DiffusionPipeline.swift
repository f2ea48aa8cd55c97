import DiffusionBasics
import DiffusionSchedulers
import DiffusionTensors

/// Renders pictures from text with one model, loaded once.
///
/// A pipeline computes on a thread of its own and keeps no state between requests but its weights and a few encoded
/// prompts. Several pipelines in a process are independent; requests to one of them take turns, step by step.
public final class DiffusionPipeline: Sendable {
    let core: PipelineCore

    /// The model in memory: sizes, known words, checks of requests.
    public var model: DiffusionModel { core.model }
    /// Sentences worth showing once, about the model and its weights.
    public var warnings: [String] { core.model.warnings + core.networks.warnings }

    /// Whether the text encoder is in memory at present; see `PipelineOptions.keepsTextEncoder`.
    package var isTextEncoderLoaded: Bool { core.networks.textEncoder.isLoaded }

    /// Bytes of weights read so far, those read again counted again; nil where memory has no limit.
    package var readWeightBytes: Int? { core.budget?.residency.readByteCount }

    /// How many prompts went through the text encoder so far; each is remembered for a while.
    package var encodedPromptCount: Int { core.encodedPromptCount }

    /// Loads a model's weights.
    /// - Throws: what is wrong with a file, in one sentence; `RequestError` for options out of range.
    public init(_ model: DiffusionModel, options: PipelineOptions = PipelineOptions()) async throws {
        core = try await PipelineCore.load(model, options)
    }

    /// Loads the model at `location`.
    public convenience init(
        _ location: ModelLocation = .default, options: PipelineOptions = PipelineOptions()
    ) async throws {
        try await self.init(DiffusionModel(location), options: options)
    }

    /// Renders a request, event by event; nothing is computed between the calls of `next()`.
    ///
    /// Cancelling the task ends a running step early, with `CancellationError`.
    /// - Parameters:
    ///   - sampler: the caller's own, `Sampler(MyScheduler.self, name: "mine")`, in place of the one named.
    ///   - startingNoise: `[images, channels, height / f, width / f]` of unit variance, in place of the noise that each
    ///     picture's seed would draw first; for text to image.
    /// - Throws: as `DiffusionModel.resolve`, before anything is computed; `RequestError` for noise of another shape;
    ///   `MemoryLimitError` where the pipeline has a limit of memory that is too small.
    public func generate(
        _ request: GenerationRequest, sampler: Sampler? = nil, startingNoise: Tensor? = nil
    ) throws -> GenerationSequence {
        try generate(
            try model.resolve(request, sampler: sampler, for: core.options), sampler: sampler,
            startingNoise: startingNoise)
    }

    /// Renders a request whose values are all fixed.
    public func generate(
        _ request: ResolvedRequest, sampler: Sampler? = nil, startingNoise: Tensor? = nil
    ) throws -> GenerationSequence {
        let sampler = try sampler ?? SamplerRegistry.sampler(named: request.sampler)
        if let startingNoise { try model.check(startingNoise: startingNoise, for: request) }
        try core.budget?.memory.check(RenderShape(request, model), core.options)
        return GenerationSequence(core: core, request: request, sampler: sampler, startingNoise: startingNoise)
    }

    /// Renders a request and returns its pictures.
    public func images(
        _ request: GenerationRequest, sampler: Sampler? = nil, startingNoise: Tensor? = nil
    ) async throws -> [GeneratedImage] {
        var images: [GeneratedImage] = []
        for try await event in try generate(request, sampler: sampler, startingNoise: startingNoise) {
            if case .finished(let image) = event { images.append(image) }
        }
        return images
    }
}

// MARK: - The parts, for programs that go their own way

extension DiffusionPipeline {
    /// Context vectors of a prompt, `[1, tokens, width]`.
    /// - Parameter clipSkip: how many of the text encoder's last layers to leave out.
    public func encode(prompt: String, clipSkip: Int = 0) async throws -> Tensor {
        try await core.perform { try $0.encode(prompt, clipSkip: clipSkip, in: $1).context }
    }

    /// One call of the U-Net.
    /// - Parameters:
    ///   - latents: `[images, channels, height, width]`, any size.
    ///   - timesteps: one per image.
    ///   - context: `[images, tokens, width]`.
    /// - Returns: `[images, channels, height, width]`.
    public func predict(latents: Tensor, timesteps: [Double], context: Tensor) async throws -> Tensor {
        let (unet, text) = (model.unet, model.text)
        guard latents.shape.rank == 4, latents.shape[0] == timesteps.count, latents.shape[1] == unet.inputChannels,
            unet.takes(height: latents.shape[2], width: latents.shape[3])
        else {
            throw RequestError.outOfRange(
                field: "latents", found: "\(latents.shape)",
                expected: "\(timesteps.count)×\(unet.inputChannels)×height×width")
        }
        guard context.shape.rank == 3, context.shape[0] == timesteps.count, context.shape[1] > 0,
            context.shape[2] == text.hiddenSize
        else {
            throw RequestError.outOfRange(
                field: "context", found: "\(context.shape)", expected: "\(timesteps.count)×tokens×\(text.hiddenSize)")
        }
        return try await core.perform {
            // One call: the contexts are not kept.
            _ = $0.budget?.willDenoise(latents.shape, isWhole: true, in: $1)
            return try $0.networks.unet(latents, timesteps: timesteps, context: context, in: $1)
        }
    }

    /// Decodes latents as the denoiser leaves them, without rounding to bytes.
    /// - Parameters:
    ///   - latents: `[images, channels, height, width]`.
    ///   - tiling: whether each picture is decoded in tiles.
    /// - Returns: `[images, 3, height × f, width × f]`, about −1…1.
    public func decode(latents: Tensor, tiling: TilingChoice = .auto) async throws -> Tensor {
        guard latents.shape.rank == 4, latents.shape[1] == model.vae.latentChannels, latents.shape.elementCount > 0
        else {
            throw RequestError.outOfRange(
                field: "latents", found: "\(latents.shape)",
                expected: "images×\(model.vae.latentChannels)×height×width")
        }
        let inTiles = model.decodesInTiles(latents, tiling, for: core.options)
        return try await core.perform { try $0.decode(latents, inTiles: inTiles, in: $1) }
    }
}
