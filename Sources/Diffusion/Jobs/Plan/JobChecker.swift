import DiffusionBasics
import DiffusionRenderer
import DiffusionSchedulers
import DiffusionWeights

/// Checks renders against their models, the file system and the budget, each thing once.
struct JobChecker {
    private(set) var models: [JobModel: DiffusionModel] = [:]
    private(set) var warnings: [String] = []
    private let frame: JobFrame
    private let outputName: OutputNameTemplate
    private var tried: Set<JobModel> = []
    /// What to say where a job leaves the sampler to a model whose own is not built.
    private var samplerNotes: [JobModel: String] = [:]
    /// U-Net calls of a render; nil where the model refuses it.
    private var evaluations: [Walk: Int?] = [:]
    private var knownFiles: Set<ExactString> = []
    private var knownFolders: Set<ExactString> = []
    private(set) var workloads = JobWorkloads()
    private var prompts = JobPromptCheck()
    private var memory: JobMemoryCheck
    private let pipeline: PipelineOptions

    /// What decides whether a model and a sampler take a render.
    private struct Walk: Hashable {
        var model: JobModel
        var width: Int?
        var height: Int?
        var steps: Int?
        var sampler: String?
        var sigmaSpacing: SigmaSpacing?
        var timestepSpacing: TimestepSpacing?
        var hasMask: Bool
        var eta: Double
        var clipSkip: Int
        var memory: Memory
    }

    /// What of a render decides on its memory beside the size.
    private struct Memory: Hashable {
        var isGuided: Bool?
        var hasPicture: Bool
        var cache: FeatureCache?
        var tiling: TilingChoice
    }

    /// - Parameter pipeline: how the models are going to be loaded.
    init(frame: JobFrame, outputName: OutputNameTemplate, pipeline: PipelineOptions) {
        (self.frame, self.outputName, self.pipeline) = (frame, outputName, pipeline)
        memory = JobMemoryCheck(pipeline)
    }

    /// What decides on the memory that renders take.
    var shapes: [JobModel: Set<RenderShape>] { memory.shapes }

    // MARK: - Models

    func isNew(_ model: JobModel) -> Bool { !tried.contains(model) }

    mutating func open(
        _ model: JobModel, job: String, _ position: JSONNode.Position?, problems: inout JobProblems
    ) {
        tried.insert(model)
        do {
            let opened = try model.open()
            models[model] = opened
            samplerNotes[model] = opened.samplerNote(for: GenerationRequest(prompt: ""))
            for warning in opened.warnings { warn(warning) }
        } catch {
            problems.add(error, job: job, field: "model", at: position)
        }
    }

    private mutating func warn(_ warning: String) {
        if warnings.count < JobFileError.limit, !warnings.contains(warning) { warnings.append(warning) }
    }

    // MARK: - Renders

    mutating func check(
        _ render: JobRender, _ job: CompiledJob, _ draft: CompiledJob.Draft, problems: inout JobProblems
    ) {
        checkPlace(render, job, draft, problems: &problems)
        checkPicture(render, job, draft, problems: &problems)
        guard let model = models[render.model] else { return }
        let isSamplerOpen = draft.values.request.sampler == nil && draft.values.schedulersSampler == nil
        if isSamplerOpen, let note = samplerNotes[render.model] { warn(note) }
        do {
            guard let count = try evaluationCount(of: render, model) else { return }
            checkBudget(render, count, model, job, draft, problems: &problems)
            workloads.add(render, count, model)
            if let warning = prompts.warning(render, model) { warn(warning) }
        } catch let error as MemoryLimitError {
            problems.add(
                error.named(JobMemoryCheck.field), job: job.id, field: JobMemoryCheck.field, at: job.position)
        } catch {
            let key = Self.key(of: error)
            problems.add(
                error, job: job.id, field: key?.name,
                at: key.flatMap { job.position(of: $0, digits: draft.digits) } ?? job.position)
        }
    }

    /// - Returns: nil where the same has been refused before.
    private mutating func evaluationCount(of render: JobRender, _ model: DiffusionModel) throws -> Int? {
        let request = render.request
        let walk = Walk(
            model: render.model, width: request.width, height: request.height, steps: request.steps,
            sampler: request.sampler, sigmaSpacing: request.sigmaSpacing, timestepSpacing: request.timestepSpacing,
            hasMask: request.mask != nil, eta: request.eta, clipSkip: request.clipSkip,
            memory: Memory(
                isGuided: request.guidanceScale.map { $0 > 1 }, hasPicture: request.initialImage != nil,
                cache: request.cache,
                tiling: request.tiling))
        if let known = evaluations[walk] { return known }
        evaluations[walk] = .some(nil)
        let resolved = try model.resolve(Self.probe(request, model), for: pipeline)
        let count = try model.evaluationCount(of: resolved)
        try memory.check(resolved, hasPicture: request.initialImage != nil, key: render.model, model)
        evaluations[walk] = count
        return count
    }

