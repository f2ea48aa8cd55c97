import DiffusionBasics
import DiffusionDenoiser
import DiffusionEngine
import DiffusionSchedulers
import DiffusionTensors

/// The latents of one picture on their way from noise.
struct DenoisingRun {
    /// Of this picture alone.
    let request: ResolvedRequest
    private(set) var latents: Tensor
    private(set) var seconds = 0.0
    private let evaluations: [ModelEvaluation]
    private var scheduler: any Scheduler
    /// The guidance scale as an input, where the model has it.
    private let timeCondition: Tensor?
    private let inpainting: Inpainting?
    private var generator: any NoiseGenerator
    private var deepFeatures: DeepFeatureCache?
    private var doneCount = 0

    /// Makes the first latents.
    init(
        _ request: ResolvedRequest, scheduler: any Scheduler, from start: DenoisingStart,
        _ configuration: UNetConfiguration
    ) {
        self.request = request
        self.scheduler = scheduler
        evaluations = request.evaluations(of: scheduler)
        deepFeatures = request.cache?.emptyCache
        timeCondition = configuration.timeConditionChannels.map { request.guidance.embedding(width: $0) }
        var generator = request.makeNoiseGenerator()
        (latents, inpainting) = start.begin(with: scheduler, at: evaluations.first, using: &generator)
        self.generator = generator
    }

    /// Whether the call in hand lies within the range of guidance.
    private var isGuided: Bool { request.guidanceRange?.contains(doneCount, of: evaluations.count) ?? true }

    var isFinished: Bool { doneCount == evaluations.count }

    /// One U-Net call and the scheduler's step after it.
    /// - Throws: `GenerationError.nonFiniteLatents`, `CancellationError`, `MemoryError`.
    mutating func step(
        imageIndex: Int, _ prompts: EncodedPromptPair, by core: PipelineCore, in context: ComputeContext
    ) throws -> StepReport {
        let clock = ContinuousClock()
        let start = clock.now
        let nonFinite = GenerationError.nonFiniteLatents(step: doneCount + 1, of: evaluations.count)
        let call = nextCall(prompts)
        let rows = try nonFinite.replacingNonFinite { try call.output(by: core, keeping: &deepFeatures, in: context) }
        return try take(rows, imageIndex: imageIndex, seconds: (clock.now - start).seconds)
    }

    /// The scheduler's step with the U-Net's answer to `nextCall`.
    /// - Parameter answering: seconds that the answer took.
    /// - Throws: `GenerationError.nonFiniteLatents`.
    mutating func take(_ rows: Tensor, imageIndex: Int, seconds answering: Double) throws -> StepReport {
        let clock = ContinuousClock()
        let start = clock.now
        let evaluation = evaluations[doneCount]
        doneCount += 1
        var result = scheduler.step(from: latents, modelOutput: guided(rows), at: evaluation, using: &generator)
        if let inpainting {
            let next = doneCount < evaluations.count ? evaluations[doneCount] : nil
            result = inpainting.keeping(result, for: next, scheduler)
        }
        guard result.previousSample.isFinite else {
            throw GenerationError.nonFiniteLatents(step: doneCount, of: evaluations.count)
        }
        latents = result.previousSample
        let elapsed = answering + (clock.now - start).seconds
        seconds += elapsed
        return StepReport(
            imageIndex: imageIndex, evaluation: doneCount, evaluationCount: evaluations.count,
            timestep: evaluation.timestep, seconds: elapsed, latents: latents,
            predictedOriginalSample: result.predictedOriginalSample)
    }

    /// What the U-Net is asked next: a row for the prompt, before it one for the negative prompt where guidance is on.
    func nextCall(_ prompts: EncodedPromptPair) -> UNetCall {
        let evaluation = evaluations[doneCount]
        let scaled = scheduler.modelInput(for: latents, at: evaluation)
        let input = inpainting?.modelInput(scaled) ?? scaled
        guard let negative = prompts.negative, isGuided else {
            return UNetCall(
                input: input, timesteps: [evaluation.timestep], context: [prompts.prompt],
                timeCondition: timeCondition)
        }
        return UNetCall(
            input: Tensor.concatenated([input, input]), timesteps: [evaluation.timestep, evaluation.timestep],
            context: [negative, prompts.prompt])
    }

    private func guided(_ rows: Tensor) -> Tensor {
        guard rows.shape[0] == 2 else { return rows }
        return request.guidance.combine(unconditional: rows.slice(0..<1), conditional: rows.slice(1..<2))
    }
}

extension ResolvedRequest {
    var guidance: Guidance { Guidance(scale: Float(guidanceScale), rescale: Float(guidanceRescale)) }

    func makeNoiseGenerator() -> any NoiseGenerator {
        switch noiseSource {
        case .torchCPU: TorchNoiseGenerator(seed: seed)
        case .philox: PhiloxNoiseGenerator(seed: seed)
        }
    }
}
