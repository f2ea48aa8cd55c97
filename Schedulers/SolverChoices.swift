/// The variance of the noise a DDPM step adds; raw values are diffusers' `variance_type`.
public enum VarianceType: String, Sendable, CaseIterable {
    case fixedSmall = "fixed_small"
    case fixedSmallLog = "fixed_small_log"
    case fixedLarge = "fixed_large"
    case fixedLargeLog = "fixed_large_log"
    case learned
    case learnedRange = "learned_range"

    /// Whether the U-Net predicts it in a second half of its output channels.
    public var isLearned: Bool { self == .learned || self == .learnedRange }
}

/// How the noise levels of a run are spread, where it is not by training timesteps.
public enum SigmaSpacing: String, Sendable, Codable, CaseIterable {
    case karras
    case exponential
    case beta
    /// Evenly in log signal-to-noise (DPM-Solver only; diffusers' `use_lu_lambdas`).
    case lu
}

/// The noise level a run ends on; raw values are diffusers' `final_sigmas_type`.
public enum FinalSigma: String, Sendable, CaseIterable {
    case zero
    case sigmaMin = "sigma_min"
}

/// How sigmas between training timesteps are found; raw values are diffusers' `interpolation_type`.
public enum SigmaInterpolation: String, Sendable, CaseIterable {
    case linear
    case logLinear = "log_linear"
}

/// What the U-Net is told; raw values are diffusers' `timestep_type`.
public enum TimestepType: String, Sendable, CaseIterable {
    case discrete
    /// A quarter of log sigma.
    case continuous
}

/// The equation a DPM-type solver integrates; raw values are diffusers' `algorithm_type`.
public enum AlgorithmType: String, Sendable, Codable, CaseIterable {
    case dpmSolver = "dpmsolver"
    case dpmSolverPlusPlus = "dpmsolver++"
    case sdeDPMSolver = "sde-dpmsolver"
    case sdeDPMSolverPlusPlus = "sde-dpmsolver++"
    case deis

    /// Whether each step adds noise.
    public var isStochastic: Bool { self == .sdeDPMSolver || self == .sdeDPMSolverPlusPlus }
}

/// A multi-step solver's variant; raw values are diffusers' `solver_type`.
public enum SolverType: String, Sendable, Codable, CaseIterable {
    case midpoint
    case heun
    case logRho = "logrho"
    case bh1
    case bh2
}
