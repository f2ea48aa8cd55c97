import DiffusionBasics

/// What the process says when it ends.
package enum ExitCode: Int32, Sendable {
    case success = 0
    /// Usage or validation, before anything is rendered.
    case refused = 2
    /// Some pictures failed, the others are there.
    case someFailed = 3
    /// Passing trouble, worth another try.
    case tryAgain = 75
    case hungUp = 129
    case interrupted = 130
    case terminated = 143

    /// For an error that ends everything before the first picture.
    package init(refusing error: any Error) { self = error.isTransient ? .tryAgain : .refused }

    /// For a run of which these pictures failed.
    package init(failures: [any Error]) {
        guard !failures.isEmpty else {
            self = .success
            return
        }
        self = failures.contains(where: \.isTransient) ? .tryAgain : .someFailed
    }
}
