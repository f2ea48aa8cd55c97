import DiffusionTensors
import Foundation

/// Diffusion exponential integrator sampler (Zhang & Chen, arXiv 2204.13902), the log-ρ multi-step form, orders 1 to 3.
///
/// Matches diffusers' `DEISMultistepScheduler`. Deterministic. A run ends on the lowest noise level, not on 0.
public struct DEISMultistepScheduler: Scheduler {
    public let evaluations: [ModelEvaluation]
    public let initialNoiseSigma: Float = 1

    private let output: SolverOutput
    private let order: Int
    private let lowersFinalOrder: Bool
    private let points: [SolverPoint]
    /// ε of the last steps, newest first.
    private var history: [Tensor] = []

    public init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws {
        order = try options.solverOrder(configuration, for: "DEIS", in: 1...3)
        output = try SolverOutput(configuration, isOriginal: false)
        let path = try SolverPath(
            configuration, stepCount: stepCount, options: options,
            traits: SolverPath.Traits(name: "DEIS", finalSigma: .sigmaMin, repeatsLowest: true))
        (evaluations, points) = (path.evaluations, path.points)
        lowersFinalOrder = configuration.lowerOrderFinal ?? true && stepCount < 15
    }

    public func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        points[evaluation.index].adding(noise: noise, to: original)
    }

    public mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput {
        let index = evaluation.index
        let (epsilon, original) = output.converted(modelOutput, sample: sample, at: points[index])
        history = [epsilon] + history.prefix(order - 1)
        let remaining = evaluations.count - index
        let reached = min(order, history.count, lowersFinalOrder ? remaining : order)
        let previous = reached == 1 ? firstOrder(sample, at: index) : multistep(sample, at: index, order: reached)
        return SchedulerOutput(previousSample: previous, predictedOriginalSample: original)
    }

    private func firstOrder(_ sample: Tensor, at index: Int) -> Tensor {
        let weights = ExponentialStep(algorithm: .dpmSolver, start: points[index], end: points[index + 1])
        return .sum([(weights.sampleWeight, sample), (weights.outputWeight, history[0])])
    }

    private func multistep(_ sample: Tensor, at index: Int, order: Int) -> Tensor {
        let (now, next) = (points[index], points[index + 1])
        let rhos = (0..<order).map { points[index - $0].noise / points[index - $0].signal }
        let end = next.noise / next.signal
        let start = sample / now.signal
        let moved = (0..<order).reduce(start) { sum, node in
            let logs = (0..<order).map { logf(rhos[(node + $0) % order]) }
            let weight = Self.integral(end, logs) - Self.integral(rhos[0], logs)
            return sum.combined(with: history[node]) { $0 + weight * $1 }
        }
        return next.signal * moved
    }

    /// The antiderivative at ρ of the Lagrange polynomial in ln ρ that is 1 at the first of `nodes` (logarithms) and 0 at
    /// the others.
    private static func integral(_ rho: Float, _ nodes: [Float]) -> Float {
        let (log, b, c) = (logf(rho), nodes[0], nodes[1])
        guard nodes.count > 2 else { return rho * (-c + log - 1) / (b - c) }
        let d = nodes[2]
        let numerator = rho * (c * (d - log + 1) - d * log + d + log * log - 2 * log + 2)
        return numerator / ((b - c) * (b - d))
    }
}
