import Diffusion
import DiffusionBasics

/// Tells people or programs how a job goes; everything goes to standard error.
protocol JobReporter {
    mutating func report(_ event: JobEvent)
    /// The run was cancelled; what was in hand has its lines.
    mutating func stopped()
    /// What is told when the run was asked to end in order.
    var stopping: String { get }
}

/// For people and programs.
let stoppingSentence = "stopping after the pictures in hand; Ctrl-C again stops now"

extension ReportingStyle {
    func makeJobReporter() -> any JobReporter {
        if form == .json { return JobJSONReporter() }
        let drawsBar = form == .bar || form == .auto && Terminal.isInteractive && !isQuiet
        return JobTextReporter(drawsBar: drawsBar, isQuiet: isQuiet, isVerbose: isVerbose)
    }
}

extension JobOverview {
    var progress: JobProgress { JobProgress(name: name, renderCount: renderCount, work: work) }
}

extension JobResult {
    /// What the bar's pace is taken from.
    var pace: Double? { status == .done ? seconds.total : nil }
}
