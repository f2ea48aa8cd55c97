import DiffusionBasics
import DiffusionWeights

/// The content keys of a plan's renders; models and pictures are read once each.
struct JobKeys {
    private let plan: JobPlan
    /// What computes, for equal keys promise equal bytes.
    private let options: PipelineOptions
    private var models: [JobModel: Task<String, any Error>] = [:]
    private var files: [String: String] = [:]
    private var memories: [JobModel: ModelMemory] = [:]
    private var plansChange: [JobModel: Bool] = [:]

    init(_ plan: JobPlan, _ pipeline: PipelineOptions) {
        (self.plan, options) = (plan, pipeline)
    }

    /// The digest of a model's content, which begins to be computed here, beside whatever goes on.
    mutating func modelDigest(_ model: JobModel) -> Task<String, any Error> {
        if let known = models[model] { return known }
        guard let opened = plan.models[model] else { reportBug("the plan has no model \(model)") }
        let threadCount = options.threadCount
        let task = Task { try await opened.contentDigest(threadCount: threadCount) }
        models[model] = task
        return task
    }

    /// - Parameters:
    ///   - modelDigest: of the render's model.
    ///   - place: where the picture of another render is, which must not be written to any more.
    /// - Throws: errors of the picture that the render takes in.
    mutating func key(
        of render: JobRender, modelDigest: String, place: (Int) -> String
    ) throws -> String {
        let limit = plan.models[render.model].flatMap { limitToTell(of: render, $0) }
        return try render.contentKey(
            modelDigest: modelDigest, precision: options.precision, memoryLimit: limit
        ) { input in
            switch input {
            case .bytes(let bytes): FileDigest.compute(bytes)
            case .file(let path): try digest(ofFile: path)
            case .render(let index): try digest(ofFile: place(index))
            }
        }
    }

    /// The limit of memory, where the picture depends on it.
    private mutating func limitToTell(of render: JobRender, _ model: DiffusionModel) -> Int? {
        guard let limit = options.memoryLimit else { return nil }
        let memory = memories[render.model] ?? ModelMemory(model, options.precision)
        memories[render.model] = memory
        let changes = plansChange[render.model] ?? memory.changesPlans(within: limit)
        plansChange[render.model] = changes
        return changes || memory.changesTiling(of: render.request, within: limit) ? limit : nil
    }

    private mutating func digest(ofFile path: String) throws -> String {
        if let known = files[path] { return known }
        let digest = try FileDigest.compute(RegularFile(path), threadCount: 1)
        files[path] = digest
        return digest
    }
}

extension JobRender {
    fileprivate func contentKey(
        modelDigest: String, precision: Precision, memoryLimit: Int?, inputDigest: (Input) throws -> String
    ) rethrows -> String {
        let limit = memoryLimit.map { " within \($0)" } ?? ""
        return try contentKey(
            modelDigest: "\(modelDigest) \(precision.resolved.rawValue)\(limit)", inputDigest: inputDigest)
    }
}

extension DiffusionModel {
    /// Whether a job's render with these values, all fixed, carries `key`: then the same render made again may carry it too.
    /// - Parameter request: its pictures as files, where it has any.
    /// - Throws: errors of the model's files and of the pictures.
    package func confirms(
        renderKey key: String, of request: GenerationRequest, _ options: PipelineOptions
    ) throws -> Bool {
        let digest = try digest(.ofUser, threadCount: PipelineOptions.availableCoreCount)
        let limit = options.memoryLimit.flatMap { limit -> Int? in
            let memory = ModelMemory(self, options.precision)
            return memory.changesPlans(within: limit) || memory.changesTiling(of: request, within: limit) ? limit : nil
        }
        var files: [String: String] = [:]
        return try request.asJobsMayLeaveIt.contains { request in
            let render = JobRender(
                index: 0, jobID: "", indexInJob: 0, source: .init(line: 1, column: 1), request: request,
                model: JobModel(), outputPath: "", dependencies: [], initialRender: nil, extras: JSONObject())
            return try key
                == render.contentKey(
                    modelDigest: digest, precision: options.precision, memoryLimit: limit
                ) { input in
                    guard case .file(let path) = input else { return "" }
                    if let known = files[path] { return known }
                    let digest = try FileDigest.compute(RegularFile(path), threadCount: 1)
                    files[path] = digest
                    return digest
                }
        }
    }
}

extension GenerationRequest {
    /// The request as it is, and with less said that comes to the same: the key is that of what a job said.
    fileprivate var asJobsMayLeaveIt: [GenerationRequest] {
        let sizes =
            initialImage == nil ? [(width, height)] : [(width, height), (nil, nil), (width, nil), (nil, height)]
        let isTiled = tiling.isOn(width: width ?? 0, height: height ?? 0)
        let tilings = TilingChoice.allCases.filter { $0.isOn(width: width ?? 0, height: height ?? 0) == isTiled }
        return sizes.flatMap { size in
            tilings.map { tiling in
                var request = self
                (request.width, request.height, request.tiling) = (size.0, size.1, tiling)
                return request
            }
        }
    }
}
