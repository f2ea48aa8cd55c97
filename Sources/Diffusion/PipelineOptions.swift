import DiffusionEngine
public import Logging

/// How a pipeline uses the machine and what it tells; only the precision and a limit of memory change a picture, by a little.
public struct PipelineOptions: Sendable {
    /// Threads that compute, 1 to 1024.
    public var threadCount: Int
    /// The arithmetic that the model is loaded for.
    public var precision: Precision
    /// Whether the text encoder stays in memory once a request's prompts are encoded; if not, the next new prompt reads it
    /// again. Worth half a gigabyte of Stable Diffusion 1.5 where a single prompt is rendered.
    public var keepsTextEncoder: Bool
    /// Bytes that the process may take, everything counted; nil does not limit it. Under a limit weights are read when they
    /// are needed and let go for others, rows go through the U-Net one after the other, pictures are decoded in tiles: what
    /// it takes, at the price of time, never of the precision.
    public var memoryLimit: Int?
    /// Told warnings about the model, and at `debug` what each stage took; silent unless a program passes its own.
    public var logger: Logger
    /// Told what every layer took; for benchmarks.
    package var profile: LayerProfile?

    /// - Parameters:
    ///   - threadCount: by default the physical cores that this process may run on.
    ///   - precision: by default the fastest that loses nothing to be seen.
    ///   - keepsTextEncoder: by default it stays.
    ///   - memoryLimit: by default none.
    ///   - logger: by default one that says nothing.
    public init(
        threadCount: Int = PipelineOptions.availableCoreCount, precision: Precision = .auto,
        keepsTextEncoder: Bool = true, memoryLimit: Int? = nil,
        logger: Logger = Logger(label: "diffusion") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.threadCount = threadCount
        self.precision = precision
        self.keepsTextEncoder = keepsTextEncoder
        self.memoryLimit = memoryLimit
        self.logger = logger
    }

    /// The physical cores of the process's allocation.
    public static var availableCoreCount: Int { ProcessorAllocation.coreCount }

    /// - Throws: `RequestError` for a value out of range.
    package func check() throws {
        guard (1...1024).contains(threadCount) else {
            throw RequestError.outOfRange(field: "threads", found: "\(threadCount)", expected: "1 to 1024")
        }
        if let memoryLimit, memoryLimit < 1 {
            throw RequestError.outOfRange(field: "max-memory", found: "\(memoryLimit)", expected: "1 byte or more")
        }
    }
}
