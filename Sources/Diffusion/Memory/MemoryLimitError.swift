import DiffusionBasics

/// A request that needs more memory than the process may take; found before any work begins.
public struct MemoryLimitError: DescribedError, Equatable {
    /// What is to be made, such as `512x512`.
    public var subject: String
    /// Bytes that it takes without a limit.
    public var unlimitedByteCount: Int
    /// Bytes that it takes at least.
    public var smallestByteCount: Int
    /// Bytes that the process may take.
    public var limit: Int
    /// What the limit is called where it was given.
    public var limitName: String

    public var code: String { "memory.over-limit" }

    /// `512x512 takes about 4.1 GB, …`
    public var sentence: String { "\(clause)." }

    public var remedy: String? { "Raise the limit, or render a smaller picture." }

    /// The sentence without its full stop.
    var clause: String {
        "\(subject) takes about \(ByteCount.wholeMegabytes(unlimitedByteCount)) of memory at full speed, but "
            + "\(limitName) is \(ByteCount.wholeMegabytes(limit)): the smallest that would do is "
            + ByteCount.wholeMegabytes(smallestByteCount)
    }

    /// The same, of a limit given in another place.
    package func named(_ name: String) -> MemoryLimitError {
        var error = self
        error.limitName = name
        return error
    }
}
