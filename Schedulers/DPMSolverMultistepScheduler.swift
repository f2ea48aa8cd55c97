import DiffusionTensors

/// DPM-Solver and DPM-Solver++ in their multi-step forms, orders 1 to 3, as ODE or SDE (arXiv 2206.00927, 2211.01095).
///
/// Matches diffusers' `DPMSolverMultistepScheduler`. The SDE algorithms draw noise once a step. Orders are lower while
/// the history is short, and at the end as `lower_order_final`, `euler_at_final` and `final_sigmas_type` say.
public struct DPMSolverMultistepScheduler: Scheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1
    public var learnsVariance: Bool { choice.learnsVariance }

    private let choice: DPMSolverChoice
    private let order: Int
    private let points: [SolverPoint]
    private let ending: Ending
    /// Converted outputs of the last steps, newest first.
    private var history: [Tensor] = []

    /// How a run ends.
    private struct Ending: Sendable {
        var lowersOrder: Bool
        var usesEuler: Bool
        var isAtZero: Bool
        var stepCount: Int

        /// The highest order for a step.
        func limit(at index: Int) -> Int {
            let lowers = lowersOrder && stepCount < 15
            if index == stepCount - 1, usesEuler || isAtZero || lowers { return 1 }
            return index == stepCount - 2 && lowers ? 2 : 3
        }
    }

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        choice = try DPMSolverChoice(configuration, options, supporting: AlgorithmType.dpmSolvers)
        order = try options.solverOrder(
            configuration, for: "DPM-Solver", in: 1...(choice.algorithm == .sdeDPMSolver ? 2 : 3))
        let path = try SolverPath(
            configuration, stepCount: stepCount, options: options,
            traits: SolverPath.Traits(
                name: "DPM-Solver", rescales: true, clips: true, sigmaSpacings: SigmaSpacing.allCases,
                keepsFractionsWithCosine: true, finalSigma: choice.finalSigma))
        (evaluations, points) = (path.evaluations, path.points)
        ending = Ending(
            lowersOrder: configuration.lowerOrderFinal ?? true, usesEuler: configuration.eulerAtFinal ?? false,
            isAtZero: choice.finalSigma == .zero, stepCount: path.timesteps.count)
    }

    public func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        points[evaluation.index].adding(noise: noise, to: original)
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let index = evaluation.index
        let (value, original) = choice.output.converted(modelOutput, sample: sample, at: points[index])
        history = [value] + history.prefix(order - 1)
        let weights = ExponentialStep(algorithm: choice.algorithm, start: points[index], end: points[index + 1])
        var terms = [(weights.sampleWeight, sample), (weights.outputWeight, value)]
        switch min(order, history.count, ending.limit(at: index)) {
        case 1: break
        case 2: terms.append((weights.slopeWeight(choice.solver), slope(at: index, over: weights.length)))
        default:
            let (slope, curvature) = slopeAndCurvature(at: index, over: weights.length)
            terms += [(weights.slopeWeight, slope), (weights.curvatureWeight, curvature)]
        }
        if choice.algorithm.isStochastic { terms.append((weights.noiseWeight, generator.normal(sample.shape))) }
        return SchedulerOutput(previousSample: .sum(terms), predictedOriginalSample: original)
    }

    /// D₁ from the last two outputs.
    private func slope(at index: Int, over length: Float) -> Tensor {
        let ratio = (points[index].lambda - points[index - 1].lambda) / length
        return history[0].difference(from: history[1], scaledBy: 1 / ratio)
    }

    /// D₁ and D₂ from the last three outputs.
    private func slopeAndCurvature(at index: Int, over length: Float) -> (Tensor, Tensor) {
        let near = (points[index].lambda - points[index - 1].lambda) / length
        let far = (points[index - 1].lambda - points[index - 2].lambda) / length
        let nearSlope = history[0].difference(from: history[1], scaledBy: 1 / near)
        let farSlope = history[1].difference(from: history[2], scaledBy: 1 / far)
        let share = near / (near + far)
        return (
            nearSlope.combined(with: farSlope) { $0 + share * ($0 - $1) },
            nearSlope.difference(from: farSlope, scaledBy: 1 / (near + far))
        )
    }
}
