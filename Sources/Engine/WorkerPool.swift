import DiffusionBasics
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A fixed set of threads that share numbered pieces of work.
///
/// Which thread runs a piece never matters for the result: pieces are cut by the problem's shape, not by the number of
/// threads. One `run` at a time; the calling thread works too.
package final class WorkerPool: Sendable {
    /// How many threads work, the caller among them.
    package let threadCount: Int
    private let shared: SharedState

    /// - Parameter threadCount: at least 1.
    package init(threadCount: Int) {
        ensure(threadCount >= 1, "a pool of \(threadCount) threads")
        self.threadCount = threadCount
        shared = SharedState()
        for _ in 1..<threadCount { shared.startWorker() }
    }

    deinit { shared.stop() }

    /// Calls `body` once for every index below `count`, in any order and at once, and returns when all are done.
    package func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        BLAS.useOneThread()
        if threadCount == 1 || count <= 1 {
            for index in 0..<count { body(index) }
            return
        }
        shared.run(Job(count: count, body: body))
    }

    /// As `run`; when pieces throw, the error of the lowest index is thrown after all have ended.
    package func runThrowing(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let failure = FirstFailure()
        run(count) { index in
            do { try body(index) } catch { failure.record(error, at: index) }
        }
        if let error = failure.error { throw error }
    }
}

/// The error of the lowest index among pieces that threw.
private final class FirstFailure: Sendable {
    private let first = Mutex<(index: Int, error: any Error)?>(nil)

    var error: (any Error)? { first.withLock { $0?.error } }

    func record(_ error: any Error, at index: Int) {
        first.withLock { if index < $0?.index ?? Int.max { $0 = (index, error) } }
    }
}

/// One `run`: its pieces are handed out by an atomic counter.
private final class Job: Sendable {
    private let count: Int
    private let body: @Sendable (Int) -> Void
    private let next = Atomic<Int>(0)
    private let finished = Atomic<Int>(0)

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.body = body
    }

    var isDone: Bool { finished.load(ordering: .acquiring) == count }

    func work() {
        var done = 0
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if index >= count { break }
            body(index)
            done += 1
        }
        if done > 0 { finished.wrappingAdd(done, ordering: .acquiringAndReleasing) }
    }
}

/// What the threads share; it outlives the pool until the last of them has left.
private final class SharedState: @unchecked Sendable {
    // Unchecked: `job` and `stopping` are touched under `lock` only.
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let generation = Atomic<Int>(0)
    private var job: Job?
    private var stopping = false

    /// Polls of the generation before a thread sleeps: layers follow one another within microseconds.
    private static let spinCount = 4000

    init() {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(wake, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(wake)
        lock.deallocate()
        wake.deallocate()
    }

    func run(_ job: Job) {
        announce { self.job = job }
        job.work()
        while !job.isDone { sched_yield() }
        // The workers' copies go when they look for the next job; ours must not keep the closure alive.
        pthread_mutex_lock(lock)
        self.job = nil
        pthread_mutex_unlock(lock)
    }

    func stop() { announce { stopping = true } }

    private func announce(_ change: () -> Void) {
        pthread_mutex_lock(lock)
        change()
        generation.wrappingAdd(1, ordering: .releasing)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(lock)
    }

    func startWorker() {
        let retained = Unmanaged.passRetained(self)
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let status = pthread_create(&thread, nil, { workerMain($0) }, retained.toOpaque())
        guard status == 0 else {
            // Fewer workers are slower, never wrong.
            retained.release()
            return
        }
        #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
    }

    func workUntilStopped() {
        BLAS.useOneThread()
        var seen = 0
        while let job = nextJob(after: &seen) { job.work() }
    }

    /// Waits for a generation beyond `seen`; nil means stop.
    private func nextJob(after seen: inout Int) -> Job? {
        while true {
            var polls = 0
            while polls < Self.spinCount, generation.load(ordering: .relaxed) == seen { polls += 1 }
            pthread_mutex_lock(lock)
            while generation.load(ordering: .relaxed) == seen { pthread_cond_wait(wake, lock) }
            seen = generation.load(ordering: .relaxed)
            let (found, stop) = (job, stopping)
            pthread_mutex_unlock(lock)
            if stop { return nil }
            if let found { return found }
        }
    }
}

#if canImport(Darwin)
private func workerMain(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<SharedState>.fromOpaque(argument).takeRetainedValue().workUntilStopped()
    return nil
}
#else
private func workerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<SharedState>.fromOpaque(argument).takeRetainedValue().workUntilStopped()
    return nil
}
#endif
