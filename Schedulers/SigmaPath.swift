/// The timesteps and noise levels of a run, for the solvers in sigma space that diffusers took from k-diffusion: they
/// work on x₀ + σ·ε, and the U-Net sees that over √(σ² + 1).
struct SigmaPath: Sendable {
    /// What the U-Net is told, one for each step.
    var timesteps: [Double]
    /// σ before each step, and after the last.
    var sigmas: [Float]
    /// What unit noise is multiplied with to become the first sample.
    let initialNoiseSigma: Float

    /// How a class of diffusers differs from the others.
    struct Traits: Sendable {
        /// The class, as errors call it.
        var name: String
        var defaults = NoiseSchedule.Defaults.ddpm
        /// Whether it knows `rescale_betas_zero_snr`.
        var rescales = false
        var spacings: [SigmaSpacing] = [.karras, .exponential, .beta]
        /// Those after which it rounds timesteps to whole ones.
        var roundedSpacings: [SigmaSpacing] = []
    }

    /// - Throws: `SchedulerError` or `ConfigurationError` where the values make no schedule.
    init(_ configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions, traits: Traits) throws {
        let schedule = try NoiseSchedule(configuration, defaults: traits.defaults, rescales: traits.rescales)
            .withLastLiftedFromZero()
        try schedule.checkStepCount(stepCount)
        let table = try SigmaTable(schedule)
        let spacing = options.timestepSpacing ?? configuration.timestepSpacing ?? .linspace
        timesteps = spacing.fractionalTimesteps(
            stepCount: stepCount, trainCount: schedule.trainCount, offset: configuration.stepsOffset ?? 0)
        var levels = table.sigmas(at: timesteps)
        if let sigmaSpacing = try Self.sigmaSpacing(configuration, options: options, traits: traits) {
            levels = sigmaSpacing.levels(
                from: configuration.sigmaMax ?? levels[0], to: configuration.sigmaMin ?? levels[stepCount - 1],
                count: stepCount)
            let rounds = traits.roundedSpacings.contains(sigmaSpacing)
            timesteps = levels.map {
                let timestep = table.timestep(ofSigma: $0)
                return rounds ? timestep.rounded(.toNearestOrEven) : Double(Float(timestep))
            }
        }
        sigmas = levels.map { Float($0) } + [0]
        guard zip(sigmas, sigmas.dropFirst()).allSatisfy({ $0 > $1 }) else {
            throw SchedulerError.repeatedLevel(stepCount: stepCount)
        }
        initialNoiseSigma = Self.initialNoiseSigma(sigmas, spacing)
    }

    /// With `leading` spacing the run begins below the last timestep, where there still is signal of variance 1.
    static func initialNoiseSigma(_ sigmas: [Float], _ spacing: TimestepSpacing) -> Float {
        let highest = sigmas.reduce(0, max)
        return spacing == .leading ? (highest * highest + 1).squareRoot() : highest
    }

    private static func sigmaSpacing(
        _ configuration: SchedulerConfiguration, options: SamplerOptions, traits: Traits
    ) throws -> SigmaSpacing? {
        try options.refuseSigmaSpacing(for: traits.name, but: traits.spacings)
        let wanted = options.sigmaSpacing ?? configuration.sigmaSpacing
        return wanted.flatMap { traits.spacings.contains($0) ? $0 : nil }
    }
}

extension SigmaPath {
    /// One evaluation for each step.
    var evaluations: [ModelEvaluation] {
        timesteps.indices.map {
            ModelEvaluation(
                index: $0, timestep: timesteps[$0], sigma: Double(sigmas[$0]), nextSigma: Double(sigmas[$0 + 1]))
        }
    }
}
