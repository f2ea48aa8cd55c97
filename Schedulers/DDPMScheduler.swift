import DiffusionTensors
import Foundation

/// Denoising diffusion probabilistic models (Ho, Jain & Abbeel, arXiv 2006.11239, equations 6 and 7).
///
/// Matches diffusers' `DDPMScheduler`, but for the extra step its `trailing` spacing takes for some step counts (see
/// `NumericGrid.falling`). Every step but one at timestep 0 draws noise once. A learned variance comes in the second half
/// of the model's output channels (Nichol & Dhariwal, arXiv 2102.09672, equation 15).
public struct DDPMScheduler: Scheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1
    public var learnsVariance: Bool { varianceType.isLearned }

    private let prediction: PredictionType
    private let limit: SampleLimit
    private let varianceType: VarianceType
    private let levels: [(now: NoiseLevel, next: NoiseLevel)]

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        let walk = try TrainingWalk.spaced(configuration, stepCount: stepCount, options: options, for: "DDPM")
        (prediction, limit) = (walk.prediction, walk.limit)
        varianceType = configuration.varianceType ?? .fixedSmall
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
        let (output, predictedVariance) = split(modelOutput, like: sample)
        let original = limit.applied(to: now.original(from: output, sample: sample, as: prediction))
        let transition = Transition(now, next)
        var previous = transition.mean(original: original, sample: sample)
        if evaluation.timestep > 0 {
            let noise = generator.normal(sample.shape)
            previous = previous + scaled(noise, for: transition, predictedVariance: predictedVariance)
        }
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }

    private func split(_ modelOutput: Tensor, like sample: Tensor) -> (output: Tensor, variance: Tensor?) {
        guard varianceType.isLearned else { return (modelOutput, nil) }
        // One picture: its channels are contiguous, so halves of the memory are halves of the channels.
        let halves = modelOutput.reshaped(to: Shape([2] + sample.shape.dimensions))
        return (
            halves.slice(0..<1).reshaped(to: sample.shape), halves.slice(1..<2).reshaped(to: sample.shape)
        )
    }

    private func scaled(_ noise: Tensor, for transition: Transition, predictedVariance: Tensor?) -> Tensor {
        guard let predictedVariance else { return transition.deviation(varianceType) * noise }
        guard varianceType == .learnedRange else {
            return predictedVariance.combined(with: noise) { $0.squareRoot() * $1 }
        }
        let (low, high) = (logf(transition.posteriorVariance), logf(transition.beta))
        return predictedVariance.combined(with: noise) { predicted, noise in
            let share = (predicted + 1) / 2
            return expf(0.5 * (share * high + (1 - share) * low)) * noise
        }
    }
}

/// The step from one noise level to the next, q(x_{t−1} | x_t, x₀).
private struct Transition {
    private let now: NoiseLevel
    private let next: NoiseLevel
    private let alpha: Float

    init(_ now: NoiseLevel, _ next: NoiseLevel) {
        (self.now, self.next) = (now, next)
        alpha = now.alphaCumprod / next.alphaCumprod
    }

    /// β of the whole step, also where it spans several timesteps.
    var beta: Float { 1 - alpha }

    /// Equation 7's variance, off zero so that its logarithm exists.
    var posteriorVariance: Float { max(next.betaCumprod / now.betaCumprod * beta, 1e-20) }

    /// Equation 7's mean.
    func mean(original: Tensor, sample: Tensor) -> Tensor {
        let originalWeight = next.signal * beta / now.betaCumprod
        let sampleWeight = alpha.squareRoot() * next.betaCumprod / now.betaCumprod
        return original.combined(with: sample) { originalWeight * $0 + sampleWeight * $1 }
    }

    /// What noise is multiplied with. For `fixed_large_log` diffusers takes the root of log β, which is no number; what
    /// Glide means by that name, exp(½ log β), stands here.
    func deviation(_ type: VarianceType) -> Float {
        switch type {
        case .fixedSmallLog: expf(0.5 * logf(posteriorVariance))
        case .fixedLarge: beta.squareRoot()
        case .fixedLargeLog: expf(0.5 * logf(beta))
        case .fixedSmall, .learned, .learnedRange: posteriorVariance.squareRoot()
        }
    }
}
