import Foundation

/// The weights of one exponential-integrator step from one point to another (DPM-Solver, arXiv 2206.00927, and
/// DPM-Solver++, arXiv 2211.01095): the sample, the model's output D₀, its first and second differences D₁ and D₂ over
/// the step, and noise.
///
/// D is x₀ for the `++` algorithms and ε for the others. Terms and rounding are those of diffusers' formulas.
struct ExponentialStep: Sendable {
    let algorithm: AlgorithmType
    let start: SolverPoint
    let end: SolverPoint
    /// λ gained over the step; infinite where the step ends on level 0.
    var length: Float { end.lambda - start.lambda }

    var sampleWeight: Float {
        switch algorithm {
        case .sdeDPMSolverPlusPlus: end.noise / start.noise * expf(-length)
        case .dpmSolver, .sdeDPMSolver: end.signal / start.signal
        case .dpmSolverPlusPlus, .deis: end.noise / start.noise
        }
    }

    var outputWeight: Float {
        switch algorithm {
        case .dpmSolverPlusPlus, .deis: -(end.signal * (expf(-length) - 1))
        case .dpmSolver: -(end.noise * (expf(length) - 1))
        case .sdeDPMSolverPlusPlus: end.signal * (1 - expf(-2 * length))
        case .sdeDPMSolver: -(2 * (end.noise * (expf(length) - 1)))
        }
    }

    /// Of D₁, for the second order: half of D₀'s by the midpoint rule, else the integral of a straight line.
    func slopeWeight(_ solver: SolverType) -> Float { solver == .heun ? slopeWeight : 0.5 * outputWeight }

    /// Of D₁, as an integral.
    var slopeWeight: Float {
        let h = length
        switch algorithm {
        case .dpmSolverPlusPlus, .deis: return end.signal * ((expf(-h) - 1) / h + 1)
        case .dpmSolver: return -(end.noise * ((expf(h) - 1) / h - 1))
        case .sdeDPMSolverPlusPlus: return end.signal * ((1 - expf(-2 * h)) / (-2 * h) + 1)
        case .sdeDPMSolver: return -(2 * (end.noise * ((expf(h) - 1) / h - 1)))
        }
    }

    /// Of D₂, for the third order.
    var curvatureWeight: Float {
        let h = length
        switch algorithm {
        case .dpmSolverPlusPlus, .deis: return -(end.signal * ((expf(-h) - 1 + h) / (h * h) - 0.5))
        case .dpmSolver, .sdeDPMSolver: return -(end.noise * ((expf(h) - 1 - h) / (h * h) - 0.5))
        case .sdeDPMSolverPlusPlus:
            return end.signal * ((1 - expf(-2 * h) - 2 * h) / (2 * h * (2 * h)) - 0.5)
        }
    }

    /// Of noise; 0 for the algorithms that add none.
    var noiseWeight: Float {
        switch algorithm {
        case .dpmSolver, .dpmSolverPlusPlus, .deis: 0
        case .sdeDPMSolverPlusPlus: end.noise * (1 - expf(-2 * length)).squareRoot()
        case .sdeDPMSolver: end.noise * (expf(2 * length) - 1).squareRoot()
        }
    }
}
