import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights

/// Goes through a file once, job by job and render by render, and checks everything on the way.
struct JobPlanBuilder {
    private(set) var frame: JobFrame
    private(set) var assembler: JobAssembler
    private(set) var checker: JobChecker
    private(set) var grouping = JobGrouping()
    private(set) var hasDependencies = false
    private(set) var problems: JobProblems
    private let file: JobFile

    init(_ file: JobFile, _ options: JobPlan.Options) {
        let reader = JobFrameReader(file)
        self.file = file
        (frame, problems) = (reader.frame, reader.problems)
        let written = frame.output.directory
        frame.output.directory = options.outputDirectory ?? written
        frame.output.onExists = options.onExists ?? frame.output.onExists
        let overrides = JobOverrides.settings(options.overrides, problems: &problems)
        let context = JobContext(
            file: file, defaults: frame.defaults, overrides: overrides,
            outputName: Self.template(frame, &problems))
        assembler = JobAssembler(context: context, directories: (frame.output.directory, written))
        checker = JobChecker(
            frame: frame, outputName: context.outputName, pipeline: frame.run.pipelineOptions(asked: options.pipeline))
    }

    var warnings: [String] { checker.warnings }

    /// - Throws: `JobFileError`, `CancellationError`.
    mutating func build() throws {
        OutputPath.check(directory: frame.output.directory, problems: &problems)
        for number in 0..<file.jobCount where !problems.isFull { try take(number) }
        try problems.check()
        grouping.finish()
    }

    private static func template(_ frame: JobFrame, _ problems: inout JobProblems) -> OutputNameTemplate {
        let standard = OutputNameTemplate.literal(JobOutput.defaultName)
        do {
            return try OutputNameTemplate(frame.output.name, origin: .jobFile)
        } catch {
            problems.add(error, job: nil, field: "output.name", at: frame.namePosition)
            return standard
        }
    }

    private mutating func take(_ number: Int) throws {
        let start = assembler.starts[number]
        guard let job = assembler.context.compile(number, problems: &problems) else {
            assembler.starts.append(start)
            return
        }
        if let other = assembler.register(id: job.id, ofJob: number) {
            problems.add(
                .sameID, job: job.id, field: "id", at: job.position,
                "the job has the id of job \(other), counted from 0", remedy: "Give each job an id of its own.")
        }
        guard start + job.count <= JobPlan.mostRenders else {
            problems.add(
                .tooMany, job: job.id, at: job.position,
                "with this job the file makes \(start + job.count) renders, expected at most \(JobPlan.mostRenders)",
                remedy: "Split it into several files.")
            assembler.starts.append(start)
            return
        }
        for index in 0..<job.count where !problems.isFull {
            try Task.checkCancellation()
            take(job, index)
        }
        assembler.starts.append(start + job.count)
    }

    private mutating func take(_ job: CompiledJob, _ index: Int) {
        let draft = job.draft(index)
        let model = draft.values.model
        if checker.isNew(model) {
            let position = job.position(of: JobField.key("model"), digits: draft.digits)
            checker.open(model, job: job.id, position, problems: &problems)
            assembler.defaults[model] = checker.models[model].map(JobModelDefaults.init)
        }
        let render: JobRender
        do {
            render = try assembler.render(job, draft, index)
        } catch {
            problems.add(error, job: job.id, field: Self.field(of: error), at: Self.position(of: error, job, draft))
            return
        }
        checkName(render, job, draft)
        checker.check(render, job, draft, problems: &problems)
        grouping.add(render)
        hasDependencies = hasDependencies || !render.dependencies.isEmpty
    }

    private mutating func checkName(_ render: JobRender, _ job: CompiledJob, _ draft: CompiledJob.Draft) {
        let path = OutputPath.normalized(render.outputPath)
        guard let other = assembler.register(output: path, ofRender: render.index) else { return }
        let first = assembler.job(ofRender: other)
        problems.add(
            .sameOutput, job: job.id, field: "output", at: job.position,
            "its render \(render.indexInJob) has the output \"\(path.prefix(200))\", as render \(first.index) of job "
                + "\"\(first.id.prefix(60))\" has", remedy: "Put {job}, {index} or {seed} into the name.")
    }

    private static func field(of error: any Error) -> String? {
        switch error {
        case is OutputNameError: "output"
        case is ImageError: "init_images"
        default: nil
        }
    }

    private static func position(
        of error: any Error, _ job: CompiledJob, _ draft: CompiledJob.Draft
    ) -> JSONNode.Position? {
        field(of: error).flatMap { job.position(of: JobField.key($0), digits: draft.digits) } ?? job.position
    }
}
