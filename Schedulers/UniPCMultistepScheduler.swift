import DiffusionTensors
import Foundation

/// UniPC, a predictor-corrector of any order (Zhao et al., arXiv 2302.04867): each evaluation first corrects the step that
/// led to it, then predicts the next.
///
/// Matches diffusers' `UniPCMultistepScheduler` without `solver_p`. Deterministic. Where a step ends on level 0 it is of
/// order 1: diffusers comes to no number there with `lower_order_final` false, or with `bh1`.
public struct UniPCMultistepScheduler: Scheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1

    private let output: SolverOutput
    private let order: Int
    private let lowersFinalOrder: Bool
    private let uncorrectedSteps: Set<Int>
    private let updates: UniPCUpdate
    private let points: [SolverPoint]
    /// Converted outputs of the last steps, newest first.
    private var history: [Tensor] = []
    /// Where the last step began, and its order.
    private var last: (sample: Tensor, order: Int)?

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        order = try options.solverOrder(configuration, for: "UniPC", in: 1...6)
        let predictsOriginal = configuration.predictX0 ?? true
        // diffusers limits x₀ only where x₀ is what it integrates.
        output = try SolverOutput(configuration, isOriginal: predictsOriginal, isLimited: predictsOriginal)
        let path = try SolverPath(
            configuration, stepCount: stepCount, options: options,
            traits: SolverPath.Traits(
                name: "UniPC", rescales: true, finalSigma: configuration.finalSigmasType ?? .zero, repeatsLowest: true))
        (evaluations, points) = (path.evaluations, path.points)
        updates = UniPCUpdate(
            predictsOriginal: predictsOriginal,
            isFirstKind: options.solverType ?? configuration.solverType ?? .bh2 == .bh1)
        lowersFinalOrder = configuration.lowerOrderFinal ?? true
        uncorrectedSteps = Set(configuration.disableCorrector ?? [])
    }

    public func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        points[evaluation.index].adding(noise: noise, to: original)
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let index = evaluation.index
        let (value, original) = output.converted(modelOutput, sample: sample, at: points[index])
        var corrected = sample
        if let last, !uncorrectedSteps.contains(index - 1) {
            corrected = updates.applied(
                to: last.sample, history: history, points: nodes(before: index, order: last.order), end: points[index],
                corrector: value)
        }
        history = [value] + history.prefix(order - 1)
        let remaining = lowersFinalOrder || points[index + 1].ratio == 0 ? evaluations.count - index : order
        let reached = min(order, remaining, history.count)
        last = (corrected, reached)
        let previous = updates.applied(
            to: corrected, history: history, points: nodes(before: index + 1, order: reached), end: points[index + 1],
            corrector: nil)
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }

    /// The points of the last `order` outputs before a place, newest first.
    private func nodes(before index: Int, order: Int) -> [SolverPoint] { (1...order).map { points[index - $0] } }
}
