/// The variance of the noise a DDPM step adds; raw values are diffusers' `variance_type`.
public enum VarianceType: String, Sendable, CaseIterable {
    /// β̃ of the posterior.
    case fixedSmall = "fixed_small"
    /// The same, by way of its logarithm.
    case fixedSmallLog = "fixed_small_log"
    /// β.
    case fixedLarge = "fixed_large"
    /// The same, by way of its logarithm.
    case fixedLargeLog = "fixed_large_log"
    /// Predicted as a variance.
    case learned
    /// Predicted as a place between β̃ and β.
    case learnedRange = "learned_range"

    /// Whether the U-Net predicts it in a second half of its output channels.
    public var isLearned: Bool { self == .learned || self == .learnedRange }
}

/// How the noise levels of a run are spread, where it is not by training timesteps.
public enum SigmaSpacing: String, Sendable, Codable, CaseIterable {
    /// Denser towards low noise (Karras et al. 2022, equation 5).
    case karras
    /// Evenly in log σ.
    case exponential
    /// Quantiles of a beta distribution (arXiv 2407.12173).
    case beta
    /// Evenly in log signal-to-noise (DPM-Solver only; diffusers' `use_lu_lambdas`).
    case lu
}

/// The noise level a run ends on; raw values are diffusers' `final_sigmas_type`.
public enum FinalSigma: String, Sendable, CaseIterable {
    /// None.
    case zero
    /// The lowest of training.
    case sigmaMin = "sigma_min"
}

/// How sigmas between training timesteps are found; raw values are diffusers' `interpolation_type`.
public enum SigmaInterpolation: String, Sendable, CaseIterable {
    /// Between σ of neighbouring timesteps.
    case linear
    /// Evenly in log σ from the first to the last.
    case logLinear = "log_linear"
}

/// What the U-Net is told; raw values are diffusers' `timestep_type`.
public enum TimestepType: String, Sendable, CaseIterable {
    /// A timestep of training.
    case discrete
    /// A quarter of log sigma.
    case continuous
}

/// The equation a DPM-type solver integrates; raw values are diffusers' `algorithm_type`.
public enum AlgorithmType: String, Sendable, Codable, CaseIterable {
    /// DPM-Solver, which integrates ε.
    case dpmSolver = "dpmsolver"
    /// DPM-Solver++, which integrates x₀.
    case dpmSolverPlusPlus = "dpmsolver++"
    /// DPM-Solver with noise.
    case sdeDPMSolver = "sde-dpmsolver"
    /// DPM-Solver++ with noise.
    case sdeDPMSolverPlusPlus = "sde-dpmsolver++"
    /// DEIS.
    case deis

    /// Whether each step adds noise.
    public var isStochastic: Bool { self == .sdeDPMSolver || self == .sdeDPMSolverPlusPlus }
}

/// A multi-step solver's variant; raw values are diffusers' `solver_type`.
public enum SolverType: String, Sendable, Codable, CaseIterable {
    /// DPM-Solver of order 2 in the middle of the step.
    case midpoint
    /// DPM-Solver of order 2 at both ends.
    case heun
    /// DEIS in log ρ.
    case logRho = "logrho"
    /// UniPC with B(h) = h.
    case bh1
    /// UniPC with B(h) = e^h − 1.
    case bh2
}
