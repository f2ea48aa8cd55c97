import DiffusionTensors

/// Strategic stochastic sampling of trajectory consistency models (Zheng et al., arXiv 2402.19159, algorithm 4).
///
/// Matches diffusers' `TCDScheduler`, which knows neither clipping nor thresholding in its steps. `eta` is the paper's γ: at
/// 0, as diffusers' pipelines call it, no noise is drawn; above, every step but the last draws once.
public struct TCDScheduler: Scheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1

    private let prediction: PredictionType
    private let eta: Float
    /// Where each step begins, where the model takes it, and the level the noise then brings it back to.
    private let levels: [(now: NoiseLevel, landing: NoiseLevel, next: NoiseLevel)]

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        let walk = try TrainingWalk.distilled(
            configuration, stepCount: stepCount, options: options, for: "TCD", limit: .none)
        prediction = walk.prediction
        eta = try options.checkedEta(for: "TCD")
        let share = Float(1 - options.eta)
        levels = zip(walk.timesteps, walk.timesteps.dropFirst() + [0]).map { timestep, next in
            let landing = Int((share * Float(next)).rounded(.down))
            return (walk.level(at: timestep), walk.level(at: landing), walk.level(at: next))
        }
        evaluations = .along(walk.timesteps, levels.map { ($0.now, $0.next) })
    }

    public func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        levels[evaluation.index].now.adding(noise: noise, to: original)
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let (now, landing, next) = levels[evaluation.index]
        let original = now.original(from: modelOutput, sample: sample, as: prediction)
        let epsilon = now.epsilon(from: modelOutput, sample: sample, as: prediction)
        var previous = landing.adding(noise: epsilon, to: original)
        if eta > 0, evaluation.index < levels.count - 1 {
            let ratio = next.alphaCumprod / landing.alphaCumprod
            previous = NoiseLevel(alphaCumprod: ratio).adding(noise: generator.normal(sample.shape), to: previous)
        }
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }
}
