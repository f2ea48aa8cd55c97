import Diffusion
import DiffusionBasics

/// One JSON object per line for programs; its `event` says which.
struct JobJSONReporter: JobReporter {
    private var progress: JobProgress?

    mutating func report(_ event: JobEvent) {
        switch event {
        case .began(let overview): begin(overview)
        case .loading(let model): write("loading", [("model", .string(model))])
        case .loaded(let model, let seconds): write("loaded", [("model", .string(model)), ("seconds", .real(seconds))])
        case .warning(let sentence): write("warning", [("message", .string(sentence))])
        case .started(let renders): write("started", [("renders", .array(renders.map { .integer($0.index) }))])
        case .promptEncoded(let report, let render): write("prompt", Self.fields(report, render))
        case .stepCompleted(let step): advance(step)
        case .ended(let result, let work):
            progress?.end(work: work, seconds: result.pace)
            write(Self.name(of: result.status), Self.fields(result))
        case .finished(let summary): write(summary.isStopped ? "stopped" : "done", Self.fields(summary))
        }
    }

    mutating func stopped() { write("stopped", [("ended", .integer(progress?.doneCount ?? 0))]) }

    var stopping: String { Self.line("stopping", [("message", .string(stoppingSentence))]) }

    private mutating func begin(_ overview: JobOverview) {
        progress = overview.progress
        write(
            "plan",
            [
                ("job", .string(overview.name)), ("renders", .integer(overview.renderCount)),
                ("of", .integer(overview.planCount)), ("shard", .string("\(overview.shard)")),
                ("results", .string(overview.resultsPath)),
            ])
    }

    private mutating func advance(_ step: JobStep) {
        progress?.step(work: step.work, seconds: step.seconds)
        write(
            "step",
            [
                ("renders", .array(step.renders.map { .integer($0) })), ("step", .integer(step.evaluation)),
                ("steps", .integer(step.evaluationCount)), ("seconds", .real(step.seconds)),
                ("ended", .integer(progress?.doneCount ?? 0)),
                ("seconds_left", progress?.secondsLeft.map(JSONLine.Value.real) ?? .null),
            ])
    }

    private static func name(of status: JobResult.Status) -> String {
        switch status {
        case .done: "image"
        case .skipped: "skipped"
        case .failed: "error"
        case .cancelled: "cancelled"
        }
    }

    private static func fields(_ report: PromptReport, _ render: Int) -> [JSONLine.Field] {
        [
            ("index", .integer(render)), ("tokens", .integer(report.tokenCount)),
            ("token_limit", .integer(report.tokenLimit)), ("seconds", .real(report.seconds)),
            ("warnings", .array(report.warnings.map { .string($0) })),
        ]
    }

    private static func fields(_ result: JobResult) -> [JSONLine.Field] {
        let seconds: [JSONLine.Field] = [
            ("encode", .real(result.seconds.encode)), ("denoise", .real(result.seconds.denoise)),
            ("decode", .real(result.seconds.decode)), ("write", .real(result.seconds.write)),
        ]
        let place: [JSONLine.Field] = [
            ("index", .integer(result.index)), ("job", .string(result.job)), ("key", optional(result.key)),
            ("path", optional(result.file)),
        ]
        guard let error = result.error else {
            return place + [("sha256", optional(result.sha256)), ("seconds", .object(seconds))]
        }
        return place + [
            ("code", .string(error.code)), ("message", .string(error.message)), ("hint", optional(error.hint)),
        ]
    }

    private static func fields(_ summary: JobSummary) -> [JSONLine.Field] {
        [
            ("images", .integer(summary.doneCount)), ("skipped", .integer(summary.skippedCount)),
            ("failed", .integer(summary.failedCount)), ("of", .integer(summary.renderCount)),
            ("seconds", .real(summary.seconds)), ("peak_memory", .integer(ProcessUsage.peakMemory)),
        ]
    }

    private static func optional(_ text: String?) -> JSONLine.Value { text.map(JSONLine.Value.string) ?? .null }

    private func write(_ event: String, _ fields: [JSONLine.Field]) { Terminal.write(Self.line(event, fields)) }

    private static func line(_ event: String, _ fields: [JSONLine.Field]) -> String {
        JSONLine.text([("event", .string(event))] + fields) + "\n"
    }
}
