import Foundation

/// The timesteps and noise levels of a run, for DPM-Solver and its kin: whole timesteps, latents of variance 1.
struct SolverPath: Sendable {
    /// What the U-Net is told, one for each step.
    private(set) var timesteps: [Int]
    /// The places steps begin at, and the one the last ends at.
    let points: [SolverPoint]

    /// How a class of diffusers differs from the others.
    struct Traits: Sendable {
        /// The class, as errors call it.
        var name: String
        /// Whether it knows `rescale_betas_zero_snr`.
        var rescales = false
        /// Whether it knows `lambda_min_clipped`.
        var clips = false
        var timestepSpacings = TimestepSpacing.allCases
        var sigmaSpacings: [SigmaSpacing] = [.karras, .exponential, .beta]
        /// Whether rounding timesteps after Karras spacing depends on the β schedule.
        var keepsFractionsWithCosine = false
        var finalSigma: FinalSigma
        /// Whether `sigma_min` means the run's lowest level again, where noise levels are spaced, and not training's.
        var repeatsLowest = false
    }

    /// - Throws: `SchedulerError` or `ConfigurationError` where the values make no schedule.
    init(_ configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions, traits: Traits) throws {
        try options.refuseSigmaSpacing(for: traits.name, but: traits.sigmaSpacings)
        try options.refuseTimestepSpacing(for: traits.name, but: traits.timestepSpacings)
        let schedule = try NoiseSchedule(configuration, defaults: .ddpm, rescales: traits.rescales)
            .withLastLiftedFromZero()
        try schedule.checkStepCount(stepCount)
        let table = try SigmaTable(schedule)
        timesteps = Self.timesteps(configuration, stepCount: stepCount, options: options, traits: traits, schedule)
        var levels = table.sigmas(at: timesteps.map(Double.init))
        let spacing = (options.sigmaSpacing ?? configuration.sigmaSpacing)
            .flatMap { traits.sigmaSpacings.contains($0) ? $0 : nil }
        if let spacing {
            levels = spacing.levels(
                from: configuration.sigmaMax ?? table.range.highest, to: configuration.sigmaMin ?? table.range.lowest,
                count: stepCount)
            let rounds = spacing == .karras || spacing == .lu
            let fractions = traits.keepsFractionsWithCosine && configuration.betaSchedule == .squaredCosine
            timesteps = levels.map {
                let timestep = table.timestep(ofSigma: $0)
                return Int(rounds && !fractions ? timestep.rounded(.toNearestOrEven) : timestep)
            }
        }
        guard zip(levels, levels.dropFirst()).allSatisfy({ Float($0) > Float($1) }) else {
            throw SchedulerError.repeatedLevel(stepCount: stepCount)
        }
        let lowest = traits.repeatsLowest && spacing != nil ? levels[levels.count - 1] : table.range.lowest
        levels.append(traits.finalSigma == .zero ? 0 : lowest)
        points = levels.map { SolverPoint(ratio: Float($0)) }
    }

    private static func timesteps(
        _ configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions, traits: Traits,
        _ schedule: NoiseSchedule
    ) -> [Int] {
        var usable = schedule.trainCount
        if traits.clips, let least = configuration.lambdaMinClipped {
            // The last timesteps have the lowest signal-to-noise.
            usable -= schedule.alphasCumprod.reversed().prefix { logSignalToNoise($0) < Float(least) }.count
        }
        let wanted = options.timestepSpacing ?? configuration.timestepSpacing ?? .linspace
        let spacing = traits.timestepSpacings.contains(wanted) ? wanted : .linspace
        return spacing.solverTimesteps(
            stepCount: stepCount, trainCount: schedule.trainCount, usable: usable,
            offset: configuration.stepsOffset ?? 0)
    }

    private static func logSignalToNoise(_ alphaCumprod: Float) -> Float {
        logf(alphaCumprod.squareRoot()) - logf((1 - alphaCumprod).squareRoot())
    }

    /// One evaluation for each step.
    var evaluations: [ModelEvaluation] {
        timesteps.indices.map {
            ModelEvaluation(
                index: $0, timestep: Double(timesteps[$0]), sigma: Double(points[$0].ratio),
                nextSigma: Double(points[$0 + 1].ratio))
        }
    }
}

/// A place on the way, by σ in sigma space.
struct SolverPoint: SignalAndNoise, Sendable, Equatable {
    /// σ of sigma space, noise over signal; 0 at the end.
    let ratio: Float
    /// α = 1/√(σ² + 1).
    let signal: Float
    /// σ·α.
    let noise: Float
    /// ln α − ln(σ·α), the half-logarithm of signal-to-noise; infinite at the end.
    let lambda: Float

    init(ratio: Float) {
        self.ratio = ratio
        signal = 1 / (ratio * ratio + 1).squareRoot()
        noise = ratio * signal
        lambda = logf(signal) - logf(noise)
    }
}
