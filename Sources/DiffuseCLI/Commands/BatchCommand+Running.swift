import Diffusion
import DiffusionBasics
import DiffusionRenderer

extension JobRunningOptions {
    /// Carries out a checked job file: runs it, or tells how far it is, or prints a script that runs it.
    /// - Parameters:
    ///   - command: the words after `diffuse` that lead to this plan, for scripts to repeat.
    ///   - estimatedSeconds: of the whole plan on this machine, where it was asked for; a script's tasks are cut by it.
    /// - Throws: what keeps the run from beginning or going on; `CancellationError`.
    func execute(
        _ plan: JobPlan, command: [String], estimatedSeconds: (() async throws -> Double)? = nil,
        temporaries: TemporaryFiles
    ) async throws -> ExitCode {
        if status {
            try await showStatus(of: plan)
            return .success
        }
        if let emit {
            try await print(script: emit, plan, command, estimatedSeconds)
            return .success
        }
        let runner = JobRunner(plan, options: try runOptions(), temporaries: temporaries)
        var session = JobSession(runner, reporter: try reportingStyle().makeJobReporter())
        return try await session.run()
    }

    private func showStatus(of plan: JobPlan) async throws {
        let status = try await JobStatus(of: plan, pipeline: pipelineOptions())
        let text = json ? JSONLine.text(status.fields(name: plan.name)) + "\n" : status.text(name: plan.name)
        try StandardOutput.write(Array(text.utf8))
    }

    private func print(
        script name: String, _ plan: JobPlan, _ command: [String], _ estimatedSeconds: (() async throws -> Double)?
    ) async throws {
        guard let kind = JobScript.Kind(rawValue: name) else {
            throw UsageError.unknownValue(flag: "--emit", found: name, known: JobScript.Kind.allCases.map(\.rawValue))
        }
        // What auto is here may be something else on another machine, and one job has one precision.
        let precision = plan.precision(asked: try pipelineOptions().precision).rawValue
        let limit = memory.maxMemory.map { [MemoryOption.flag, $0] } ?? []
        var script = JobScript(
            name: plan.name, command: command + ["--precision", precision] + limit, renderCount: plan.renders.count)
        script.threadCount = threads
        script.memory = plan.pipelineOptions(asked: try pipelineOptions()).memoryLimit
        if let shards {
            guard (1...JobScript.mostTasks).contains(shards) else {
                throw UsageError.badValue(
                    flag: "--shards", found: String(shards), expected: "1 to \(JobScript.mostTasks) tasks")
            }
            script.taskCount = shards
        } else {
            script.setTaskCount(seconds: try await estimatedSeconds?())
        }
        try StandardOutput.write(Array(script.text(kind).utf8))
    }
}

/// A job that runs, seen from the command line.
struct JobSession {
    private let runner: JobRunner
    private var reporter: any JobReporter
    private var isOutputClosed = false

    init(_ runner: JobRunner, reporter: any JobReporter) {
        (self.runner, self.reporter) = (runner, reporter)
    }

    /// - Throws: as `JobRunner.events`.
    mutating func run() async throws -> ExitCode {
        offerGracefulStop()
        var code = ExitCode.success
        do {
            for try await event in runner.events {
                reporter.report(event)
                if case .ended(let result, _) = event { try tell(result) }
                if case .finished(let summary) = event { code = ExitCode(summary, wasAsked: runner.isStopAsked) }
            }
        } catch let error as CancellationError {
            reporter.stopped()
            throw error
        }
        return code
    }

    private func offerGracefulStop() {
        GracefulStop.current?.offer { [runner, text = reporter.stopping] in
            runner.stop()
            Terminal.write(text)
        }
    }

    /// A reader that has gone, or an output that was closed, did not want to know; a full disk did.
    private mutating func tell(_ result: JobResult) throws {
        guard result.status == .done, let file = result.file, !isOutputClosed else { return }
        do {
            try StandardOutput.write(Array("\(file)\n".utf8))
        } catch is CancellationError {
            // The run ends by itself, and says so.
        } catch let error as any DescribedError where !error.isTransient {
            isOutputClosed = true
            reporter.report(.warning("Standard output is closed: the paths of finished pictures are not told."))
        }
    }
}

extension ExitCode {
    /// - Parameter wasAsked: whether somebody asked the run to stop.
    fileprivate init(_ summary: JobSummary, wasAsked: Bool) {
        if summary.hasTransientFailure {
            self = .tryAgain
        } else if summary.isStopped, wasAsked {
            self = .interrupted
        } else {
            self = summary.failedCount > 0 ? .someFailed : .success
        }
    }
}
