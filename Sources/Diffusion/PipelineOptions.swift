#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How a pipeline uses the machine; none of it changes a picture.
public struct PipelineOptions: Sendable, Equatable {
    /// Threads that compute, 1 or more.
    public var threadCount: Int

    public init(threadCount: Int = PipelineOptions.availableThreadCount) {
        self.threadCount = threadCount
    }

    /// The processors that this process may run on (its allocation on a cluster, not the whole machine).
    public static var availableThreadCount: Int {
        #if os(Linux)
        var set = cpu_set_t()
        if sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 {
            let count = withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
            if count > 0 { return count }
        }
        #endif
        return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
}
