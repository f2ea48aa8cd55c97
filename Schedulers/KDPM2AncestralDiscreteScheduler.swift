import DiffusionTensors

/// DPM-Solver-2 with ancestral steps (k-diffusion's `sample_dpm_2_ancestral`): each step goes below the next level, its
/// second evaluation half-way there in log σ, and comes back up with new noise; the last step, to level 0, has one.
///
/// Matches diffusers' `KDPM2AncestralDiscreteScheduler`. Noise is drawn at every second evaluation.
public struct KDPM2AncestralDiscreteScheduler: SigmaSpaceScheduler {
    public static let evaluationsPerStep = 2

    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float
    private let prediction: PredictionType
    private let sigmas: [Float]
    /// Where the step at hand began, while the second evaluation is awaited.
    private var begun: Tensor?

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        prediction = try PredictionType.read(configuration, supporting: [.epsilon, .vPrediction])
        let path = try SigmaPath(
            configuration, stepCount: stepCount, options: options,
            traits: KDPM2DiscreteScheduler.traits(named: "KDPM2 ancestral"))
        let table = try SigmaTable(NoiseSchedule(configuration, defaults: .linearLatent, rescales: false))
        let levels = path.sigmas
        sigmas = levels
        initialNoiseSigma = path.initialNoiseSigma
        let downs = (0..<stepCount - 1).map { SigmaSpace.ancestral(from: levels[$0], to: levels[$0 + 1]).down }
        let middles = KDPM2DiscreteScheduler.middles(from: downs, to: levels)
        evaluations = TwoStage.evaluations(
            timesteps: path.timesteps, sigmas: levels,
            middleTimesteps: middles.map { table.timestep(ofSigma: Double($0)) }, middles: middles)
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
        var previous: Tensor
        if let start = begun {
            let (down, up) = SigmaSpace.ancestral(from: sigmas[step], to: sigmas[step + 1])
            previous = SigmaSpace.euler(start, derivative, over: down - sigmas[step])
            previous = SigmaSpace.adding(noise: generator.normal(sample.shape), to: previous, sigma: up)
            begun = nil
        } else {
            previous = SigmaSpace.euler(sample, derivative, over: Float(evaluation.nextSigma) - sigma)
            begun = sample
        }
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }
}
