import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionSchedulers
import DiffusionWeights

extension GenerateCommand {
    /// Fixes and checks everything; reads configuration files, no weights.
    /// - Throws: the first thing that is wrong, with its sentence.
    func plan() throws -> RenderPlan {
        let seedList = try SeedList(sampling.seed)
        let places = try OutputPlan(output: output.output, format: output.format, replaces: output.force)
        let (request, notes) = try request()
        let metadata: RenderPlan.Metadata = try choice(output.metadata, "--metadata")
        guard (1...100).contains(output.quality) else { throw ImageError.wrongQuality(output.quality) }
        var options = PipelineOptions()
        options.threadCount = running.threads ?? options.threadCount
        // All pictures of a run have one prompt.
        options.keepsTextEncoder = false
        try options.check()
        let model = try openModel()
        let resolved = try model.resolve(request)
        return RenderPlan(
            model: model, renders: try renders(of: resolved, seedList.seeds(batchCount: sampling.batchCount), places),
            evaluationCount: try model.evaluationCount(of: resolved), isSeedDrawn: seedList.isDrawn, options: options,
            writer: ImageWriter(format: places.format, quality: output.quality), metadata: metadata,
            includesPrompt: !output.noPromptMetadata,
            warnings: notes + [model.samplerNote(for: request)].compactMap(\.self))
    }

    private func renders(
        of resolved: ResolvedRequest, _ seeds: [UInt64], _ places: OutputPlan
    ) throws -> [RenderPlan.Render] {
        let values = seeds.enumerated().map { index, seed in
            OutputNameTemplate.Values(seed: seed, index: index, job: "output", prompt: resolved.prompt)
        }
        let targets = try places.targets(for: values)
        try targets.check()
        return zip(seeds, targets).map { seed, target in
            var request = resolved.image(0)
            request.seed = seed
            return RenderPlan.Render(request: request, target: target)
        }
    }

    private func openModel() throws -> DiffusionModel {
        do {
            return try DiffusionModel(
                content.model.map(ModelLocation.path) ?? .default, variant: content.variant, vae: content.vae)
        } catch let error as FileError {
            guard content.model == nil, content.vae == nil, let path = FileSystem.environment("DIFFUSE_MODEL") else {
                throw error
            }
            throw UsageError.conflict(
                "DIFFUSE_MODEL is \(path): \(error.sentence)", remedy: "Unset it, or name a model with --model.")
        }
    }

    /// The request with what is to be said about it.
    private func request() throws -> (GenerationRequest, notes: [String]) {
        var request = GenerationRequest(prompt: try prompt())
        request.negativePrompt = try PromptText.checked(content.negativePrompt, what: "The negative prompt")
        (request.width, request.height) = (content.width, content.height)
        (request.steps, request.guidanceScale) = (sampling.steps, sampling.cfgScale)
        (request.eta, request.guidanceRescale) = (sampling.eta, sampling.guidanceRescale)
        (request.clipSkip, request.imageCount) = (sampling.clipSkip, sampling.batchCount)
        request.noiseSource = try choice(sampling.rng, "--rng")
        request.sampler = sampling.sampler
        let notes = try takeScheduler(into: &request)
        return (request, notes)
    }

    /// Reads `--scheduler`, under which other programs take a sampler's name.
    private func takeScheduler(into request: inout GenerationRequest) throws -> [String] {
        guard let name = sampling.scheduler else { return [] }
        if let spacing = TimestepSpacing(rawValue: name.lowercased()) {
            request.timestepSpacing = spacing
            return []
        }
        guard (try? SamplerRegistry.sampler(named: name)) != nil, sampling.sampler == nil else {
            throw UsageError.unknownValue(
                flag: "--scheduler", found: name, known: TimestepSpacing.allCases.map(\.rawValue))
        }
        request.sampler = name
        return ["--scheduler \(name) is a sampler's name and was taken as --sampler \(name)."]
    }

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
