import Diffusion
import DiffusionBasics

/// One JSON object per line for programs; its `event` says which.
struct JSONReporter: Reporter {
    private var bar: ProgressBar?

    mutating func report(_ event: RunEvent) {
        switch event {
        case .warning(let sentence): write("warning", [("message", .string(sentence))])
        case .note(let sentence): write("note", [("message", .string(sentence))])
        case .planned(let plan, let isDryRun): begin(plan, isDryRun: isDryRun)
        case .loading(let model): write("loading", [("model", .string(model))])
        case .loaded(let model, let threadCount, let seconds):
            write(
                "loaded", [("model", .string(model)), ("threads", .integer(threadCount)), ("seconds", .real(seconds))])
        case .prompt(let report, let picture): write("prompt", Self.fields(report, picture))
        case .step(let report, let picture): advance(report, picture)
        case .finished(let picture): write("image", Self.fields(picture))
        case .failed(let error, let picture): write("error", Self.fields(error, picture))
        case .stopped(let summary): write("stopped", Self.fields(summary))
        case .done(let summary):
            write("done", Self.fields(summary) + [("peak_memory", .integer(ProcessUsage.peakMemory))])
        }
    }

    private mutating func begin(_ plan: RenderPlan, isDryRun: Bool) {
        write("plan", plan.fields + [("dry_run", .bool(isDryRun))])
        bar = ProgressBar(pictureCount: plan.renders.count, calls: plan.callsPerPicture)
    }

    private mutating func advance(_ report: StepReport, _ picture: Int) {
        bar?.advance(picture: picture, step: report.evaluation, seconds: report.seconds)
        write(
            "step",
            [
                ("index", .integer(picture)), ("step", .integer(report.evaluation)),
                ("steps", .integer(report.evaluationCount)), ("timestep", .real(report.timestep)),
                ("seconds", .real(report.seconds)), ("seconds_left", .real(bar?.secondsLeft ?? 0)),
            ])
    }

    private static func fields(_ report: PromptReport, _ picture: Int) -> [JSONLine.Field] {
        [
            ("index", .integer(picture)), ("tokens", .integer(report.tokenCount)),
            ("token_limit", .integer(report.tokenLimit)), ("seconds", .real(report.seconds)),
        ]
    }

    private static func fields(_ picture: FinishedPicture) -> [JSONLine.Field] {
        let seconds: [JSONLine.Field] = [
            ("encode", .real(picture.encodingSeconds)), ("denoise", .real(picture.stageSeconds.denoising)),
            ("decode", .real(picture.stageSeconds.decoding)), ("write", .real(picture.writingSeconds)),
        ]
        return [
            ("index", .integer(picture.index)), ("path", picture.path.map(JSONLine.Value.string) ?? .null),
            ("seed", .unsigned(picture.request.seed)), ("width", .integer(picture.request.width)),
            ("height", .integer(picture.request.height)), ("seconds", .object(seconds)),
        ]
    }

    private static func fields(_ error: any Error, _ picture: Int?) -> [JSONLine.Field] {
        let described = error as? any DescribedError
        return [
            ("index", picture.map(JSONLine.Value.integer) ?? .null),
            ("code", .string(described?.code ?? "unexpected")),
            ("message", .string(described?.sentence ?? "\(error)")),
            ("hint", described?.remedy.map(JSONLine.Value.string) ?? .null),
        ]
    }

    private static func fields(_ summary: RunSummary) -> [JSONLine.Field] {
        [
            ("images", .integer(summary.finishedCount)), ("failed", .integer(summary.failures.count)),
            ("of", .integer(summary.pictureCount)), ("seconds", .real(summary.seconds)),
        ]
    }

    private func write(_ event: String, _ fields: [JSONLine.Field]) {
        Terminal.write(JSONLine.text([("event", .string(event))] + fields) + "\n")
    }
}
