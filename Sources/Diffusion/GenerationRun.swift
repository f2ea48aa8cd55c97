import DiffusionBasics
import DiffusionDenoiser
import DiffusionEngine
import DiffusionRenderer
import DiffusionSchedulers
import DiffusionTensors

/// The state of one request being rendered; each `next()` does one piece of work on the pipeline's thread.
actor GenerationRun {
    let core: PipelineCore
    private let request: ResolvedRequest
    private let sampler: Sampler
    /// `[images, channels, height / f, width / f]`, in place of noise that is drawn.
    private let startingNoise: Tensor?
    /// What a picture's encoding leaves to begin with, the same for every picture of the request.
    private var encoded: DenoisingStart?
    nonisolated let context: ComputeContext
    var prompts: EncodedPromptPair?
    var denoising: DenoisingRun?
    private var finishedCount = 0
    private var hasFailed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { core.executor.asUnownedSerialExecutor() }

    init(core: PipelineCore, request: ResolvedRequest, sampler: Sampler, startingNoise: Tensor?) {
        self.core = core
        self.request = request
        self.sampler = sampler
        self.startingNoise = startingNoise
        context = core.makeContext()
    }

    nonisolated func cancel() { context.cancel() }

    /// The next event; nil after the last, and after an error.
    func next() throws -> GenerationEvent? {
        guard !hasFailed else { return nil }
        do { return try nextEvent() } catch {
            hasFailed = true
            throw error
        }
    }

    private func nextEvent() throws -> GenerationEvent? {
        guard let prompts else { return .promptEncoded(try encodePrompts()) }
        if finishedCount == request.imageCount { return nil }
        if denoising?.isFinished == true { return .finished(try finishImage()) }
        var run = try denoising ?? beginImage()
        if run.isFinished {
            denoising = run
            return .finished(try finishImage())
        }
        // Not held twice: the step then writes in place.
        denoising = nil
        let report = try run.step(imageIndex: finishedCount, prompts, by: core, in: context)
        denoising = run
        return .stepCompleted(report)
    }

    private func encodePrompts() throws -> PromptReport {
        let clock = ContinuousClock()
        let start = clock.now
        let prompt = try core.encode(request.prompt, clipSkip: request.clipSkip, in: context)
        let negative =
            request.guidance.isActive && core.model.unet.timeConditionChannels == nil
            ? try core.encode(request.negativePrompt, clipSkip: request.clipSkip, in: context) : nil
        core.promptsAreEncoded()
        prompts = EncodedPromptPair(
            prompt: ContextMemory(prompt.context), negative: negative.map { ContextMemory($0.context) })
        return PromptReport(
            tokenCount: prompt.tokenCount, tokenLimit: prompt.context.shape[1],
            warnings: prompt.warnings + (negative?.warnings ?? []), seconds: (clock.now - start).seconds)
    }

    func beginImage() throws -> DenoisingRun {
        let image = request.image(finishedCount)
        return DenoisingRun(
            image, scheduler: try core.model.makeScheduler(for: image, sampler), from: try start(of: image),
            core.model.unet)
    }

    private func start(of image: ResolvedRequest) throws -> DenoisingStart {
        if let startingNoise { return .given(startingNoise.slice(finishedCount..<finishedCount + 1)) }
        let shape = core.model.latentShape(for: image)
        guard let picture = image.initialPicture else { return .noise(shape) }
        let start = try encoded ?? encode(picture, shape)
        encoded = start
        return start
    }

    private func encode(_ picture: InitialPicture, _ shape: Shape) throws -> DenoisingStart {
        guard let mask = picture.mask else {
            return .picture(
                try core.posterior(of: picture.image.tensor, in: context),
                scalingFactor: Float(core.model.vae.scalingFactor))
        }
        return .masked(try core.masked(picture, by: mask, shape, in: context))
    }

    private func finishImage() throws -> GeneratedImage {
        guard let run = denoising else { reportBug("a picture is finished that was not begun") }
        let clock = ContinuousClock()
        let start = clock.now
        // Decoding wants other sizes than denoising did.
        core.trimMemory()
        let image = try core.image(of: run.latents, inTiles: run.request.decodesInTiles, in: context)
        let finished = GeneratedImage(
            image: image, index: finishedCount, request: run.request,
            metadata: run.request.metadata(
                precision: core.precision, memoryLimit: core.budget?.limitToTell, kernels: context.kernelDescription,
                isNoiseGiven: startingNoise != nil),
            latents: run.latents,
            warnings: image.isOfOneColor ? ["The picture is of one colour."] : [],
            seconds: StageSeconds(denoising: run.seconds, decoding: (clock.now - start).seconds))
        core.logger.debug(
            "picture \(finished.index): \(run.seconds) s denoising, \(finished.seconds.decoding) s decoding")
        denoising = nil
        finishedCount += 1
        core.trimMemory()
        return finished
    }
}

/// Context vectors of the prompt and, where guidance is on, of the negative prompt, with what the U-Net makes of them.
struct EncodedPromptPair: Sendable {
    var prompt: ContextMemory
    var negative: ContextMemory?
}

extension Duration {
    /// As a plain number.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
