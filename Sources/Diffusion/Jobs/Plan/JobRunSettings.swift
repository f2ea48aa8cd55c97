/// How a job file wants to be run.
public struct JobRunSettings: Sendable, Hashable {
    /// What happens after a render that failed.
    public enum OnError: String, Sendable, Codable, CaseIterable {
        /// The others go on.
        case `continue`
        /// Nothing more is begun.
        case stop
    }

    /// What happens after a render that failed.
    public var onError: OnError
    /// How often a render that failed for a passing reason is tried again.
    public var retries: Int
    /// Bytes that the process may take; nil does not limit it.
    public var maxMemory: Int?
    /// The arithmetic that the models are loaded for.
    public var precision: Precision
    /// The most pixels × U-Net calls of one render: a guard against a slip of the keyboard.
    public var maxPixelSteps: Int

    /// As a job file that says nothing.
    public init() {
        onError = .continue
        retries = 1
        precision = .auto
        maxPixelSteps = JobRunSettings.defaultMaxPixelSteps
    }

    /// A picture of 4096×4096 in 1000 steps.
    public static let defaultMaxPixelSteps = 1 << 34
}