    /// The same request without its pictures, which are read when it is rendered; a model that cannot do without gets
    /// black ones.
    private static func probe(_ request: GenerationRequest, _ model: DiffusionModel) throws -> GenerationRequest {
        var probe = request
        (probe.prompt, probe.negativePrompt) = ("", "")
        (probe.initialImage, probe.mask, probe.strength) = (nil, nil, nil)
        guard request.initialImage != nil, request.mask != nil else { return probe }
        let (width, height) = (request.width ?? model.defaultSize.width, request.height ?? model.defaultSize.height)
        try model.checkEdge("width", width)
        try model.checkEdge("height", height)
        let black = try RGBImage(
            width: width, height: height, pixels: [UInt8](repeating: 0, count: 3 * width * height))
        (probe.initialImage, probe.mask) = (.image(black), .image(black))
        return probe
    }

    private func checkBudget(
        _ render: JobRender, _ count: Int, _ model: DiffusionModel, _ job: CompiledJob, _ draft: CompiledJob.Draft,
        problems: inout JobProblems
    ) {
        let pixels =
            (render.request.width ?? model.defaultSize.width) * (render.request.height ?? model.defaultSize.height)
        guard pixels * count > frame.run.maxPixelSteps else { return }
        problems.add(
            .overBudget, job: job.id, field: "steps",
            at: job.position(of: JobField.key("steps"), digits: draft.digits) ?? job.position,
            "\(pixels) pixels × \(count) U-Net calls of one render are over the budget of \(frame.run.maxPixelSteps)",
            remedy: "Raise \"run\": {\"max_pixel_steps\": …} if it is meant.")
    }

    /// The field that an error of a model or a sampler speaks of.
    private static func key(of error: any Error) -> JobKey? {
        switch error {
        case RequestError.outOfRange(let field, _, _):
            JobField.key(named: field.replacing("-", with: "_")) ?? JobField.key("width")
        case SchedulerError.unknownSampler, RequestError.doesNotFit: JobField.key("sampler_name")
        case SchedulerError.unsupportedOption: JobField.key("scheduler")
        case is SchedulerError: JobField.key("steps")
        default: nil
        }
    }
}

// MARK: - Files

extension JobChecker {
    private mutating func checkPicture(
        _ render: JobRender, _ job: CompiledJob, _ draft: CompiledJob.Draft, problems: inout JobProblems
    ) {
        for (field, input) in render.inputs {
            guard case .file(let path) = input else { continue }
            checkFile(path, field, job, draft, problems: &problems)
        }
        if render.request.mask != nil, render.request.initialImage == nil {
            problems.add(
                .unsupported, job: job.id, field: "mask",
                at: job.position(of: JobField.key("mask"), digits: draft.digits) ?? job.position,
                "mask says what of a picture is repainted, and there is none", remedy: "Name it in \"init_images\".")
        }
    }

    private mutating func checkFile(
        _ path: String, _ field: String, _ job: CompiledJob, _ draft: CompiledJob.Draft, problems: inout JobProblems
    ) {
        guard !knownFiles.contains(ExactString(path)) else { return }
        knownFiles.insert(ExactString(path))
        let kind = FileSystem.kind(of: path)
        guard kind != .regular else { return }
        problems.add(
            .missingFile, job: job.id, field: field,
            at: job.position(of: JobField.key(field), digits: draft.digits) ?? job.position,
            kind.map { "\(field) names \"\(path.prefix(200))\", which is \($0), expected a picture's file" }
                ?? "\(field) names \"\(path.prefix(200))\", which is neither there nor the output of a render further up",
            remedy: kind == nil ? "Paths are seen from the working directory." : nil)
    }

    private mutating func checkPlace(
        _ render: JobRender, _ job: CompiledJob, _ draft: CompiledJob.Draft, problems: inout JobProblems
    ) {
        let position = job.position(of: JobField.key("output"), digits: draft.digits) ?? job.position
        if frame.output.format == nil, let ending = PathParts(render.outputPath).fileExtension,
            ImageFormat(fileExtension: ending) == nil
        {
            problems.add(
                .output, job: job.id, field: "output", at: position,
                "the output name \"\(render.outputPath.prefix(200))\" ends in .\(ending), expected .png or .jpg",
                remedy: "End the name in .png, or set \"output\": {\"format\": \"png\"}.")
        }
        if render.request.width == nil, (draft.values.outputName ?? outputName).namesSize {
            problems.add(
                .output, job: job.id, field: "output", at: position,
                "the output name holds {width} or {height}, and the job leaves its size to the initial picture",
                remedy: "Give width and height.")
        }
        let folder = PathParts(render.outputPath).folder
        guard folder != ".", knownFolders.insert(ExactString(folder)).inserted else { return }
        guard let link = OutputPath.escapingFolder(render.outputPath, within: frame.output.directory) else { return }
        problems.add(
            .output, job: job.id, field: "output", at: position,
            "\(link) is a symbolic link that leads out of the output folder")
    }
}
