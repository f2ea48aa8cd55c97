import DiffusionBasics

/// A share of a job's renders: of n shards, shard k has those whose index is k modulo n.
///
/// Renders that need others stay with them: a chain goes to the shard of its first render, whatever the indices of the
/// rest, so that no shard waits for another.
public struct JobShard: Sendable, Hashable, CustomStringConvertible {
    /// From 0.
    public let index: Int
    /// 1 or more.
    public let count: Int

    /// Everything.
    public static let whole = JobShard(0, of: 1)

    private init(_ index: Int, of count: Int) { (self.index, self.count) = (index, count) }

    /// - Parameter origin: what an error calls the two numbers.
    /// - Throws: `JobShardError`.
    public init(index: Int, count: Int, origin: String = "the shard") throws {
        guard (1...Self.most).contains(count), (0..<count).contains(index) else {
            throw JobShardError.outOfRange(origin: origin, index: index, count: count)
        }
        self.init(index, of: count)
    }

    /// - Parameter text: `i/n`, i from 0.
    /// - Throws: `JobShardError`.
    public init(text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Self.number(parts[0]), let count = Self.number(parts[1]) else {
            throw JobShardError.notNumbers(origin: "--shard", found: text)
        }
        try self.init(index: index, count: count, origin: "--shard")
    }

    static let most = 1_000_000

    /// Digits and nothing else: `Int` takes signs.
    static func number(_ text: some StringProtocol) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }

    /// `2/8`
    public var description: String { "\(index)/\(count)" }
}

/// A share of a job that is none.
public enum JobShardError: DescribedError, Equatable {
    /// Not `i/n`, or an environment variable that holds no number.
    case notNumbers(origin: String, found: String)
    /// The index is not below the count.
    case outOfRange(origin: String, index: Int, count: Int)
    /// The environment says which shard, and nothing says of how many.
    case countMissing(variable: String)
    /// It is known of how many, and nothing says which shard.
    case indexMissing(count: Int)

    public var code: String {
        switch self {
        case .notNumbers: "shard.not-a-number"
        case .outOfRange: "shard.out-of-range"
        case .countMissing: "shard.count-missing"
        case .indexMissing: "shard.index-missing"
        }
    }

    public var sentence: String {
        switch self {
        case .notNumbers("--shard", let found): "--shard is \"\(found)\", expected i/n such as 0/8."
        case .notNumbers(let origin, let found): "\(origin) is \"\(found)\", expected a number."
        case .outOfRange(let origin, let index, let count):
            count < 1
                ? "\(origin) says \(count) shards, expected 1 or more."
                : "\(origin) says shard \(index) of \(count), expected 0 to \(count - 1)."
        case .countMissing(let variable): "\(variable) says which shard this is, but nothing says of how many."
        case .indexMissing(let count): "There are \(count) shards, and nothing says which of them this is."
        }
    }

    public var remedy: String? {
        switch self {
        case .countMissing: "Give --shards n, the number of tasks."
        case .indexMissing: "Give --shard i/n, or run it as a task of an array."
        default: nil
        }
    }
}
