import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors
import Synchronization

/// What every layer computes with: threads, memory, kernels, and the wish to stop.
///
/// One context serves one pipeline; two pipelines in a process have nothing in common.
package final class ComputeContext: Sendable {
    package let workers: WorkerPool
    package let buffers: BufferPool
    package let instructionPath: InstructionPath
    let kernels: KernelTable
    let profile: LayerProfile?
    /// Where group norms take their statistics from, if not from their input.
    let normStatistics: NormStatistics?
    private let cancellation: Cancellation

    /// - Parameters:
    ///   - threadCount: at least 1; results do not depend on it.
    ///   - instructionPath: the widest that the processor has, unless a test forces another.
    ///   - profile: told what every layer took.
    /// - Throws: `InstructionPathError` where the processor lacks that path, `MemoryError` where the process may not take
    ///   the memory that products need.
    package init(
        threadCount: Int, instructionPath: InstructionPath = .best, profile: LayerProfile? = nil
    ) throws {
        let isLimited = try SystemMemory.checkRoom(byteCount: threadCount * BLAS.bytesPerThread)
        workers = WorkerPool(threadCount: threadCount)
        if isLimited { workers.run(threadCount) { _ in BLAS.takeBuffers() } }
        buffers = BufferPool()
        self.instructionPath = instructionPath
        self.profile = profile
        normStatistics = nil
        cancellation = Cancellation()
        kernels = try KernelTable(instructionPath)
    }

    private init(
        sharing other: ComputeContext, cancelledWith cancellation: Cancellation = Cancellation(),
        normStatistics: NormStatistics? = nil
    ) {
        (workers, buffers, instructionPath, kernels, profile) = (
            other.workers, other.buffers, other.instructionPath, other.kernels, other.profile
        )
        (self.cancellation, self.normStatistics) = (cancellation, normStatistics)
    }

    /// A context with the same threads and memory that is cancelled by itself. Only one of them may compute at a time.
    package func separatelyCancelled() -> ComputeContext { ComputeContext(sharing: self) }

    /// The same context, cancelled with it, in which group norms measure or are given their statistics.
    package func using(_ statistics: NormStatistics) -> ComputeContext {
        ComputeContext(sharing: self, cancelledWith: cancellation, normStatistics: statistics)
    }

    /// What computes, for metadata: the kernels of OpenBLAS, on which the bytes of Float32 depend, and our own.
    package var kernelDescription: String { "openblas-\(BLAS.coreName) \(instructionPath.rawValue)" }

    /// Makes running and future work end early with `CancellationError`; safe from any thread.
    package func cancel() { cancellation.request() }

    package func checkCancellation() throws {
        if cancellation.isRequested { throw CancellationError() }
    }

    /// Calls `body` for every index below `count` on the workers.
    ///
    /// After a cancellation the pieces that have not begun are skipped and `CancellationError` is thrown, so that even one
    /// large layer ends soon.
    package func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
        workers.run(count) { [self] index in
            if !cancellation.isRequested { body(index) }
        }
        try checkCancellation()
    }

    package func runThrowing(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        try workers.runThrowing(count) { [self] index in
            if !cancellation.isRequested { try body(index) }
        }
        try checkCancellation()
    }

    /// A tensor of undefined content from this context's pool.
    package func makeTensor(_ shape: Shape) throws -> Tensor { try Tensor(uninitialized: shape, pool: buffers) }

    /// Lends `body` 64-byte aligned memory of undefined content from this context's pool.
    func withWorkspace<Result>(
        byteCount: Int, _ body: (UnsafeMutableRawPointer) throws -> Result
    ) throws -> Result {
        var memory = try makeTensor([(byteCount + 3) / 4])
        return try memory.withUnsafeMutableScalars { scalars in
            guard let address = scalars.baseAddress else { reportBug("a workspace without memory") }
            return try body(UnsafeMutableRawPointer(address))
        }
    }

    func withFloats<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Result) throws -> Result {
        try withWorkspace(byteCount: 4 * count) { try body($0.bindMemory(to: Float.self, capacity: count)) }
    }

    /// Reads the weights of a group that stays.
    package func load(_ group: WeightGroup) throws {
        let loads = group.loads
        try runThrowing(loads.count) { try loads[$0]() }
    }

    /// Runs every load of a network on the workers.
    package func load(_ loads: LoadList) throws {
        try loads.run { list in try runThrowing(list.count) { try list[$0]() } }
    }
}

/// The wish to stop, which contexts may share.
private final class Cancellation: Sendable {
    private let requested = Atomic<Bool>(false)

    var isRequested: Bool { requested.load(ordering: .relaxed) }

    func request() { requested.store(true, ordering: .relaxed) }
}
