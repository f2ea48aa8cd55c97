/// A job file expanded to a list of renders, all of them checked; no weights have been read.
public struct JobPlan: Sendable {
    /// What its reader may change.
    public struct Options: Sendable {
        /// `key=value` each, stronger than the file.
        public var overrides: [String] = []
        /// Takes the place of the file's output folder.
        public var outputDirectory: String?
        /// Takes the place of the file's `on_exists`.
        public var onExists: JobOutput.OnExists?

        public init() {}
    }

    /// The file's `name`, else the name of the file without its ending.
    public let name: String
    public let output: JobOutput
    public let run: JobRunSettings
    public let renders: JobRenders
    /// Sentences worth showing once.
    public let warnings: [String]
    /// The models of all renders, opened; no two keys name the same.
    public let models: [JobModel: DiffusionModel]

    /// Expands and checks a file.
    /// - Throws: `JobFileError` with everything that is wrong; nothing is written.
    public init(_ file: JobFile, options: Options = Options()) throws {
        name = file.name
        output = JobOutput()
        run = JobRunSettings()
        renders = JobRenders(endIndex: 0)
        warnings = []
        models = [:]
    }
}
