import Diffusion

/// DDIM without noise (Song et al. 2020, equation 12 with σ = 0) on timesteps of its own: they lie closer together towards
/// the end, as in the paper's quadratic selection.
struct QuadraticScheduler: Scheduler {
    let evaluations: [ModelEvaluation]
    let initialNoiseSigma: Float = 1
    private let levels: [NoiseLevel]
    private let prediction: PredictionType

    init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        let schedule = try NoiseSchedule(configuration)
        let last = Double(schedule.trainCount - 1)
        let timesteps = (1...stepCount).reversed().map { step -> Int in
            let share = Double(step) / Double(stepCount)
            return Int(share * share * last)
        }
        // The walk ends without noise.
        levels = timesteps.map { NoiseLevel(alphaCumprod: schedule.alphasCumprod[$0]) } + [NoiseLevel(alphaCumprod: 1)]
        prediction = configuration.predictionType ?? .epsilon
        let sigmas = levels.map { Double($0.noise / $0.signal) }
        evaluations = timesteps.indices.map {
            ModelEvaluation(
                index: $0, timestep: Double(timesteps[$0]), sigma: sigmas[$0], nextSigma: sigmas[$0 + 1])
        }
    }

    func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        levels[evaluation.index].adding(noise: noise, to: original)
    }

    mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let (now, next) = (levels[evaluation.index], levels[evaluation.index + 1])
        let original = now.original(from: modelOutput, sample: sample, as: prediction)
        let epsilon = now.epsilon(from: modelOutput, sample: sample, as: prediction)
        return SchedulerOutput(
            previousSample: next.adding(noise: epsilon, to: original), predictedOriginalSample: original)
    }
}
