import DiffusionBasics

extension JobPlan {
    /// How models are loaded: what was asked for is stronger than what the file says.
    package func pipelineOptions(asked: PipelineOptions) -> PipelineOptions { run.pipelineOptions(asked: asked) }

    /// What the largest of the renders takes of memory.
    /// - Parameter options: as they were asked for.
    public func memoryEstimate(options: PipelineOptions = PipelineOptions()) -> MemoryEstimate {
        let options = pipelineOptions(asked: options)
        let estimates = models.flatMap { key, model in
            let memory = ModelMemory(model, options.precision)
            return shapes[key, default: []].map { memory.estimate(for: $0, options) }
        }
        return estimates.reduce(MemoryEstimate(unlimitedByteCount: 0, smallestByteCount: 0)) { $0.joined($1) }
    }
}

extension JobRunSettings {
    func pipelineOptions(asked: PipelineOptions) -> PipelineOptions {
        var options = asked
        options.precision = (asked.precision == .auto ? precision : asked.precision).resolved
        options.memoryLimit = asked.memoryLimit ?? maxMemory
        return options
    }
}

/// Checks renders against a limit of memory, each shape of a model once.
struct JobMemoryCheck {
    /// What was seen.
    private(set) var shapes: [JobModel: Set<RenderShape>] = [:]
    private var memories: [JobModel: ModelMemory] = [:]
    private let options: PipelineOptions

    /// - Parameter options: with the file's own limit, where no other was asked for.
    init(_ options: PipelineOptions) { self.options = options }

    /// - Parameter request: as the model resolved it, its picture left out.
    /// - Throws: `MemoryLimitError`, for the first render of each shape.
    mutating func check(
        _ request: ResolvedRequest, hasPicture: Bool, key: JobModel, _ model: DiffusionModel
    ) throws {
        var shape = RenderShape(request, model)
        shape.encodesPicture = hasPicture
        guard shapes[key, default: []].insert(shape).inserted, options.memoryLimit != nil else { return }
        let memory = memories[key] ?? ModelMemory(model, options.precision)
        memories[key] = memory
        try memory.check(shape, options)
    }

    /// The limit's name in errors.
    static let field = "run.max_memory"
}
