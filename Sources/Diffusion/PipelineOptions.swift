/// How a pipeline uses the machine; none of it changes a picture.
public struct PipelineOptions: Sendable, Equatable {
    /// Threads that compute, 1 to 1024.
    public var threadCount: Int

    /// - Parameter threadCount: by default the physical cores that this process may run on.
    public init(threadCount: Int = PipelineOptions.availableCoreCount) {
        self.threadCount = threadCount
    }

    /// The physical cores of the process's allocation.
    public static var availableCoreCount: Int { ProcessorAllocation.coreCount }

    /// - Throws: `RequestError` for a value out of range.
    package func check() throws {
        guard (1...1024).contains(threadCount) else {
            throw RequestError.outOfRange(field: "threads", found: "\(threadCount)", expected: "1 to 1024")
        }
    }
}
