import ArgumentParser
import Diffusion
import DiffusionBasics
import Foundation

/// How a job file is run: which share of it, with what of the machine, and what is told.
struct JobRunningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only this share of the renders, i from 0; found in the environment of a batch system.", valueName: "i/n"))
    var shard: String?

    @Option(help: ArgumentHelp("How many shares there are, where the environment says which.", valueName: "n"))
    var shards: Int?

    @Option(help: ArgumentHelp("Pictures in one U-Net call, at most (by their size).", valueName: "n"))
    var batch: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("The cores of the allocation, unless given.", valueName: "n"))
    var threads: Int?

    @OptionGroup var arithmetic: PrecisionOption
    @OptionGroup var memory: MemoryOption

    @Option(help: ArgumentHelp("auto, bar, json (a line per event) or none.", valueName: "how"))
    var progress = "auto"

    @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say how long each render takes, and the memory.")
    var verbose = false

    @Flag(help: "Say how far the job is, from the results files, and stop.")
    var status = false

    @Option(help: ArgumentHelp("Print a script that runs it: slurm, kubernetes or parallel.", valueName: "what"))
    var emit: String?

    @Flag(help: "With --status: one JSON object instead of lines.")
    var json = false

    static let shortNames: [Character: String] = ["t": "threads", "q": "quiet", "v": "verbose"]
    static let switches: Set<String> = ["quiet", "verbose", "status", "json"]

    /// - Throws: `JobShardError`, `RequestError`, `UsageError`.
    func runOptions() throws -> JobRunOptions {
        if let batch, !(1...1024).contains(batch) {
            throw UsageError.badValue(flag: "--batch", found: String(batch), expected: "1 to 1024")
        }
        let environment = ProcessInfo.processInfo.environment
        let share = try shard.map(JobShard.init(text:)) ?? .found(in: environment, count: shards)
        return JobRunOptions(pipeline: try pipelineOptions(), shard: share, batchLimit: batch)
    }

    /// - Throws: `RequestError`, `UsageError`.
    func pipelineOptions() throws -> PipelineOptions {
        var options = PipelineOptions()
        options.threadCount = threads ?? options.threadCount
        options.precision = try arithmetic.chosen ?? options.precision
        options.memoryLimit = try memory.chosen
        try options.check()
        return options
    }

    /// - Throws: `UsageError`.
    func reportingStyle() throws -> ReportingStyle {
        guard let form = ReportingStyle.Form(rawValue: progress) else {
            throw UsageError.unknownValue(
                flag: "--progress", found: progress, known: ReportingStyle.Form.allCases.map(\.rawValue))
        }
        return ReportingStyle(form: form, isQuiet: quiet, isVerbose: verbose)
    }
}
