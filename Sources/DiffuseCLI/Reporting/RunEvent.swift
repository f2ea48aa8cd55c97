import Diffusion

/// What happens in a run, for those who watch it.
enum RunEvent {
    case warning(String)
    /// Worth knowing, and as it should be.
    case note(String)
    /// Everything is checked; rendering begins, or would.
    case planned(RenderPlan, isDryRun: Bool)
    case loading(model: String)
    case loaded(model: String, threadCount: Int, seconds: Double)
    case prompt(PromptReport, picture: Int)
    case step(StepReport, picture: Int)
    case finished(FinishedPicture)
    /// `picture` counts from 0; nil where the whole run ends.
    case failed(any Error, picture: Int?)
    case stopped(RunSummary)
    case done(RunSummary)
}

/// A picture that has its place.
struct FinishedPicture {
    /// From 0.
    var index: Int
    /// nil for standard output.
    var path: String?
    var request: ResolvedRequest
    /// Of the prompt's encoding.
    var encodingSeconds: Double
    var stageSeconds: StageSeconds
    var writingSeconds: Double
}

/// How a run went.
struct RunSummary {
    var pictureCount: Int
    var finishedCount = 0
    var failures: [any Error] = []
    var seconds = 0.0
}

/// Tells people or programs what happens; everything goes to standard error.
protocol Reporter {
    mutating func report(_ event: RunEvent)
}

/// How much is said, and in which form.
struct ReportingStyle {
    enum Form: String, CaseIterable {
        case auto
        case bar
        case json
        case none
    }

    var form = Form.auto
    var isQuiet = false
    var isVerbose = false

    func makeReporter() -> any Reporter {
        if form == .json { return JSONReporter() }
        let drawsBar = form == .bar || form == .auto && Terminal.isInteractive && !isQuiet
        return TextReporter(drawsBar: drawsBar, isQuiet: isQuiet, isVerbose: isVerbose)
    }
}
