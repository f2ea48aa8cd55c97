import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionSchedulers
import DiffusionWeights

extension GenerateCommand {
    /// Fixes and checks everything; reads configuration files, no weights.
    /// - Throws: the first thing that is wrong, with its sentence.
    func plan() throws -> RenderPlan {
        let recorded = try start.fromImage.map(RecordedRequest.init(path:))
        let seedList = try SeedList(sampling.seed ?? recorded?.seedText)
        let places = try OutputPlan(
            output: output.output, format: output.format ?? recorded?.format(forOutput: output.output),
            replaces: output.force)
        var (request, notes) = try request(from: recorded)
        let metadata: RenderPlan.Metadata? = try output.metadata.map { try choice($0, "--metadata") }
        let writer = try writer(for: places.format, recorded)
        let options = try pipelineOptions(recorded)
        let model = try ModelOption.open(content.model, variant: content.variant, vae: content.vae)
        notes += recorded?.notes(for: model) ?? []
        let (resolved, renders) = try renders(of: request, seedList, places, model, options)
        try checkMemory(for: resolved, model, options)
        return RenderPlan(
            model: model, renders: renders, evaluationCount: try model.evaluationCount(of: resolved),
            isSeedDrawn: seedList.isDrawn, options: options,
            writer: writer, metadata: metadata ?? .full,
            includesPrompt: !(output.noPromptMetadata || metadata == nil && recorded?.lacksPrompt == true),
            renderKey: try renderKey(recorded, renders, request, model, options),
            stepPictures: output.stepPictures,
            latentsFile: output.saveLatents.map { (path: $0, policy: output.force ? .replace : .refuse) },
            warnings: notes + [model.samplerNote(for: request), resolved.emptyMaskNote].compactMap(\.self))
    }

    private func writer(for format: ImageFormat, _ recorded: RecordedRequest?) throws -> ImageWriter {
        let quality = try output.quality ?? recorded?.quality() ?? ImageWriter.defaultQuality
        guard (1...100).contains(quality) else { throw ImageError.wrongQuality(quality) }
        return ImageWriter(format: format, quality: quality)
    }

    /// The recorded key, where this is the same render of the same model.
    private func renderKey(
        _ recorded: RecordedRequest?, _ renders: [RenderPlan.Render], _ request: GenerationRequest,
        _ model: DiffusionModel, _ options: PipelineOptions
    ) throws -> String? {
        guard let key = recorded?.renderKey, let only = renders.first, renders.count == 1, start.initImg != "-",
            start.mask != "-", only.startingNoise == nil
        else { return nil }
        var request = request
        (request.seed, request.sampler, request.imageCount) = (only.request.seed, only.request.sampler, 1)
        (request.width, request.height) = (only.request.width, only.request.height)
        request.initialImage = start.initImg.map(InitialImage.file)
        request.mask = start.mask.map(InitialImage.file)
        return try model.confirms(renderKey: key, of: request, options) ? key : nil
    }

    private func pipelineOptions(_ recorded: RecordedRequest?) throws -> PipelineOptions {
        var options = PipelineOptions()
        options.threadCount = running.threads ?? options.threadCount
        options.precision = try running.arithmetic.chosen ?? recorded?.precision ?? options.precision
        options.memoryLimit = try running.memory.chosen ?? recorded?.memoryLimit
        // All pictures of a run have one prompt.
        options.keepsTextEncoder = false
        try options.check()
        return options
    }

    /// - Throws: `MemoryLimitError`.
    private func checkMemory(
        for request: ResolvedRequest, _ model: DiffusionModel, _ options: PipelineOptions
    ) throws {
        do { try model.checkMemory(for: request, options: options) } catch let error as MemoryLimitError {
            throw error.named(MemoryOption.flag)
        }
    }

    /// The request fixed, and its pictures, each with its noise where `--init-latents` brings it.
    private func renders(
        of request: GenerationRequest, _ seeds: SeedList, _ places: OutputPlan, _ model: DiffusionModel,
        _ options: PipelineOptions
    ) throws -> (ResolvedRequest, [RenderPlan.Render]) {
        let noise = try start.initLatents.map { try LatentsFile.read($0) }
        let resolved = try resolved(noise.map { request.withSize(of: $0, model) } ?? request, model, options)
        var renders = try renders(of: resolved, seeds.seeds(batchCount: sampling.batchCount), places)
        if let noise { try share(noise, among: &renders, model) }
        try checkSaveLatents(renders)
        try output.stepPictures.check(renders.map(\.target), replaces: output.force)
        if let path = output.previewVae { try model.check(previewVAE: path) }
        return (resolved, renders)
    }

