import DiffusionBasics
import DiffusionRenderer

extension JobRun.Item {
    /// Whether both may go through the U-Net together.
    func goesWith(_ other: JobRun.Item) -> Bool {
        render.model == other.render.model && level == other.level
            && request.width == other.request.width && request.height == other.request.height
            && request.cache == nil && other.request.cache == nil
    }
}

extension JobRun {
    /// Latent positions that a U-Net call may have for all pictures together: with the embedded model on two cores, four
    /// pictures of 16×16 latents take a tenth less time in one call than by themselves, eight of 8×8 a quarter less, two of
    /// 32×32 more.
    private static let positionsTogether = 1024
    private static let mostTogether = 8

    func batchLimit(for item: Item) -> Int {
        if let limit = runner.options.batchLimit { return max(1, limit) }
        guard let model = plan.models[item.render.model] else { return 1 }
        let positions = item.request.width / model.sizeFactor * (item.request.height / model.sizeFactor)
        return max(1, min(Self.mostTogether, Self.positionsTogether / max(1, positions)))
    }

    /// Renders and writes what is pending, and empties it.
    /// - Throws: `CancellationError`; what keeps the only model from being loaded; errors of the results file.
    func make(_ pending: inout [Item]) async throws {
        var items = pending
        pending = []
        guard !items.isEmpty else { return }
        await report(.started(items.map(\.render)))
        do {
            guard let pipeline = try await pipeline(for: items) else { return }
            if items.count > 1 { try await makeTogether(&items, pipeline) }
            // What several together could not do, each does by itself, so that one of them fails and not all.
            while let item = items.first, !isOver {
                try await makeAlone(item, pipeline)
                items.removeFirst()
            }
        } catch let error as CancellationError {
            for item in items { try await end(item, .cancelled) }
            throw error
        }
    }

    /// The pipeline for these renders; nil where their model cannot be loaded, which their lines then say.
    private func pipeline(for items: [Item]) async throws -> DiffusionPipeline? {
        let model = items[0].render.model
        if let current, current.model == model { return current.pipeline }
        // Two models are not held at once.
        current = nil
        do {
            let pipeline = try await load(model)
            current = (model, pipeline)
            return pipeline
        } catch let error where !(error is CancellationError) && plan.models.count > 1 {
            for item in items { try await end(item, .failed, error: error) }
            return nil
        }
    }

    private func load(_ model: JobModel) async throws -> DiffusionPipeline {
        guard let opened = plan.models[model] else { reportBug("the plan has no model \(model)") }
        if let loaded = runner.loaded, loaded.model.name == opened.name,
            loaded.model.replacedAutoencoder == opened.replacedAutoencoder
        {
            return loaded
        }
        await report(.loading(model: opened.name))
        let start = ContinuousClock.now
        let pipeline = try await DiffusionPipeline(opened, options: runner.options.pipeline)
        await report(.loaded(model: opened.name, seconds: (ContinuousClock.now - start).seconds))
        for warning in pipeline.warnings { await warn(warning) }
        return pipeline
    }

    /// Leaves those in `items` that were not made.
    private func makeTogether(_ items: inout [Item], _ pipeline: DiffusionPipeline) async throws {
        do {
            try await run(&items, pipeline)
        } catch let error where !(error is CancellationError || error is ResultsError) {
            pipeline.core.trimMemory()
        }
    }

    private func makeAlone(_ item: Item, _ pipeline: DiffusionPipeline) async throws {
        var waiting = [item]
        for attempt in 0... {
            do {
                return try await run(&waiting, pipeline)
            } catch let error where !(error is CancellationError || error is ResultsError) {
                guard error.isTransient, attempt < plan.run.retries else {
                    return try await end(item, .failed, error: error)
                }
                try await pause(beforeAttempt: attempt + 1, after: error)
            }
        }
    }

    /// Renders `items` together and takes out of them what has its line.
    private func run(_ items: inout [Item], _ pipeline: DiffusionPipeline) async throws {
        let begun = items
        var batch = try GenerationBatch(core: pipeline.core, begun.map(\.request))
        var made = begun
        while let event = try await batch.next() {
            switch event {
            case .promptEncoded(let prompt, let picture):
                made[picture].seconds.encode = prompt.seconds
                made[picture].warnings += prompt.warnings
                await report(.promptEncoded(prompt, render: begun[picture].render.index))
            case .stepped(let reports, let seconds): await tell(reports, seconds, begun)
            case .finished(let image, let picture):
                try await finish(image, made[picture])
                items.removeAll { $0.render.index == begun[picture].render.index }
            }
        }
    }

    private func tell(_ reports: [StepReport], _ seconds: Double, _ items: [Item]) async {
        guard let first = reports.first else { return }
        let shares = reports.map { items[$0.imageIndex].render.work / Double($0.evaluationCount + 1) }
        await report(
            .stepCompleted(
                JobStep(
                    renders: reports.map { items[$0.imageIndex].render.index }, evaluation: first.evaluation,
                    evaluationCount: first.evaluationCount, seconds: seconds, work: shares.reduce(0, +))))
    }

    func pause(beforeAttempt attempt: Int, after error: any Error) async throws {
        await warn("\(error) It is tried again.")
        let halfSeconds = 1 << min(attempt - 1, 6)
        try await Task.sleep(for: .milliseconds(500 * halfSeconds))
    }
}
