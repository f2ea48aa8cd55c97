import DiffusionTensors

/// A linear multi-step method in sigma space, of order 4 once enough steps are behind it (k-diffusion's `sample_lms`).
///
/// Matches diffusers' `LMSDiscreteScheduler`. Deterministic.
public struct LMSDiscreteScheduler: SigmaSpaceScheduler {
    private static let order = 4

    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float
    private let prediction: PredictionType
    private let sigmas: [Float]
    /// Derivatives of the last steps, newest first.
    private var derivatives: [Tensor] = []

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        prediction = configuration.predictionType ?? .epsilon
        let path = try SigmaPath(
            configuration, stepCount: stepCount, options: options, traits: SigmaPath.Traits(name: "LMS"))
        (evaluations, sigmas) = (path.evaluations, path.sigmas)
        initialNoiseSigma = path.initialNoiseSigma
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let sigma = sigmas[evaluation.index]
        let original = SigmaSpace.original(from: modelOutput, sample: sample, sigma: sigma, as: prediction)
        let derivative = SigmaSpace.derivative(sample, original: original, sigma: sigma)
        derivatives = [derivative] + derivatives.prefix(Self.order - 1)
        // A run that begins late has the order of its place, and fewer derivatives than that, as in diffusers.
        let order = min(evaluation.index + 1, Self.order)
        let terms = derivatives.prefix(order).enumerated().map { back, derivative in
            (weight(of: back, order: order, at: evaluation.index), derivative)
        }
        return SchedulerOutput(previousSample: sample + .sum(terms), predictedOriginalSample: original)
    }

    /// The integral, from this level to the next, of the Lagrange polynomial that is 1 at the level `back` steps ago and
    /// 0 at the others. Degree 3 at most, so two Gauss–Legendre nodes make it exact.
    private func weight(of back: Int, order: Int, at index: Int) -> Float {
        let (from, to) = (Double(sigmas[index]), Double(sigmas[index + 1]))
        let levels = (0..<order).map { Double(sigmas[index - $0]) }
        func polynomial(_ sigma: Double) -> Double {
            (0..<order).reduce(1.0) { product, other in
                other == back ? product : product * (sigma - levels[other]) / (levels[back] - levels[other])
            }
        }
        let (middle, half) = ((from + to) / 2, (to - from) / 2)
        let offset = half / 3.0.squareRoot()
        return Float(half * (polynomial(middle - offset) + polynomial(middle + offset)))
    }
}
