import DiffusionTensors

/// Heun's method in sigma space (Karras et al., arXiv 2206.00364, algorithm 2 without churn): two evaluations a step, the
/// second at the level the first leads to; the last step, to level 0, has one.
///
/// Matches diffusers' `HeunDiscreteScheduler`. Deterministic.
public struct HeunDiscreteScheduler: SigmaSpaceScheduler {
    public static let evaluationsPerStep = 2

    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float
    private let prediction: PredictionType
    private let limit: SampleLimit
    private let sigmas: [Float]
    /// Where the step at hand began, and its first derivative, while the second evaluation is awaited.
    private var begun: (sample: Tensor, derivative: Tensor)?

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        prediction = configuration.predictionType ?? .epsilon
        limit = .clipping(configuration, clips: false)
        let path = try SigmaPath(
            configuration, stepCount: stepCount, options: options,
            traits: SigmaPath.Traits(name: "Heun", defaults: .linearLatent))
        sigmas = path.sigmas
        initialNoiseSigma = path.initialNoiseSigma
        evaluations = TwoStage.evaluations(
            timesteps: path.timesteps, sigmas: path.sigmas, middleTimesteps: Array(path.timesteps.dropFirst()),
            middles: Array(path.sigmas.dropFirst().dropLast()))
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let step = evaluation.index / 2
        let length = sigmas[step + 1] - sigmas[step]
        let sigma = Float(evaluation.sigma)
        let original = limit.applied(
            to: SigmaSpace.original(from: modelOutput, sample: sample, sigma: sigma, as: prediction))
        var (start, derivative) = (sample, SigmaSpace.derivative(sample, original: original, sigma: sigma))
        if let first = begun {
            start = first.sample
            derivative = first.derivative.combined(with: derivative) { ($0 + $1) / 2 }
            begun = nil
        } else {
            begun = (sample, derivative)
        }
        return SchedulerOutput(
            previousSample: SigmaSpace.euler(start, derivative, over: length), predictedOriginalSample: original)
    }
}
