import DiffusionBasics
import Synchronization

/// The renders of a plan, in order. Each is made up from the job's text when it is asked for, so that a million of them take
/// no more memory than the file and some sixty bytes each.
public struct JobRenders: RandomAccessCollection, Sendable {
    /// Always 0.
    public var startIndex: Int { 0 }
    /// How many renders there are.
    public let endIndex: Int
    /// Whether any render must wait for another; where none must, a shard need not look at those of others.
    public let hasDependencies: Bool

    private let assembler: JobAssembler
    private let cache = JobCache()

    init(_ assembler: JobAssembler, hasDependencies: Bool) {
        self.assembler = assembler
        self.hasDependencies = hasDependencies
        endIndex = assembler.starts.last ?? 0
    }

    /// Jobs of the file.
    public var jobCount: Int { assembler.starts.count - 1 }

    /// The renders of a job.
    public func indices(ofJob number: Int) -> Range<Int> { assembler.starts[number]..<assembler.starts[number + 1] }

    /// One render, made up anew: keep it where it is needed twice.
    public subscript(position: Int) -> JobRender {
        let number = assembler.starts.lastIndex(notAbove: position)
        guard indices.contains(position), let job = cache.job(number, make: assembler.compiled) else {
            reportBug("render \(position) of \(count) is asked for, in a plan that was checked")
        }
        let index = position - assembler.starts[number]
        do {
            return try assembler.render(job, job.draft(index), index)
        } catch {
            reportBug("render \(position) was checked, and now: \(error)")
        }
    }
}

/// Jobs that have been read: the last one, and those of many renders, which take long to read.
final class JobCache: Sendable {
    private struct State {
        var last: CompiledJob?
        var large: [Int: CompiledJob] = [:]
    }

    private let state = Mutex(State())
    private static let leastKept = 256

    func job(_ number: Int, make: (Int) -> CompiledJob?) -> CompiledJob? {
        let known = state.withLock { $0.last?.number == number ? $0.last : $0.large[number] }
        if let known { return known }
        guard let job = make(number) else { return nil }
        state.withLock { state in
            state.last = job
            if job.count >= Self.leastKept { state.large[number] = job }
        }
        return job
    }
}
