/// A scheduler and the settings its name implies: what a request chooses, or what a host program brings along.
///
/// `Sampler(MyScheduler.self, name: "mine")` makes any conforming type usable wherever a built-in one is.
public struct Sampler: Sendable {
    /// The diffusers class name, or whatever a host program calls its own.
    public let name: String
    /// The type that runs.
    public let scheduler: any Scheduler.Type
    /// Settings that a name such as `DPM++ 2M Karras` holds beside the class; a request's own go before them.
    public let preset: SamplerOptions

    /// A sampler of one's own, or a built-in type with settings.
    public init(_ scheduler: any Scheduler.Type, name: String, preset: SamplerOptions = SamplerOptions()) {
        self.scheduler = scheduler
        self.name = name
        self.preset = preset
    }

    /// The scheduler for one picture.
    /// - Throws: `SchedulerError` or `ConfigurationError` where the values make no schedule.
    public func makeScheduler(
        configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions = SamplerOptions()
    ) throws -> any Scheduler {
        try scheduler.init(configuration: configuration, stepCount: stepCount, options: options.filled(from: preset))
    }
}
