import DiffusionTensors

/// Euler's method with ancestral steps: each goes below the next noise level and comes back up to it with new noise.
///
/// Matches diffusers' `EulerAncestralDiscreteScheduler` (k-diffusion's `sample_euler_ancestral`). Every step draws noise
/// once, the last too, where it counts for nothing.
public struct EulerAncestralDiscreteScheduler: SigmaSpaceScheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float
    private let prediction: PredictionType
    private let sigmas: [Float]

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        prediction = try PredictionType.read(configuration, supporting: [.epsilon, .vPrediction])
        let path = try SigmaPath(
            configuration, stepCount: stepCount, options: options,
            traits: SigmaPath.Traits(name: "Euler ancestral", rescales: true, spacings: []))
        (evaluations, sigmas) = (path.evaluations, path.sigmas)
        initialNoiseSigma = path.initialNoiseSigma
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let sigma = sigmas[evaluation.index]
        let (down, up) = SigmaSpace.ancestral(from: sigma, to: sigmas[evaluation.index + 1])
        let original = SigmaSpace.original(from: modelOutput, sample: sample, sigma: sigma, as: prediction)
        let derivative = SigmaSpace.derivative(sample, original: original, sigma: sigma)
        let lower = SigmaSpace.euler(sample, derivative, over: down - sigma)
        let previous = SigmaSpace.adding(noise: generator.normal(sample.shape), to: lower, sigma: up)
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }
}
