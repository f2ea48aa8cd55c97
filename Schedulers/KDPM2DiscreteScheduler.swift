import DiffusionTensors
import Foundation

/// DPM-Solver-2 in sigma space (k-diffusion's `sample_dpm_2`): two evaluations a step, the second half-way in log σ; the
/// last step, to level 0, has one.
///
/// Matches diffusers' `KDPM2DiscreteScheduler`. Deterministic.
public struct KDPM2DiscreteScheduler: SigmaSpaceScheduler {
    public static let evaluationsPerStep = 2

    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float
    private let prediction: PredictionType
    private let sigmas: [Float]
    private let middles: [Float]
    /// Where the step at hand began, while the second evaluation is awaited.
    private var begun: Tensor?

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        prediction = try PredictionType.read(configuration, supporting: [.epsilon, .vPrediction])
        let path = try SigmaPath(
            configuration, stepCount: stepCount, options: options, traits: Self.traits(named: "KDPM2"))
        let table = try SigmaTable(NoiseSchedule(configuration, defaults: .linearLatent, rescales: false))
        sigmas = path.sigmas
        initialNoiseSigma = path.initialNoiseSigma
        middles = Self.middles(from: path.sigmas.dropLast(2), to: path.sigmas.dropFirst().dropLast())
        evaluations = TwoStage.evaluations(
            timesteps: path.timesteps, sigmas: sigmas,
            middleTimesteps: middles.map { table.timestep(ofSigma: Double($0)) }, middles: middles)
    }

    static func traits(named name: String) -> SigmaPath.Traits {
        SigmaPath.Traits(name: name, defaults: .linearLatent, roundedSpacings: [.karras])
    }

    /// The geometric means of levels and those they lead to.
    static func middles(from levels: some Sequence<Float>, to ends: some Sequence<Float>) -> [Float] {
        zip(levels, ends).map { level, end in
            let (from, to) = (logf(end), logf(level))
            return expf(to.addingProduct(-0.5, to - from))
        }
    }

    public func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        SigmaSpace.adding(noise: noise, to: original, sigma: TwoStage.sigmaOfWholeSteps(at: evaluation))
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let step = evaluation.index / 2
        let sigma = Float(evaluation.sigma)
        let original = SigmaSpace.original(from: modelOutput, sample: sample, sigma: sigma, as: prediction)
        let derivative = SigmaSpace.derivative(sample, original: original, sigma: sigma)
        let previous: Tensor
        if let start = begun {
            previous = SigmaSpace.euler(start, derivative, over: sigmas[step + 1] - sigmas[step])
            begun = nil
        } else {
            previous = SigmaSpace.euler(sample, derivative, over: Float(evaluation.nextSigma) - sigma)
            begun = sample
        }
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }
}
