/// What the two DPM-Solver classes read alike.
enum DPMSolverChoice {
    /// The algorithm and the solver; values that mean another class's (`deis`, `logrho`, `bh1`, `bh2`) take the default,
    /// as in diffusers.
    static func read(
        _ configuration: SchedulerConfiguration, _ options: SamplerOptions, supporting supported: [AlgorithmType]
    ) throws -> (AlgorithmType, SolverType) {
        let algorithm = options.algorithmType ?? configuration.algorithmType ?? .dpmSolverPlusPlus
        guard supported.contains(algorithm) || algorithm == .deis else {
            throw configuration.unsupported(
                "algorithm_type", algorithm.rawValue, supported: supported.map(\.rawValue))
        }
        let solver = options.solverType ?? configuration.solverType ?? .midpoint
        return (algorithm == .deis ? .dpmSolverPlusPlus : algorithm, solver == .heun ? .heun : .midpoint)
    }

    /// The algorithms that integrate ε cannot reach level 0.
    static func finalSigma(_ configuration: SchedulerConfiguration, for algorithm: AlgorithmType) throws -> FinalSigma {
        let final = configuration.finalSigmasType ?? .zero
        guard algorithm.predictsOriginal || final == .sigmaMin else {
            throw configuration.unsupported(
                "final_sigmas_type", "\(final.rawValue) (with algorithm_type \(algorithm.rawValue))",
                supported: [FinalSigma.sigmaMin.rawValue])
        }
        return final
    }
}

extension AlgorithmType {
    /// DPM-Solver's.
    static let dpmSolvers: [AlgorithmType] = [.dpmSolver, .dpmSolverPlusPlus, .sdeDPMSolver, .sdeDPMSolverPlusPlus]

    /// Whether x₀ is integrated, and not ε.
    var predictsOriginal: Bool { self == .dpmSolverPlusPlus || self == .sdeDPMSolverPlusPlus }
}
