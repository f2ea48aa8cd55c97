/// What the schedulers that walk over timesteps of training read alike: DDIM and DDPM, and the distilled LCM and TCD.
struct TrainingWalk: Sendable {
    let schedule: NoiseSchedule
    let prediction: PredictionType
    let limit: SampleLimit
    /// Falling.
    let timesteps: [Int]

    /// The timesteps that a spacing picks.
    /// - Parameter name: the sampler, as errors call it.
    /// - Throws: `SchedulerError` or `ConfigurationError` where the values make no schedule.
    static func spaced(
        _ configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions, for name: String
    ) throws -> TrainingWalk {
        try options.refuseSigmaSpacing(for: name)
        let schedule = try NoiseSchedule(configuration, defaults: .ddpm)
        try schedule.checkStepCount(stepCount)
        let spacing = options.timestepSpacing ?? configuration.timestepSpacing ?? .leading
        return try TrainingWalk(
            configuration, schedule, limit: SampleLimit(configuration, clips: true),
            timesteps: spacing.timesteps(
                stepCount: stepCount, trainCount: schedule.trainCount, offset: configuration.stepsOffset ?? 0))
    }

    /// Timesteps among those that a model was distilled with.
    static func distilled(
        _ configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions, for name: String,
        limit: SampleLimit
    ) throws -> TrainingWalk {
        try options.refuseSigmaSpacing(for: name)
        let schedule = try NoiseSchedule(configuration, defaults: .latent)
        return try TrainingWalk(
            configuration, schedule, limit: limit,
            timesteps: DistilledTimesteps.pick(stepCount, configuration, schedule))
    }

    private init(
        _ configuration: SchedulerConfiguration, _ schedule: NoiseSchedule, limit: SampleLimit, timesteps: [Int]
    ) throws {
        self.schedule = schedule
        self.limit = limit
        self.timesteps = timesteps
        prediction = configuration.predictionType ?? .epsilon
        try schedule.check(timesteps, needsSignal: prediction == .epsilon && limit == .none)
    }

    func level(at timestep: Int) -> NoiseLevel { NoiseLevel(alphaCumprod: schedule.alphasCumprod[timestep]) }
}
