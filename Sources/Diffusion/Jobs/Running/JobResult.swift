import DiffusionBasics

/// What became of one render: a line of a results file.
public struct JobResult: Sendable, Equatable {
    /// How it ended.
    public enum Status: String, Sendable, CaseIterable {
        /// Rendered, and the file is there.
        case done
        /// A file was there already.
        case skipped
        /// `error` says why.
        case failed
        /// Begun, and stopped on the way.
        case cancelled
    }

    /// Wall-clock seconds; of stages that several pictures went through together, each has its share.
    public struct Seconds: Sendable, Equatable {
        /// The prompt; nearly nothing where it was known.
        public var encode = 0.0
        /// All steps.
        public var denoise = 0.0
        /// From latents to pixels.
        public var decode = 0.0
        /// Compression, checksum and the disk.
        public var write = 0.0

        /// Nothing yet.
        public init() {}

        /// All stages.
        public var total: Double { encode + denoise + decode + write }
    }

    /// What kept a render from being made.
    public struct Failure: Sendable, Equatable {
        /// As the error's own, for example `output.exists`.
        public var code: String
        /// One sentence.
        public var message: String
        /// What to do about it.
        public var hint: String?
        /// Whether another try may succeed.
        public var isTransient: Bool

        init(_ error: any Error) {
            let described = error as? any DescribedError
            code = described?.code ?? "unexpected"
            message = described?.sentence ?? "\(error)"
            hint = described?.remedy
            isTransient = described?.isTransient ?? false
        }

        init(code: String, message: String, hint: String?, isTransient: Bool) {
            (self.code, self.message, self.hint, self.isTransient) = (code, message, hint, isTransient)
        }
    }

    /// The render's place in the plan.
    public var index: Int
    /// The id of its job.
    public var job: String
    /// How it ended.
    public var status: Status
    /// What the picture depends on; nil where that could not be found out.
    public var key: String?
    /// Where the picture is, the output folder included.
    public var file: String?
    /// SHA-256 of the file that was written.
    public var sha256: String?
    /// The parameters, every value fixed, as a job file has them.
    public var parameters: JSONNode
    /// What each stage took.
    public var seconds = Seconds()
    /// The largest resident size of the process so far, in bytes.
    public var peakMemory: Int
    /// Sentences worth showing.
    public var warnings: [String] = []
    /// What kept it from being made.
    public var error: Failure?
    /// Seconds since 1970 when it ended, by the machine's clock.
    public var endedAt: Double

    /// Whether the picture is there.
    public var isThere: Bool { status == .done || status == .skipped }
}
