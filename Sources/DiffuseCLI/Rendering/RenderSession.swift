import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights

/// Carries out a plan, picture by picture.
struct RenderSession {
    private let plan: RenderPlan
    private let temporaries: TemporaryFiles
    private var reporter: any Reporter
    private var told: Set<String> = []
    private var latents: [Tensor] = []
    private var stepPictures: StepPictureWriter?
    private let numbers = UsedNumbers()
    private let start = ContinuousClock.now

    init(_ plan: RenderPlan, temporaries: TemporaryFiles, reporter: any Reporter) {
        self.plan = plan
        self.temporaries = temporaries
        self.reporter = reporter
    }

    /// - Throws: what keeps the model from being loaded, and `CancellationError`.
    mutating func run() async throws -> ExitCode {
        var summary = RunSummary(pictureCount: plan.renders.count)
        do {
            let pipeline = try await load()
            stepPictures = try await StepPictureWriter(plan.stepPictures, pipeline, temporaries)
            try await renderAll(with: pipeline, &summary)
            try writeLatents()
        } catch let error as CancellationError {
            reporter.report(.stopped(summary))
            throw error
        }
        summary.seconds = Self.seconds(since: start)
        reporter.report(.done(summary))
        return ExitCode(failures: summary.failures)
    }

    private mutating func load() async throws -> DiffusionPipeline {
        reporter.report(.loading(model: plan.model.name))
        let begin = ContinuousClock.now
        let pipeline = try await DiffusionPipeline(plan.model, options: plan.options)
        reporter.report(
            .loaded(
                model: plan.model.name, threadCount: plan.options.threadCount, seconds: Self.seconds(since: begin)))
        if plan.renders.contains(where: { $0.request.initialPicture != nil }) { try await pipeline.loadEncoder() }
        warn(pipeline.warnings)
        return pipeline
    }

    /// A picture that fails does not keep the others from being made, unless the trouble is one that they would share.
    private mutating func renderAll(with pipeline: DiffusionPipeline, _ summary: inout RunSummary) async throws {
        for (index, render) in plan.renders.enumerated() {
            do {
                try await self.render(render, index, with: pipeline)
                summary.finishedCount += 1
            } catch let error as CancellationError {
                throw error
            } catch {
                reporter.report(.failed(error, picture: index))
                summary.failures.append(error)
                if error.isTransient { return }
            }
        }
    }

    private mutating func render(_ render: RenderPlan.Render, _ index: Int, with pipeline: DiffusionPipeline)
        async throws
    {
        var encodingSeconds = 0.0
        for try await event in try pipeline.generate(render.request, startingNoise: render.startingNoise) {
            switch event {
            case .promptEncoded(let report):
                encodingSeconds = report.seconds
                reporter.report(.prompt(report, picture: index))
                warn(report.warnings)
            case .stepCompleted(let report):
                reporter.report(.step(report, picture: index))
                let trouble = try await stepPictures?.write(report, render, quality: plan.writer.quality)
                warn([trouble].compactMap(\.self))
            case .finished(let image): try finish(image, render, index, encodingSeconds)
            }
        }
    }

    private mutating func finish(
        _ image: GeneratedImage, _ render: RenderPlan.Render, _ index: Int, _ encodingSeconds: Double
    ) throws {
        let begin = ContinuousClock.now
        let path = try write(image, to: render.target)
        if plan.latentsFile != nil { latents.append(image.latents) }
        reporter.report(
            .finished(
                FinishedPicture(
                    index: index, path: path, request: image.request, encodingSeconds: encodingSeconds,
                    stageSeconds: image.seconds, writingSeconds: Self.seconds(since: begin))))
        for warning in image.warnings { reporter.report(.warning("\(path ?? "the picture"): \(warning)")) }
        if let path { try tell(path) }
    }

    /// A reader that has gone, or an output that was closed, did not want to know; a full disk did.
    private mutating func tell(_ path: String) throws {
        do {
            try StandardOutput.write(Array("\(path)\n".utf8))
        } catch let error as any DescribedError where !error.isTransient {
            warn(["Standard output is closed: the paths of finished pictures are not told."])
        }
    }

    /// - Returns: the path that the file has; nil for standard output.
    private mutating func write(_ image: GeneratedImage, to target: OutputPlan.Target) throws -> String? {
        try target.makeFolder()
        var metadata = image.metadata
        metadata.includesPrompt = plan.includesPrompt
        if let key = plan.renderKey { metadata.parameters.settings.append(.init(ResolvedRequest.renderKeyName, key)) }
        let (path, isPromptCut) = try plan.writer.write(
            image.image, metadata: plan.metadata == .full ? metadata : nil, to: target.path,
            using: AtomicFile(target.policy, temporaries: temporaries, numbers: numbers))
        if isPromptCut { warn(["The prompt is too long for the file's metadata and stands there in part."]) }
        return path
    }

    /// One tensor of all pictures that are there, in their order.
    private mutating func writeLatents() throws {
        guard let (path, policy) = plan.latentsFile, !latents.isEmpty else { return }
        if latents.count < plan.renders.count {
            warn(["\(path) holds the latents of \(latents.count) of \(plan.renders.count) pictures, the finished ones."]
            )
        }
        try LatentsFile.write(.concatenated(latents), to: path, AtomicFile(policy, temporaries: temporaries))
    }

    /// Each sentence once, however many pictures it concerns.
    private mutating func warn(_ sentences: [String]) {
        for sentence in sentences where told.insert(sentence).inserted { reporter.report(.warning(sentence)) }
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - start) / .seconds(1)
    }
}
