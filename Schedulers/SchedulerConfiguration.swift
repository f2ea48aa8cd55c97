// Replaced at once: the schedulers' configuration.
public struct SchedulerConfiguration: Sendable {}
public struct SamplerOptions: Sendable {}
