/// A job file expanded to a list of renders, all of them checked; no weights have been read.
public struct JobPlan: Sendable {
    /// What the one who runs a file may change.
    public struct Options: Sendable {
        /// `key=value` each, stronger than everything in the file.
        public var overrides: [String] = []
        /// Takes the place of the file's output folder.
        public var outputDirectory: String?
        /// Takes the place of the file's `on_exists`.
        public var onExists: JobOutput.OnExists?
        /// How the models are going to be loaded; of it precision, threads and the limit of memory count, which is stronger
        /// than the file's `max_memory`.
        public var pipeline = PipelineOptions()

        /// Changes nothing.
        public init() {}
    }

    /// Renders of one size with one model, for estimates.
    public struct Workload: Sendable, Equatable {
        /// What renders them.
        public var model: JobModel
        /// Pixels; where a picture brings its own size, the model's.
        public var width: Int
        /// Pixels, as the width.
        public var height: Int
        /// One or more.
        public var renderCount: Int
        /// U-Net calls of all of them by their kind.
        public var calls: [Call: Int]

        /// U-Net calls of all of them, a guided one counted once.
        public var evaluationCount: Int { calls.values.reduce(0, +) }
        /// Whether the negative prompt is used, if only in a part of the run.
        public var isGuided: Bool { calls.keys.contains(where: \.isGuided) }
    }

    /// A kind of U-Net call, by what it computes.
    public struct Call: Sendable, Hashable {
        /// Whether the negative prompt is used, which doubles the work.
        public var isGuided: Bool
        /// Whether deep features of an earlier call serve (`cache`).
        public var isShallow: Bool

        /// A call of that kind.
        public init(isGuided: Bool, isShallow: Bool) { (self.isGuided, self.isShallow) = (isGuided, isShallow) }
    }

    /// The file's `name`, else the file's own without its ending.
    public let name: String
    /// Where the pictures go.
    public let output: JobOutput
    /// How the file wants to be run.
    public let run: JobRunSettings
    /// What is to be rendered, in order.
    public let renders: JobRenders
    /// Sentences worth showing once.
    public let warnings: [String]
    /// The models of all renders, opened.
    public let models: [JobModel: DiffusionModel]
    /// The work, largest part first.
    public let workloads: [Workload]

    let grouping: JobGrouping
    /// What decides on the memory that renders take.
    let shapes: [JobModel: Set<RenderShape>]

    /// The most renders of one file.
    public static let mostRenders = 5_000_000

    /// Expands and checks a file. Reads the configurations of models; writes nothing.
    /// - Throws: `JobFileError` with everything that is wrong; `CancellationError`.
    public init(_ file: JobFile, options: Options = Options()) throws {
        var builder = JobPlanBuilder(file, options)
        try builder.build()
        name = builder.frame.name ?? Self.name(of: file)
        (output, run) = (builder.frame.output, builder.frame.run)
        renders = JobRenders(builder.assembler, hasDependencies: builder.hasDependencies)
        shapes = builder.checker.shapes
        grouping = builder.grouping
        (warnings, models, workloads) = (builder.warnings, builder.checker.models, builder.checker.workloads.all)
    }

    private static func name(of file: JobFile) -> String {
        let last = file.name.split(separator: "/").last.map(String.init) ?? file.name
        return last.split(separator: ".").first.map(String.init) ?? last
    }
}
