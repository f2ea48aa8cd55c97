/// An error that tells a person what happened and what to do about it.
///
/// Every error this package throws conforms to it, except `CancellationError`.
public protocol DescribedError: Error, CustomStringConvertible, Sendable {
    /// A short stable identifier, for example `weights.missing-tensors`.
    var code: String { get }
    /// One sentence: what was being read, what was expected, what was found.
    var sentence: String { get }
    /// What the person can do; `nil` where the sentence already says it.
    var remedy: String? { get }
    /// Whether the same request may succeed later (disk full, a file that shrank): exit code 75 instead of 2.
    var isTransient: Bool { get }
}

extension DescribedError {
    /// By default the sentence says it all.
    public var remedy: String? { nil }
    /// By default the same request fails again.
    public var isTransient: Bool { false }

    /// The sentence followed by the remedy.
    public var description: String {
        guard let remedy else { return sentence }
        return "\(sentence) \(remedy)"
    }
}

extension Error {
    /// Whether the same request may succeed later; false for errors that do not say.
    package var isTransient: Bool { (self as? any DescribedError)?.isTransient ?? false }
}
