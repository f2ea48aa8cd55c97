/// What happens while a job runs, in order.
public enum JobEvent: Sendable {
    /// What there is to do; comes first.
    case began(JobOverview)
    /// A model's weights are about to be read.
    case loading(model: String)
    /// They are in memory.
    case loaded(model: String, seconds: Double)
    /// A sentence worth showing; each comes once.
    case warning(String)
    /// These renders are made together; their prompts are encoded next.
    case started([JobRender])
    /// A prompt has become context vectors.
    case promptEncoded(PromptReport, render: Int)
    /// One U-Net call, which took these renders a step further.
    case stepCompleted(JobStep)
    /// A render has its line in the results file. Comes once for each, also for those that were skipped.
    case ended(JobResult, work: Double)
    /// The run is over.
    case finished(JobSummary)
}

/// What a run has to do.
public struct JobOverview: Sendable {
    /// The plan's.
    public var name: String
    /// Renders of this shard.
    public var renderCount: Int
    /// Renders of the whole plan.
    public var planCount: Int
    /// Which share of the plan this is.
    public var shard: JobShard
    /// The measure of all renders' work, pixels times steps; `ended` events tell each one's.
    public var work: Double
    /// The results file.
    public var resultsPath: String
}

/// One U-Net call of a job.
public struct JobStep: Sendable {
    /// Renders that were in it, by index.
    public var renders: [Int]
    /// U-Net calls done for the first of them, from 1.
    public var evaluation: Int
    /// U-Net calls that it takes.
    public var evaluationCount: Int
    /// Of the whole call.
    public var seconds: Double
    /// Work of the step, in the overview's measure.
    public var work: Double
}

/// How a run went.
public struct JobSummary: Sendable, Equatable {
    /// Renders of this shard.
    public var renderCount: Int
    /// Rendered now.
    public var doneCount = 0
    /// There already.
    public var skippedCount = 0
    /// Not to be made.
    public var failedCount = 0
    /// Begun, and stopped on the way.
    public var cancelledCount = 0
    /// Whether one failed for a reason that may pass.
    public var hasTransientFailure = false
    /// Whether it ended before every render was looked at.
    public var isStopped = false
    /// Of the whole run.
    public var seconds = 0.0

    init(renderCount: Int) { self.renderCount = renderCount }

    /// Renders whose picture is there.
    public var thereCount: Int { doneCount + skippedCount }

    mutating func count(_ result: JobResult) {
        switch result.status {
        case .done: doneCount += 1
        case .skipped: skippedCount += 1
        case .cancelled: cancelledCount += 1
        case .failed:
            failedCount += 1
            hasTransientFailure = hasTransientFailure || result.error?.isTransient == true
        }
    }
}
