import DiffusionBasics
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import DiffusionText
import Logging
import Synchronization

/// What a pipeline and its runs share: the model in memory, the machine, the thread, prompts encoded so far.
final class PipelineCore: Sendable {
    let model: DiffusionModel
    let networks: LoadedNetworks
    let executor: EngineExecutor
    let logger: Logger
    let precision: Precision
    /// Nil where memory has no limit.
    let budget: MemoryBudget?
    let options: PipelineOptions
    private let context: ComputeContext
    private let prompts = Mutex(PromptCache())
    let encoder = Mutex<ResidentLayer<any PictureEncoder>?>(nil)

    private init(
        model: DiffusionModel, networks: LoadedNetworks, executor: EngineExecutor, options: PipelineOptions,
        budget: MemoryBudget?, context: ComputeContext
    ) {
        (self.model, self.budget) = (model, budget)
        self.networks = networks
        self.executor = executor
        logger = options.logger
        precision = options.precision.resolved
        self.options = options
        self.context = context
    }

    /// Loads on the thread that will compute later.
    static func load(_ model: DiffusionModel, _ options: PipelineOptions) async throws -> PipelineCore {
        try options.check()
        let executor = EngineExecutor()
        let context = try ComputeContext(threadCount: options.threadCount, profile: options.profile)
        return try await executor.perform(cancelling: context) {
            let start = ContinuousClock.now
            let budget = options.memoryLimit.map { MemoryBudget(model, options, limit: $0) }
            let networks = try LoadedNetworks(model, options.precision, budget, in: context)
            for warning in model.warnings + networks.warnings { options.logger.warning("\(warning)") }
            options.logger.debug("\(model.name) loaded in \((ContinuousClock.now - start).seconds) s")
            return PipelineCore(
                model: model, networks: networks, executor: executor, options: options, budget: budget,
                context: context.separatelyCancelled())
        }
    }

    func makeContext() -> ComputeContext { context.separatelyCancelled() }

    /// Runs `body` on the pipeline's thread; cancelling the task ends it early.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable (PipelineCore, ComputeContext) throws -> Result
    ) async throws -> Result {
        let context = makeContext()
        return try await executor.perform(cancelling: context) { try body(self, context) }
    }

    /// How many prompts went through the text encoder so far.
    var encodedPromptCount: Int { prompts.withLock { $0.insertCount } }

    /// Returns the memory of activations to the system.
    func trimMemory() { context.buffers.trim() }

    /// Called when a request has all its context vectors.
    func promptsAreEncoded() {
        guard !options.keepsTextEncoder else { return }
        networks.textEncoder.release()
        trimMemory()
    }

    /// The context vectors of a prompt, computed once.
    func encode(_ prompt: String, clipSkip: Int, in context: ComputeContext) throws -> EncodedPrompt {
        let key = PromptCache.Key(prompt: prompt, clipSkip: clipSkip)
        if let known = prompts.withLock({ $0.use(key) }) { return known }
        budget?.willEncodePrompt(in: context)
        let encoded = try EncodedPrompt(prompt, clipSkip: clipSkip, networks, in: context)
        prompts.withLock { $0.insert(encoded, for: key) }
        return encoded
    }

    /// `[images, 3, height, width]` from latents as the denoiser leaves them.
    /// - Parameter inTiles: whether less memory counts more than the exact picture.
    func decode(_ latents: Tensor, inTiles: Bool = false, in context: ComputeContext) throws -> Tensor {
        let decoder = try decoder(for: latents, inTiles: inTiles, in: context)
        let picture = try decoder(
            latents: latents, addsShift: false, tiles: inTiles ? TilePlan() : nil, in: context)
        return try toNCHW(picture, in: context)
    }

    /// The model's own decoder, with room for what it is to do.
    private func decoder(
        for latents: Tensor, inTiles: Bool, in context: ComputeContext
    ) throws -> any PictureDecoder {
        budget?.willDecode(latents: latents.shape, inTiles: inTiles, in: context)
        return try networks.decoder.loaded(in: context)
    }

    /// The picture of one image's latents.
    /// - Throws: `GenerationError.nonFiniteImage`, `CancellationError`, `MemoryError`.
    /// - Parameter decoder: nil takes the model's own.
    func image(
        of latents: Tensor, by decoder: (any PictureDecoder)? = nil, inTiles: Bool, in context: ComputeContext
    ) throws -> RGBImage {
        if let decoder { budget?.willDecode(latents: latents.shape, by: decoder, in: context) }
        let decoder = try decoder ?? self.decoder(for: latents, inTiles: inTiles, in: context)
        let picture = try GenerationError.nonFiniteImage.replacingNonFinite {
            try decoder(latents: latents, addsShift: false, tiles: inTiles ? TilePlan() : nil, in: context)
        }
        guard picture.isFinite else { throw GenerationError.nonFiniteImage }
        return try RGBImage(decoded: picture, in: context)
    }
}

extension EngineExecutor {
    /// Runs `body` on this executor's thread; cancelling the calling task cancels `context`.
    func perform<Result: Sendable>(
        cancelling context: ComputeContext, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit { continuation.resume(with: Swift.Result { try body() }) }
            }
        } onCancel: {
            context.cancel()
        }
    }
}
