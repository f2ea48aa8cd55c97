import Diffusion
import DiffusionBasics

/// Sentences and a bar for people.
struct TextReporter: Reporter {
    private let drawsBar: Bool
    private let isQuiet: Bool
    private let isVerbose: Bool
    private var bar: ProgressBar?
    private var pictureCount = 0
    private var isBarShown = false
    private var lastDrawn: ContinuousClock.Instant?

    private static let shortestPause = Duration.milliseconds(50)

    init(drawsBar: Bool, isQuiet: Bool, isVerbose: Bool) {
        self.drawsBar = drawsBar
        self.isQuiet = isQuiet
        self.isVerbose = isVerbose
    }

    mutating func report(_ event: RunEvent) {
        switch event {
        case .warning(let sentence): say("warning: \(sentence)")
        case .note(let sentence): if !isQuiet { say("note: \(sentence)") }
        case .planned(let plan, let isDryRun): begin(plan, isDryRun: isDryRun)
        case .loading: if drawsBar { draw("loading the model") }
        case .loaded(_, let threadCount, let seconds):
            sayIfVerbose("load: \(ProgressBar.rounded(seconds)) s, \(threadCount) threads")
        case .prompt(let report, let picture): describe(report, picture: picture)
        case .step(let report, let picture): advance(report, picture: picture)
        case .finished(let picture): describe(picture)
        case .failed(let error, let picture): describe(error, picture: picture)
        case .stopped(let summary): say("stopped: \(Self.count(summary))")
        case .done(let summary): conclude(summary)
        }
    }

    private mutating func begin(_ plan: RenderPlan, isDryRun: Bool) {
        if isDryRun {
            say(plan.description)
        } else if !isQuiet {
            say("rendering \(plan.headline)")
        } else if plan.isSeedDrawn {
            say("seed \(plan.seedText)")
        }
        sayIfVerbose("model: \(plan.model.name)")
        pictureCount = plan.renders.count
        bar = ProgressBar(pictureCount: plan.renders.count, calls: plan.callsPerPicture)
    }

    private mutating func describe(_ report: PromptReport, picture: Int) {
        guard picture == 0 else { return }
        sayIfVerbose(
            "prompt: \(report.tokenCount) of \(report.tokenLimit) tokens, \(ProgressBar.rounded(report.seconds)) s")
    }

    private mutating func advance(_ report: StepReport, picture: Int) {
        bar?.advance(picture: picture, step: report.evaluation, seconds: report.seconds)
        let now = ContinuousClock.now
        let isDue = lastDrawn.map { now - $0 >= Self.shortestPause } ?? true
        guard drawsBar, let bar, isDue || report.evaluation == report.evaluationCount else { return }
        draw(bar.line(columnCount: Terminal.columnCount))
        lastDrawn = now
    }

    private mutating func describe(_ picture: FinishedPicture) {
        clearBar()
        let stages = [
            ("encode", picture.encodingSeconds), ("denoise", picture.stageSeconds.denoising),
            ("decode", picture.stageSeconds.decoding), ("write", picture.writingSeconds),
        ]
        let times = stages.map { "\($0) \(ProgressBar.rounded($1)) s" }.joined(separator: ", ")
        sayIfVerbose("picture \(picture.index + 1), seed \(picture.request.seed): \(times)")
    }

    private mutating func describe(_ error: any Error, picture: Int?) {
        let place = pictureCount > 1 ? picture.map { "picture \($0 + 1): " } ?? "" : ""
        say("error: \(place)\(error)")
    }

    private mutating func conclude(_ summary: RunSummary) {
        clearBar()
        if !isQuiet { say("\(Self.count(summary)) in \(ProgressBar.rounded(summary.seconds)) s") }
        sayIfVerbose("peak memory: \(ProgressBar.decimal(Double(ProcessUsage.peakMemory) / 1e6, digits: 1)) MB")
    }

    private static func count(_ summary: RunSummary) -> String {
        let (finished, all) = (summary.finishedCount, summary.pictureCount)
        return (finished == all ? "\(all)" : "\(finished) of \(all)") + (all == 1 ? " picture" : " pictures")
    }

    // MARK: - Lines

    private mutating func sayIfVerbose(_ line: String) { if isVerbose { say(line) } }

    private mutating func say(_ text: String) {
        clearBar()
        Terminal.write(text + "\n")
    }

    private mutating func draw(_ line: String) {
        Terminal.write("\r\(line)\u{1B}[K")
        isBarShown = true
    }

    private mutating func clearBar() {
        if isBarShown { Terminal.write("\r\u{1B}[K") }
        isBarShown = false
    }
}