    private func renders(
        of resolved: ResolvedRequest, _ seeds: [UInt64], _ places: OutputPlan
    ) throws -> [RenderPlan.Render] {
        let values = seeds.enumerated().map { index, seed in
            var values = OutputNameTemplate.Values(seed: seed, index: index, job: "output", prompt: resolved.prompt)
            values.take(resolved)
            return values
        }
        let targets = try places.targets(for: values)
        try targets.check()
        return zip(seeds, targets).map { seed, target in
            var request = resolved.image(0)
            request.seed = seed
            return RenderPlan.Render(request: request, target: target)
        }
    }

    /// The request with what is to be said about it.
    private func request(from recorded: RecordedRequest?) throws -> (GenerationRequest, notes: [String]) {
        var request = recorded?.request ?? GenerationRequest(prompt: "")
        try recorded?.checkPrompts(isNamed: namesPrompt, isNegativeNamed: content.negativePrompt != nil)
        if recorded == nil || namesPrompt { request.prompt = try prompt() }
        if let text = content.negativePrompt {
            request.negativePrompt = try PromptText.checked(text, what: "The negative prompt")
        }
        (request.width, request.height) = (content.width ?? request.width, content.height ?? request.height)
        takeNumbers(into: &request)
        try approximations.take(into: &request)
        request.noiseSource = try sampling.rng.map(noiseSource) ?? request.noiseSource
        request.sampler = sampling.sampler ?? request.sampler
        try takePicture(into: &request, recorded)
        let notes = try takeScheduler(into: &request)
        return (request, notes)
    }

    private func noiseSource(named name: String) throws -> GenerationRequest.NoiseSource {
        guard let source = GenerationRequest.NoiseSource.named(name) else {
            throw UsageError.unknownValue(
                flag: "--rng", found: name, known: GenerationRequest.NoiseSource.allCases.map(\.rawValue))
        }
        return source
    }

    private func takeNumbers(into request: inout GenerationRequest) {
        request.steps = sampling.steps ?? request.steps
        request.guidanceScale = sampling.cfgScale?.value ?? request.guidanceScale
        request.eta = sampling.eta?.value ?? request.eta
        request.guidanceRescale = sampling.guidanceRescale?.value ?? request.guidanceRescale
        request.clipSkip = sampling.clipSkip ?? request.clipSkip
        request.imageCount = sampling.batchCount
    }

    /// Reads `--scheduler`, under which other programs take a sampler's name.
    private func takeScheduler(into request: inout GenerationRequest) throws -> [String] {
        guard let name = sampling.scheduler else { return [] }
        if let spacing = try? SamplerRegistry.spacing(named: name) {
            (request.timestepSpacing, request.sigmaSpacing) = (spacing.timestepSpacing, spacing.sigmaSpacing)
            return []
        }
        guard (try? SamplerRegistry.sampler(named: name)) != nil, sampling.sampler == nil else {
            throw UsageError.unknownValue(
                flag: "--scheduler", found: name,
                known: TimestepSpacing.allCases.map(\.rawValue) + SigmaSpacing.allCases.map(\.rawValue))
        }
        request.sampler = name
        return ["--scheduler \(name) is a sampler's name and was taken as --sampler \(name)."]
    }

    private var namesPrompt: Bool { content.prompt != nil || content.promptFile != nil || !words.isEmpty }

    private func prompt() throws -> String {
        let given = (content.prompt.map { [$0] } ?? []) + words
        guard given.count + (content.promptFile == nil ? 0 : 1) <= 1 else {
            throw UsageError.conflict(
                "There is more than one prompt: \((given + [content.promptFile].compactMap(\.self)).quotedList).",
                remedy: "Put a prompt of several words in quotes.")
        }
        if let file = content.promptFile, file != "-" { return try PromptText.file(file) }
        guard let text = given.first ?? content.promptFile else {
            throw UsageError.noPrompt(example: Self.examplePrompt)
        }
        return text == "-" ? try PromptText.standardInput() : text
    }
}

extension RunningOptions {
    /// - Throws: `UsageError`.
    func reportingStyle() throws -> ReportingStyle {
        ReportingStyle(form: try choice(progress, "--progress"), isQuiet: quiet, isVerbose: verbose)
    }
}

/// The case that `name` is the raw value of.
private func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, _ flag: String) throws -> Choice {
    guard let choice = Choice(rawValue: name) else {
        throw UsageError.unknownValue(flag: flag, found: name, known: Choice.allCases.map(\.rawValue))
    }
    return choice
}

extension [String] {
    fileprivate var quotedList: String {
        prefix(5).map { "\"\($0)\"" }.joined(separator: ", ") + (count > 5 ? ", ..." : "")
    }
}
