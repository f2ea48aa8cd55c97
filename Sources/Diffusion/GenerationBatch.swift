import DiffusionBasics
import DiffusionDenoiser
import DiffusionSchedulers
import DiffusionTensors

/// Several pictures of one size rendered side by side: the U-Net is asked for all of them at once.
///
/// Every picture has the bytes that it has alone. They may differ in everything but their size, and none of several may
/// reuse deep features (`ResolvedRequest.cache`); where one takes fewer steps, the others go on without it.
struct GenerationBatch: Sendable {
    /// What happens, in order; `picture` counts within the batch.
    enum Event: Sendable {
        case promptEncoded(PromptReport, picture: Int)
        /// One U-Net call: the pictures that it took a step further, and how long it took in all.
        case stepped([StepReport], seconds: Double)
        case finished(GeneratedImage, picture: Int)
    }

    private let runs: [GenerationRun]
    private var encodedCount = 0
    private var finishedCount = 0
    private var isDenoised = false

    init(core: PipelineCore, _ requests: [ResolvedRequest]) throws {
        runs = try requests.map {
            GenerationRun(
                core: core, request: $0, sampler: try SamplerRegistry.sampler(named: $0.sampler), startingNoise: nil)
        }
    }

    /// The next event; nil after the last.
    /// - Throws: `CancellationError` soon after the task was cancelled; `GenerationError`, `MemoryError`. Which picture is to
    ///   blame, nobody can tell.
    mutating func next() async throws -> Event? {
        try Task.checkCancellation()
        let runs = runs
        return try await withTaskCancellationHandler {
            try await advance()
        } onCancel: {
            runs.forEach { $0.cancel() }
        }
    }

    private mutating func advance() async throws -> Event? {
        if encodedCount < runs.count, case .promptEncoded(let report)? = try await runs[encodedCount].next() {
            encodedCount += 1
            return .promptEncoded(report, picture: encodedCount - 1)
        }
        if runs.count == 1 { return try await stepAlone() }
        if !isDenoised {
            if let step = try await step() { return step }
            isDenoised = true
        }
        guard finishedCount < runs.count, case .finished(let image)? = try await runs[finishedCount].next() else {
            return nil
        }
        finishedCount += 1
        return .finished(image, picture: finishedCount - 1)
    }

    /// One picture goes its own way, which may reuse what earlier steps computed.
    private func stepAlone() async throws -> Event? {
        switch try await runs[0].next() {
        case .promptEncoded(let report)?: .promptEncoded(report, picture: 0)
        case .stepCompleted(let report)?: .stepped([report], seconds: report.seconds)
        case .finished(let image)?: .finished(image, picture: 0)
        case nil: nil
        }
    }

    /// One U-Net call for all that are not finished; nil where all are.
    private func step() async throws -> Event? {
        let start = ContinuousClock.now
        var asking: [(picture: Int, call: UNetCall)] = []
        for (picture, run) in runs.enumerated() {
            if let call = try await run.nextCall() { asking.append((picture, call)) }
        }
        guard let first = asking.first else { return nil }
        let rows = try await runs[first.picture].output(of: .joined(asking.map(\.call)))
        let share = (ContinuousClock.now - start).seconds / Double(asking.count)
        var reports: [StepReport] = []
        var row = 0
        for (picture, call) in asking {
            let own = rows.slice(row..<row + call.rowCount)
            row += call.rowCount
            reports.append(try await runs[picture].take(own, imageIndex: picture, seconds: share))
        }
        return .stepped(reports, seconds: (ContinuousClock.now - start).seconds)
    }
}

extension GenerationRun {
    /// What the U-Net is to be asked for the picture in hand; nil where it needs no more steps.
    fileprivate func nextCall() throws -> UNetCall? {
        guard let prompts else { reportBug("a step before the prompt is encoded") }
        let run = try denoising ?? beginImage()
        denoising = run
        return run.isFinished ? nil : run.nextCall(prompts)
    }

    fileprivate func output(of call: UNetCall) throws -> Tensor {
        var nothingKept: DeepFeatureCache?
        return try call.output(by: core, keeping: &nothingKept, in: context)
    }

    fileprivate func take(_ rows: Tensor, imageIndex: Int, seconds: Double) throws -> StepReport {
        guard var run = denoising else { reportBug("an answer that nobody asked for") }
        // Not held twice: the step then writes in place.
        denoising = nil
        let report = try run.take(rows, imageIndex: imageIndex, seconds: seconds)
        denoising = run
        return report
    }
}
