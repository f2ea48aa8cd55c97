import DiffusionTensors

/// Multi-step sampling of latent consistency models (Luo et al., arXiv 2310.04378, algorithm 3).
///
/// Matches diffusers' `LCMScheduler`. Every step but the last draws noise once.
public struct LCMScheduler: Scheduler {
    /// σ of the data in the boundary condition.
    private static let dataSigma: Float = 0.5

    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1

    private let prediction: PredictionType
    private let limit: SampleLimit
    private let timestepScaling: Float
    private let levels: [(now: NoiseLevel, next: NoiseLevel)]

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        let walk = try TrainingWalk.distilled(
            configuration, stepCount: stepCount, options: options, for: "LCM",
            limit: SampleLimit(configuration, clips: false))
        (prediction, limit) = (walk.prediction, walk.limit)
        timestepScaling = Float(configuration.timestepScaling ?? 10)
        let places = walk.timesteps.map(walk.level)
        levels = Array(zip(places, places.dropFirst() + [NoiseLevel(alphaCumprod: 1)]))
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
        let (skip, output) = boundaryWeights(at: Float(evaluation.timestep))
        let denoised = original.combined(with: sample) { output * $0 + skip * $1 }
        let isLast = evaluation.index == levels.count - 1
        return SchedulerOutput(
            previousSample: isLast ? denoised : next.adding(noise: generator.normal(sample.shape), to: denoised),
            predictedOriginalSample: denoised)
    }

    /// c_skip and c_out (equation 9).
    private func boundaryWeights(at timestep: Float) -> (skip: Float, output: Float) {
        let scaled = timestep * timestepScaling
        let variance = Self.dataSigma * Self.dataSigma
        let sum = scaled * scaled + variance
        return (variance / sum, scaled / sum.squareRoot())
    }
}
