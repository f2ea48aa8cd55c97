import DiffusionTensors

/// Denoising diffusion implicit models (Song, Meng & Ermon, arXiv 2010.02502, equations 12 and 16).
///
/// Matches diffusers' `DDIMScheduler` in every option, but for the extra step its `trailing` spacing takes for some step
/// counts (see `NumericGrid.falling`). With `eta` above 0 each step draws noise once.
public struct DDIMScheduler: Scheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1

    private let prediction: PredictionType
    private let limit: SampleLimit
    private let eta: Float
    private let usesClippedModelOutput: Bool
    private let levels: [(now: NoiseLevel, next: NoiseLevel)]

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        let walk = try TrainingWalk.spaced(configuration, stepCount: stepCount, options: options, for: "DDIM")
        (prediction, limit) = (walk.prediction, walk.limit)
        eta = try options.checkedEta(for: "DDIM")
        usesClippedModelOutput = options.usesClippedModelOutput
        let alphas = walk.schedule.alphasCumprod
        let last = NoiseLevel(alphaCumprod: configuration.setAlphaToOne ?? true ? 1 : alphas[0])
        let stride = walk.schedule.trainCount / stepCount
        levels = walk.timesteps.map { timestep in
            let next = timestep - stride
            return (walk.level(at: timestep), next >= 0 ? walk.level(at: next) : last)
        }
        evaluations = .along(walk.timesteps, levels)
    }

    public func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        levels[evaluation.index].now.adding(noise: noise, to: original)
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let (now, next) = levels[evaluation.index]
        let original = limit.applied(to: now.original(from: modelOutput, sample: sample, as: prediction))
        let epsilon =
            usesClippedModelOutput
            ? now.epsilon(original: original, sample: sample)
            : now.epsilon(from: modelOutput, sample: sample, as: prediction)
        let deviation = eta * Self.variance(from: now, to: next).squareRoot()
        let direction = (1 - next.alphaCumprod - deviation * deviation).squareRoot()
        let signal = next.signal
        var previous = original.combined(with: epsilon) { signal * $0 + direction * $1 }
        if eta > 0 {
            previous = previous.combined(with: generator.normal(sample.shape)) { $0 + deviation * $1 }
        }
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }

    /// σ² of equation 16 for η = 1.
    private static func variance(from now: NoiseLevel, to next: NoiseLevel) -> Float {
        (next.betaCumprod / now.betaCumprod) * (1 - now.alphaCumprod / next.alphaCumprod)
    }
}

extension [ModelEvaluation] {
    /// One evaluation for each timestep of a scheduler that walks from level to level.
    static func along(_ timesteps: [Int], _ levels: [(now: NoiseLevel, next: NoiseLevel)]) -> [ModelEvaluation] {
        timesteps.indices.map { index in
            ModelEvaluation(
                index: index, timestep: Double(timesteps[index]), sigma: levels[index].now.sigma,
                nextSigma: levels[index].next.sigma)
        }
    }
}

extension NoiseLevel {
    /// √((1 − ᾱ)/ᾱ), infinite without signal.
    fileprivate var sigma: Double { Double(NoiseSchedule.sigma(ofAlphaCumprod: alphaCumprod)) }
}
