/// What the two DPM-Solver classes read alike.
struct DPMSolverChoice: Sendable {
    let algorithm: AlgorithmType
    let solver: SolverType
    let output: SolverOutput
    let finalSigma: FinalSigma
    let learnsVariance: Bool

    /// The algorithm and the solver; values that mean another class's (`deis`, `logrho`, `bh1`, `bh2`) take the default,
    /// as in diffusers.
    /// - Throws: `ConfigurationError` for an algorithm that the class does not have.
    init(
        _ configuration: SchedulerConfiguration, _ options: SamplerOptions, supporting supported: [AlgorithmType]
    ) throws {
        let named = options.algorithmType ?? configuration.algorithmType ?? .dpmSolverPlusPlus
        guard supported.contains(named) || named == .deis else {
            throw configuration.unsupported("algorithm_type", named.rawValue, supported: supported.map(\.rawValue))
        }
        algorithm = named == .deis ? .dpmSolverPlusPlus : named
        solver = (options.solverType ?? configuration.solverType) == .heun ? .heun : .midpoint
        output = try SolverOutput(configuration, isOriginal: algorithm.predictsOriginal)
        finalSigma = try Self.finalSigma(configuration, for: algorithm)
        learnsVariance = configuration.varianceType?.isLearned ?? false
    }

    /// The algorithms that integrate ε cannot reach level 0.
    private static func finalSigma(
        _ configuration: SchedulerConfiguration, for algorithm: AlgorithmType
    ) throws -> FinalSigma {
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
