import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights

/// One run of a plan: which renders to make, in which order, and what became of them.
actor JobRun {
    /// A render that is going to be made, every value fixed.
    struct Item: Sendable {
        var render: JobRender
        var request: ResolvedRequest
        var policy: ExistingFilePolicy
        var level: UInt32
        var seconds = JobResult.Seconds()
        var warnings: [String] = []
    }

    let runner: JobRunner
    let report: @Sendable (JobEvent) async -> Void
    var keys: JobKeys
    var current: (model: JobModel, pipeline: DiffusionPipeline)?
    let folder: JobOutputFolder
    let order: JobOrder
    let results: ResultsFile
    var summary: JobSummary
    /// Renders that others need and that were not made.
    var missing: Set<Int> = []
    /// Where the pictures that others need are.
    var places: [Int: String] = [:]
    /// Whether nothing more is to be begun after a failure.
    var isOver = false
    /// Pictures in a row that were rendered and that no disk took.
    var unwrittenCount = 0
    private var told: Set<String> = []

    var plan: JobPlan { runner.plan }

    /// Opens the output folder, and makes the results file: both have to work before a model is loaded.
    /// - Throws: `FileSystemError`.
    init(_ runner: JobRunner, report: @escaping @Sendable (JobEvent) async -> Void) throws {
        self.runner = runner
        self.report = report
        let options = runner.options
        keys = JobKeys(runner.plan, options.pipeline)
        folder = try JobOutputFolder(runner.plan.output, temporaries: runner.temporaries)
        order = JobOrder(runner.plan, shard: options.shard)
        results = try folder.makeResultsFile(shard: options.shard)
        summary = JobSummary(renderCount: order.entries.count)
    }

    /// - Throws: `CancellationError`; what keeps the only model from being loaded; errors of the results file.
    func perform() async throws {
        let start = ContinuousClock.now
        await report(.began(overview))
        for warning in plan.warnings { await warn(warning) }
        var pending: [Item] = []
        for entry in order.entries {
            if isEnding { break }
            try Task.checkCancellation()
            // What is needed on a level is made on those before it.
            if let level = pending.first?.level, level != entry.level { try await make(&pending) }
            let render = plan.renders[entry.index]
            guard let item = try await decide(render, level: entry.level, &pending) else { continue }
            if let first = pending.first, !item.goesWith(first) || pending.count >= batchLimit(for: first) {
                try await make(&pending)
            }
            pending.append(item)
        }
        if !isEnding { try await make(&pending) }
        summary.isStopped = summary.thereCount + summary.failedCount < summary.renderCount
        summary.seconds = (ContinuousClock.now - start).seconds
        await report(.finished(summary))
    }

    private var isEnding: Bool { isOver || runner.isStopAsked }

    private var overview: JobOverview {
        JobOverview(
            name: plan.name, renderCount: order.entries.count, planCount: plan.renders.count,
            shard: runner.options.shard, work: order.work, resultsPath: results.path)
    }

    /// Each sentence once, however many renders it concerns.
    func warn(_ sentence: String) async {
        if told.insert(sentence).inserted { await report(.warning(sentence)) }
    }
}

// MARK: - Before a render

private enum Decision {
    case skip(String)
    case render(ExistingFilePolicy)
}

extension JobOutput.OnExists {
    fileprivate var policyForFreeName: ExistingFilePolicy {
        switch self {
        case .overwrite: .replace
        case .number: .number
        // Another run may take the name meanwhile.
        case .resume, .skip, .error: .refuse
        }
    }
}

extension JobRun {
    /// What is to be done for a render: nil where nothing is, and its line is written.
    /// - Parameter pending: what stands before it and is not made yet.
    private func decide(_ render: JobRender, level: UInt32, _ pending: inout [Item]) async throws -> Item? {
        do {
            if let failed = render.dependencies.joined().first(where: missing.contains) {
                throw JobRunError.dependencyFailed(job: plan.renders[failed].jobID, index: failed)
            }
            switch try await decision(render) {
            case .skip(let path):
                try await end(render, .skipped, file: path)
                return nil
            case .render(let policy):
                _ = keys.modelDigest(render.model)
                return Item(render: render, request: try resolve(render), policy: policy, level: level)
            }
        } catch let error where !(error is CancellationError || error is ResultsError) {
            // Its failure must not keep those before it from being made.
            if plan.run.onError == .stop { try await make(&pending) }
            try await end(render, .failed, error: error)
            return nil
        }
    }

    private func decision(_ render: JobRender) async throws -> Decision {
        let onExists = plan.output.onExists
        guard let found = try folder.find(render.outputPath) else { return .render(onExists.policyForFreeName) }
        switch onExists {
        case .skip: return .skip(found.path)
        case .overwrite, .number: return .render(onExists.policyForFreeName)
        case .error: throw OutputError.exists(path: found.path)
        case .resume:
            guard let key = found.key else { throw JobRunError.notOurs(path: found.path) }
            let isThere = try await self.key(of: render) == key && found.isComplete
            return isThere ? .skip(found.path) : .render(.replace)
        }
    }

    func key(of render: JobRender) async throws -> String {
        let digest = try await keys.modelDigest(render.model).value
        let (places, directory) = (places, plan.output.directory)
        return try keys.key(of: render, modelDigest: digest) { index in
            places[index] ?? FileSystem.join(directory, plan.renders[index].outputPath)
        }
    }

    private func resolve(_ render: JobRender) throws -> ResolvedRequest {
        guard let model = plan.models[render.model] else {
            reportBug("render \(render.index) has a model that the plan has not")
        }
        var request = render.request
        if let initial = render.initialRender, let place = places[initial] { request.initialImage = .file(place) }
        let options = runner.options.pipeline
        let resolved = try model.resolve(request, for: options)
        // A picture may have brought its size only now.
        if request.initialImage != nil { try model.checkMemory(for: resolved, options: options) }
        return resolved
    }
}
