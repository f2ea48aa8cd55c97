import DiffusionTensors
import Foundation

/// Euler's method in sigma space (Karras et al., arXiv 2206.00364, algorithm 2 without churn).
///
/// Matches diffusers' `EulerDiscreteScheduler` with `s_churn` 0, as its pipelines call it. Deterministic.
public struct EulerDiscreteScheduler: SigmaSpaceScheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float
    private let prediction: PredictionType
    private let sigmas: [Float]

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        prediction = configuration.predictionType ?? .epsilon
        let schedule = try NoiseSchedule(configuration, defaults: .ddpm).withLastLiftedFromZero()
        var path = try SigmaPath(
            Self.withWholeRange(configuration, try SigmaTable(schedule)), stepCount: stepCount, options: options,
            traits: SigmaPath.Traits(name: "Euler", rescales: true))
        if configuration.interpolationType == .logLinear, options.sigmaSpacing ?? configuration.sigmaSpacing == nil {
            path.sigmas = Self.logLinear(try SigmaTable(schedule), stepCount: stepCount)
        } else if configuration.finalSigmasType == .sigmaMin {
            path.sigmas[stepCount] = NoiseSchedule.sigma(ofAlphaCumprod: schedule.alphasCumprod[0])
        }
        if configuration.timestepType == .continuous, prediction == .vPrediction {
            path.timesteps = path.sigmas.prefix(stepCount).map { Double(0.25 * logf($0)) }
        }
        (evaluations, sigmas) = (path.evaluations, path.sigmas)
        initialNoiseSigma = SigmaPath.initialNoiseSigma(
            sigmas, options.timestepSpacing ?? configuration.timestepSpacing ?? .linspace)
    }

    /// With `log_linear` other spacings go over all levels of training, not from the first timestep to the last.
    private static func withWholeRange(
        _ configuration: SchedulerConfiguration, _ table: SigmaTable
    ) -> SchedulerConfiguration {
        guard configuration.interpolationType == .logLinear else { return configuration }
        var whole = configuration
        whole.sigmaMin = configuration.sigmaMin ?? table.range.lowest
        whole.sigmaMax = configuration.sigmaMax ?? table.range.highest
        return whole
    }

    /// One level more than steps, evenly in log σ: the run then ends on the lowest level of training, not on 0.
    private static func logLinear(_ table: SigmaTable, stepCount: Int) -> [Float] {
        let (lowest, highest) = (logf(table.sigmas[0]), logf(table.sigmas[table.sigmas.count - 1]))
        return BetaSchedule.torchLinspace(from: Double(highest), to: Double(lowest), count: stepCount + 1)
            .map { expf($0) }
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let (sigma, next) = (sigmas[evaluation.index], sigmas[evaluation.index + 1])
        let original = SigmaSpace.original(from: modelOutput, sample: sample, sigma: sigma, as: prediction)
        let derivative = SigmaSpace.derivative(sample, original: original, sigma: sigma)
        return SchedulerOutput(
            previousSample: SigmaSpace.euler(sample, derivative, over: next - sigma), predictedOriginalSample: original)
    }
}
