import DiffusionTensors

/// DPM-Solver and DPM-Solver++ in their single-step forms, orders 1 to 3: a step of order k is spread over k evaluations,
/// each of which also yields a sample.
///
/// Matches diffusers' `DPMSolverSinglestepScheduler`, which spaces timesteps evenly whatever `timestep_spacing` says. The
/// SDE algorithm draws noise once an evaluation.
public struct DPMSolverSinglestepScheduler: Scheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1
    public var learnsVariance: Bool { choice.learnsVariance }

    private let choice: DPMSolverChoice
    private let order: Int
    private let points: [SolverPoint]
    /// The order reached by each evaluation: 1, 2, 3, 1, 2, 3, ….
    private let orders: [Int]
    /// Converted outputs of the last evaluations, newest first.
    private var history: [Tensor] = []
    /// The sample the step at hand began with.
    private var begun: Tensor?

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        choice = try DPMSolverChoice(
            configuration, options, supporting: [.dpmSolver, .dpmSolverPlusPlus, .sdeDPMSolverPlusPlus])
        order = try options.solverOrder(configuration, for: "DPM-Solver (single-step)", in: 1...3)
        let final = choice.finalSigma
        let path = try SolverPath(
            configuration, stepCount: stepCount, options: options,
            traits: SolverPath.Traits(
                name: "DPM-Solver (single-step)", clips: true, timestepSpacings: [.linspace], finalSigma: final))
        (evaluations, points) = (path.evaluations, path.points)
        // As in diffusers, steps that do not fill up whole ones, or that end on level 0, lower the last orders too.
        let lowers = configuration.lowerOrderFinal ?? false || !stepCount.isMultiple(of: order) || final == .zero
        orders = Self.orders(order, stepCount: stepCount, lowersFinal: lowers, endsAtZero: final == .zero)
    }

    private static func orders(_ order: Int, stepCount: Int, lowersFinal: Bool, endsAtZero: Bool) -> [Int] {
        var orders = (0..<stepCount).map { $0 % order + 1 }
        if lowersFinal, stepCount.isMultiple(of: order) { orders[stepCount - 1] = 1 }
        if lowersFinal, order == 3, stepCount.isMultiple(of: 3) { orders[stepCount - 2] = 2 }
        if endsAtZero { orders[stepCount - 1] = 1 }
        return orders
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
        let reached = min(orders[index], history.count)
        if reached == 1 { begun = sample }
        let start = index - reached + 1
        let weights = ExponentialStep(algorithm: choice.algorithm, start: points[start], end: points[index + 1])
        var terms = [(weights.sampleWeight, begun ?? sample), (weights.outputWeight, history[reached - 1])]
        terms += differences(reached, at: index, weights)
        if choice.algorithm.isStochastic { terms.append((weights.noiseWeight, generator.normal(sample.shape))) }
        return SchedulerOutput(previousSample: .sum(terms), predictedOriginalSample: original)
    }

    /// The terms in D₁ and D₂, which grow from the output at the step's start.
    private func differences(_ reached: Int, at index: Int, _ weights: ExponentialStep) -> [(Float, Tensor)] {
        guard reached > 1 else { return [] }
        func share(_ back: Int) -> Float { (points[index - back].lambda - weights.start.lambda) / weights.length }
        let first = history[reached - 1]
        let late = history[0].difference(from: first, scaledBy: 1 / share(0))
        guard reached > 2 else { return [(weights.slopeWeight(choice.solver), late)] }
        guard choice.solver == .heun else { return [(weights.slopeWeight, late)] }
        let (lateShare, earlyShare) = (share(0), share(1))
        let early = history[1].difference(from: first, scaledBy: 1 / earlyShare)
        let gap = lateShare - earlyShare
        return [
            (weights.slopeWeight, early.combined(with: late) { (lateShare * $0 - earlyShare * $1) / gap }),
            (weights.curvatureWeight, late.combined(with: early) { 2 * ($0 - $1) / gap }),
        ]
    }
}
