import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights

/// Makes whole renders of a compiled job's drafts: seed, output name, what they depend on, and the model's defaults.
struct JobAssembler: Sendable {
    let context: JobContext
    /// Where pictures go, and where the file says they go; not the same with `--output-dir`.
    let directories: (actual: String, written: String)
    /// The first render of each job, and the end of the last.
    var starts: [Int] = [0]
    /// Jobs by their ids.
    var ids = NameTable()
    /// Renders by their output paths.
    var outputs = NameTable()
    var defaults: [JobModel: JobModelDefaults] = [:]

    /// - Parameter index: the render's in its job.
    /// - Throws: `OutputNameError`, `ImageError`, `JobFileError` where a dependency is not there.
    func render(_ job: CompiledJob, _ draft: CompiledJob.Draft, _ index: Int) throws -> JobRender {
        let place = starts[job.number] + index
        var request = request(job, draft, place)
        let outputPath = try outputPath(job, draft, index, request)
        let source = try draft.values.initialPicture.map { try picture($0, before: place) }
        let mask = try draft.values.mask.map { try picture($0, before: place) }
        (request.initialImage, request.mask) = (source?.image, mask?.image)
        request.strength = source == nil ? nil : request.strength ?? DiffusionModel.defaultStrength
        return JobRender(
            index: place, jobID: job.id, indexInJob: index, source: job.position, request: request,
            model: draft.values.model, outputPath: outputPath,
            dependencies: try dependencies(job, [source?.render, mask?.render]), initialRender: source?.render,
            maskRender: mask?.render, extras: job.extras)
    }

    /// Everything but the picture to begin with.
    private func request(_ job: CompiledJob, _ draft: CompiledJob.Draft, _ place: Int) -> GenerationRequest {
        var request = draft.values.request
        (request.prompt, request.negativePrompt) = (draft.prompt, draft.negativePrompt)
        request.sampler = request.sampler ?? draft.values.schedulersSampler
        let batchSeed = draft.batchSeed ?? JobSeed.seed(ofJob: job.text, index: place - draft.picture)
        request.seed = batchSeed &+ UInt64(draft.picture)
        defaults[draft.values.model]?.complete(&request, hasPicture: draft.values.initialPicture != nil)
        return request
    }

    /// The name's number counts within the job where the name tells the job, else through the whole file.
    private func outputPath(
        _ job: CompiledJob, _ draft: CompiledJob.Draft, _ index: Int, _ request: GenerationRequest
    ) throws -> String {
        let template = draft.values.outputName ?? context.outputName
        let isOfJob = template.placeholders.contains(.job)
        var names = OutputNameTemplate.Values(
            seed: request.seed ?? 0, index: isOfJob ? index : starts[job.number] + index, job: job.id,
            prompt: request.prompt)
        names.take(request)
        return try template.path(for: names)
    }

    // MARK: - Other renders

    private typealias Source = (image: InitialImage, render: Int?)

    private func picture(_ text: String, before place: Int) throws -> Source {
        if let bytes = try EncodedPicture.bytes(in: text) { return (.encoded(bytes), nil) }
        guard let render = render(withOutput: text), render < place else { return (.file(text), nil) }
        return (.file(FileSystem.join(directories.actual, try outputPath(of: render))), render)
    }

    /// The render whose picture has that path, seen from the working directory.
    private func render(withOutput path: String) -> Int? {
        for directory in [directories.actual, directories.written] {
            guard let inside = OutputPath.path(path, within: directory) else { continue }
            if let render = outputs.place(of: inside, nameAt: nameOfOutput) { return render }
        }
        return nil
    }

    private func dependencies(_ job: CompiledJob, _ sources: [Int?]) throws -> [Range<Int>] {
        let named = try job.dependsOn.map { name, position in
            if let range = renders(ofJob: name), range.upperBound <= starts[job.number] { return range }
            if let render = render(withOutput: name) ?? outputs.place(of: name, nameAt: nameOfOutput),
                render < starts[job.number]
            {
                return render..<render + 1
            }
            throw JobFileError(
                JobProblem(
                    file: context.file.name, job: job.id, field: "depends_on", position: position,
                    code: JobProblem.Code.dependency.rawValue,
                    problem:
                        "depends_on names \"\(name.prefix(80))\", and neither a job nor an output further up is called so"
                ))
        }
        return named + sources.compactMap { $0.map { $0..<$0 + 1 } }
    }

    private func renders(ofJob id: String) -> Range<Int>? {
        guard let job = ids.place(of: id, nameAt: nameOfJob), job + 1 < starts.count else { return nil }
        return starts[job]..<starts[job + 1]
    }

    func nameOfJob(_ number: Int) -> String? { compiled(number)?.id }

    func nameOfOutput(_ place: Int) -> String? {
        guard let path = try? outputPath(of: place) else { return nil }
        return OutputPath.normalized(path)
    }

    /// The path of a render whose job has been checked.
    private func outputPath(of place: Int) throws -> String {
        let number = starts.lastIndex(notAbove: place)
        guard let job = compiled(number) else { return "" }
        let index = place - starts[number]
        let draft = job.draft(index)
        return try outputPath(job, draft, index, request(job, draft, place))
    }

    /// Registers a job's id.
    /// - Returns: the job that has it already.
    mutating func register(id: String, ofJob number: Int) -> Int? {
        guard let other = ids.insert(id, number) else { return nil }
        return nameOfJob(other).map(ExactString.init) == ExactString(id) ? other : ids.insertSharingHash(id, number)
    }

    /// Registers a render's output.
    /// - Returns: the render that has it already.
    mutating func register(output: String, ofRender place: Int) -> Int? {
        guard let other = outputs.insert(output, place) else { return nil }
        let isSame = nameOfOutput(other).map(ExactString.init) == ExactString(output)
        return isSame ? other : outputs.insertSharingHash(output, place)
    }

    /// The job that a render belongs to, and the render's place in it.
    func job(ofRender place: Int) -> (id: String, index: Int) {
        let number = starts.lastIndex(notAbove: place)
        return (nameOfJob(number) ?? String(number), place - starts[number])
    }

    func compiled(_ number: Int) -> CompiledJob? {
        var problems = JobProblems(file: context.file.name)
        return context.compile(number, problems: &problems)
    }
}
