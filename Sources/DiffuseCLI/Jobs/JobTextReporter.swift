import Diffusion
import DiffusionBasics

/// Sentences and a bar for people.
struct JobTextReporter: JobReporter {
    private let drawsBar: Bool
    private let isQuiet: Bool
    private let isVerbose: Bool
    private var progress: JobProgress?
    private var summary = (done: 0, skipped: 0, failed: 0)
    private var told: Set<String> = []
    private var isBarShown = false
    private var lastDrawn: ContinuousClock.Instant?

    private static let shortestPause = Duration.milliseconds(50)

    init(drawsBar: Bool, isQuiet: Bool, isVerbose: Bool) {
        (self.drawsBar, self.isQuiet, self.isVerbose) = (drawsBar, isQuiet, isVerbose)
    }

    mutating func report(_ event: JobEvent) {
        switch event {
        case .began(let overview): begin(overview)
        case .loading(let model): if drawsBar { draw("loading \(model)") }
        case .loaded(let model, let seconds): sayIfVerbose("loaded \(model): \(ProgressBar.rounded(seconds)) s")
        case .warning(let sentence): say("warning: \(sentence)")
        case .started(let renders):
            progress?.begin(renders.first?.request.prompt.oneLine ?? "")
            drawIfDue(isForced: true)
        case .promptEncoded(let report, _): for warning in report.warnings { warnOnce(warning) }
        case .stepCompleted(let step):
            progress?.step(work: step.work, seconds: step.seconds)
            drawIfDue(isForced: false)
        case .ended(let result, let work): end(result, work)
        case .finished(let summary): conclude(summary)
        }
    }

    mutating func stopped() {
        say("stopped: \(summary.done) rendered, \(summary.skipped) there already, \(summary.failed) failed")
    }

    var stopping: String { (drawsBar ? "\n" : "") + stoppingSentence + "\n" }

    private mutating func warnOnce(_ sentence: String) {
        if told.insert(sentence).inserted { say("warning: \(sentence)") }
    }

    private mutating func begin(_ overview: JobOverview) {
        progress = overview.progress
        guard !isQuiet else { return }
        let share = overview.shard == .whole ? "" : ", shard \(overview.shard) of \(overview.planCount)"
        say("\(overview.name): \(overview.renderCount) render\(overview.renderCount == 1 ? "" : "s")\(share)")
        sayIfVerbose("results: \(overview.resultsPath)")
    }

    private mutating func end(_ result: JobResult, _ work: Double) {
        progress?.end(work: work, seconds: result.pace)
        let name = "render \(result.index) (\(result.job))"
        switch result.status {
        case .done:
            summary.done += 1
            for warning in result.warnings.filter({ !told.contains($0) }) { say("warning: \(name): \(warning)") }
            sayIfVerbose("\(name): \(result.seconds.text)")
        case .skipped: summary.skipped += 1
        case .cancelled: break
        case .failed:
            summary.failed += 1
            let hint = result.error?.hint.map { " \($0)" } ?? ""
            say("error: \(name): \(result.error?.message ?? "")\(hint)")
        }
        drawIfDue(isForced: false)
    }

    private mutating func conclude(_ summary: JobSummary) {
        clearBar()
        if !isQuiet {
            let parts = [
                "\(summary.doneCount) rendered",
                summary.skippedCount > 0 ? "\(summary.skippedCount) there already" : nil,
                summary.failedCount > 0 ? "\(summary.failedCount) failed" : nil,
                summary.isStopped ? "\(summary.renderCount - summary.thereCount - summary.failedCount) left" : nil,
            ]
            say(parts.compactMap(\.self).joined(separator: ", ") + " in \(ProgressBar.rounded(summary.seconds)) s")
        }
        sayIfVerbose("peak memory: \(ProgressBar.decimal(Double(ProcessUsage.peakMemory) / 1e6, digits: 1)) MB")
    }

    // MARK: - Lines

    private mutating func sayIfVerbose(_ line: String) { if isVerbose { say(line) } }

    private mutating func say(_ text: String) {
        clearBar()
        Terminal.write(text + "\n")
    }

    private mutating func drawIfDue(isForced: Bool) {
        let now = ContinuousClock.now
        guard drawsBar, let progress, isForced || lastDrawn.map({ now - $0 >= Self.shortestPause }) ?? true else {
            return
        }
        draw(progress.line(columnCount: Terminal.columnCount))
        lastDrawn = now
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

extension JobResult.Seconds {
    fileprivate var text: String {
        [("encode", encode), ("denoise", denoise), ("decode", decode), ("write", write)]
            .map { "\($0) \(ProgressBar.rounded($1)) s" }.joined(separator: ", ")
    }
}

extension String {
    /// Without anything that moves a terminal's cursor.
    fileprivate var oneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}
