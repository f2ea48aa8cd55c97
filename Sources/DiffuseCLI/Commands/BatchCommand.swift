import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionRenderer

/// `diffuse batch FILE`, and `diffuse --job FILE`: all pictures of a job file.
struct BatchCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Renders all pictures of a job file.",
        usage: "diffuse batch jobs.json [options]",
        discussion: """
            A job file is JSON, JSON Lines, or a text file with a prompt a line; - reads standard input.
            Run it again to go on where it stopped: pictures that are there are not rendered again.
            """)

    static var flags: FlagTable {
        FlagTable(
            shortNames: ModelOption.shortNames.merging(JobRunningOptions.shortNames) { own, _ in own }
                .merging(["j": "job", "o": "output-dir"]) { own, _ in own },
            aliases: ModelOption.aliases.merging(["output": "output-dir"]) { own, _ in own },
            switches: JobRunningOptions.switches.union(["dry-run", "schema"]))
    }

    @Argument(help: ArgumentHelp("The job file.", valueName: "file"))
    var files: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("The same as the plain word.", valueName: "file"))
    var job: String?

    @Option(
        help: ArgumentHelp(
            "Set a field of all jobs, stronger than the file: steps=5; may be repeated.", valueName: "key=value"))
    var override: [String] = []

    @Option(
        name: [.customShort("o"), .long], help: ArgumentHelp("In place of the file's folder.", valueName: "folder"))
    var outputDir: String?

    @Option(
        help: ArgumentHelp(
            "Where a file has the name already: resume, skip, overwrite, error, number.", valueName: "what"))
    var onExists: String?

    @Flag(help: "Check everything, say what would be rendered and how long it takes, and stop.")
    var dryRun = false

    @Flag(help: "Print the JSON Schema of job files, for editors, and stop.")
    var schema = false

    @OptionGroup var model: ModelOption
    @OptionGroup var running: JobRunningOptions

    static func help(isComplete: Bool) -> String { helpMessage(includeHidden: isComplete, columns: 80) }

    /// Whether the arguments of the plain form name a job file.
    static func isMeant(by arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains { argument in
            ["-j", "--job"].contains(argument) || argument.hasPrefix("--job=") || argument.hasPrefix("-j=")
        }
    }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        if schema {
            try StandardOutput.write(Array(JobSchema.text.utf8))
            return .success
        }
        let style = try running.reportingStyle()
        let plan: JobPlan
        do {
            plan = try JobPlan(readFile(), options: planOptions())
        } catch let error as JobFileError where style.form == .json {
            for problem in error.problems { report(problem: problem) }
            return .refused
        }
        guard dryRun else {
            return try await running.execute(
                plan, command: try repeatedWords(),
                estimatedSeconds: {
                    let options = plan.pipelineOptions(asked: try running.pipelineOptions())
                    return try await JobEstimate(plan, options: options).seconds
                },
                temporaries: temporaries)
        }
        for warning in plan.warnings { report(warning: warning, style) }
        try await describe(plan, style)
        return .success
    }

    // MARK: - What was asked for

    /// The words after `diffuse` that lead to the same plan, for scripts to repeat.
    private func repeatedWords() throws -> [String] {
        let path = try path()
        guard running.emit == nil || path != "-" else {
            throw UsageError.conflict(
                "A script cannot read the job file from standard input.", remedy: "Write it to a file first.")
        }
        var words = ["batch", path]
        let flags = [
            ("model", model.model), ("variant", model.variant), ("vae", model.vae), ("output-dir", outputDir),
            ("on-exists", onExists),
        ]
        words += flags.flatMap { name, value in value.map { ["--\(name)", $0] } ?? [] }
        return words + override.flatMap { ["--override", $0] }
    }

    /// - Throws: `UsageError`.
    private func path() throws -> String {
        let given = files + [job].compactMap(\.self)
        guard let path = given.first, given.count == 1 else {
            throw UsageError.conflict(
                given.isEmpty
                    ? "There is no job file." : "There is more than one job file: \(given.joined(separator: ", ")).",
                remedy: "Name one: diffuse batch jobs.json; diffuse batch --help says more.")
        }
        return path
    }

    /// - Throws: `UsageError`; what is wrong with the file.
    private func readFile() throws -> JobFile {
        let path = try path()
        guard path == "-" else { return try JobFile(contentsOf: path) }
        let bytes = try PromptText.standardInputBytes(limit: JobFile.mostBytes)
        return try JobFile(data: bytes, name: "standard input")
    }

    private func planOptions() throws -> JobPlan.Options {
        var options = JobPlan.Options()
        // The flags that the plain form has too; after them --override, which says it more loudly.
        let flags = [("model", model.model), ("variant", model.variant), ("vae", model.vae)]
        options.overrides = flags.compactMap { name, value in value.map { "\(name)=\($0)" } } + override
        options.outputDirectory = outputDir
        options.pipeline = try running.pipelineOptions()
        if let onExists {
            guard let choice = JobOutput.OnExists(rawValue: onExists) else {
                throw UsageError.unknownValue(
                    flag: "--on-exists", found: onExists, known: JobOutput.OnExists.allCases.map(\.rawValue))
            }
            options.onExists = choice
        }
        return options
    }
}
