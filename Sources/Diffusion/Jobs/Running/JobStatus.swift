import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights

/// How far a job is, from the results files of all its runs, on whatever machines they were.
public struct JobStatus: Sendable {
    /// Renders of the plan.
    public private(set) var planCount: Int
    /// Renders whose picture is there, made from what the plan says now.
    public private(set) var thereCount = 0
    /// The last word on renders that failed and are not there, up to `mostFailures`.
    public private(set) var failures: [JobResult] = []
    /// Renders whose last word is that they failed.
    public private(set) var failedCount = 0
    /// Results files that were read.
    public private(set) var fileCount = 0
    /// Pictures an hour, over the latest ones of all machines together; nil where too few are known.
    public private(set) var imagesPerHour: Double?

    /// Renders that were not made, and did not fail.
    public var remainingCount: Int { planCount - thereCount - failedCount }
    /// Until the rest is made at the present rate.
    public var secondsLeft: Double? {
        imagesPerHour.map { $0 > 0 ? Double(planCount - thereCount) / $0 * 3600 : .infinity }
    }

    /// The most failures that are listed.
    public static let mostFailures = 100
    /// How many of the latest pictures give the rate.
    private static let rateCount = 1000

    /// Reads the results files in the plan's output folder. A job that changed has other keys: what was made of its former
    /// self does not count.
    /// - Throws: errors of the models' files, which the keys depend on, and of the results files.
    public init(of plan: JobPlan, pipeline: PipelineOptions = PipelineOptions()) async throws {
        planCount = plan.renders.count
        let pipeline = plan.pipelineOptions(asked: pipeline)
        let keys = try await Self.keys(of: plan, pipeline)
        var tally = Tally(keys: keys)
        if FileSystem.isFolder(plan.output.directory) {
            let folder = try FolderHandle(plan.output.directory)
            for (name, _, _) in try ResultsFile.names(in: folder) {
                try LineReader.read(folder.path(of: name)) { tally.take($0) }
                fileCount += 1
            }
        }
        thereCount = tally.thereCount
        failedCount = tally.failures.count
        failures = tally.failures.values.sorted { $0.index < $1.index }.prefix(Self.mostFailures).map(\.self)
        imagesPerHour = Self.rate(tally.times)
    }

    /// The first 64 bits of every render's key; nil where it cannot be told.
    private static func keys(of plan: JobPlan, _ pipeline: PipelineOptions) async throws -> [UInt64?] {
        var keys = JobKeys(plan, pipeline)
        func place(_ index: Int) -> String {
            FileSystem.join(plan.output.directory, plan.renders[index].outputPath)
        }
        var short: [UInt64?] = []
        short.reserveCapacity(plan.renders.count)
        for render in plan.renders {
            let digest = try await keys.modelDigest(render.model).value
            // One that begins with a picture that is not there yet has none.
            let key = try? keys.key(of: render, modelDigest: digest, place: place)
            short.append(key.flatMap(Tally.short))
        }
        return short
    }

    private static func rate(_ times: [Double]) -> Double? {
        let latest = times.sorted().suffix(rateCount)
        guard let first = latest.first, let last = latest.last, last > first else { return nil }
        return Double(latest.count - 1) / (last - first) * 3600
    }
}

/// What the lines say, added up.
private struct Tally {
    private let keys: [UInt64?]
    private var isThere: [Bool]
    private(set) var thereCount = 0
    private(set) var failures: [Int: JobResult] = [:]
    private(set) var times: [Double] = []

    init(keys: [UInt64?]) {
        self.keys = keys
        isThere = Array(repeating: false, count: keys.count)
    }

    static func short(_ key: String) -> UInt64? { UInt64(key.prefix(16), radix: 16) }

    mutating func take(_ line: Substring) {
        guard let result = JobResult(line: line), keys.indices.contains(result.index) else { return }
        let key = result.key.flatMap(Self.short)
        // A render that failed early may have no key, in the plan neither.
        guard key == keys[result.index] else { return }
        if result.status == .done { times.append(result.endedAt) }
        if result.isThere {
            if !isThere[result.index] { thereCount += 1 }
            isThere[result.index] = true
            failures[result.index] = nil
        } else if result.status == .failed, !isThere[result.index] {
            failures[result.index] = result
        }
    }
}
