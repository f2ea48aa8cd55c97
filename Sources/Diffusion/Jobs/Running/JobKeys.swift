import DiffusionBasics
import DiffusionWeights

/// The content keys of a plan's renders; models and pictures are read once each.
struct JobKeys {
    private let plan: JobPlan
    /// What computes, for equal keys promise equal bytes.
    private let precision: Precision
    private let threadCount: Int
    private var models: [JobModel: Task<String, any Error>] = [:]
    private var files: [String: String] = [:]

    init(_ plan: JobPlan, _ pipeline: PipelineOptions) {
        (self.plan, precision, threadCount) = (plan, pipeline.precision, pipeline.threadCount)
    }

    /// The digest of a model's content, which begins to be computed here, beside whatever goes on.
    mutating func modelDigest(_ model: JobModel) -> Task<String, any Error> {
        if let known = models[model] { return known }
        guard let opened = plan.models[model] else { reportBug("the plan has no model \(model)") }
        let threadCount = threadCount
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
        try render.contentKey(modelDigest: modelDigest, precision: precision) { input in
            switch input {
            case .bytes(let bytes): FileDigest.compute(bytes)
            case .file(let path): try digest(ofFile: path)
            case .render(let index): try digest(ofFile: place(index))
            }
        }
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
        modelDigest: String, precision: Precision, inputDigest: (Input) throws -> String
    ) rethrows -> String {
        try contentKey(modelDigest: "\(modelDigest) \(precision.resolved.rawValue)", inputDigest: inputDigest)
    }
}

extension DiffusionModel {
    /// Whether a job's render with these values, all fixed, carries `key`: then the same render made again may carry it too.
    /// - Parameter request: its pictures as files, where it has any.
    /// - Throws: errors of the model's files and of the pictures.
    package func confirms(
        renderKey key: String, of request: GenerationRequest, _ precision: Precision
    ) throws -> Bool {
        let digest = try digest(.ofUser, threadCount: PipelineOptions.availableCoreCount)
        var files: [String: String] = [:]
        return try request.asJobsMayLeaveIt.contains { request in
            let render = JobRender(
                index: 0, jobID: "", indexInJob: 0, source: .init(line: 1, column: 1), request: request,
                model: JobModel(), outputPath: "", dependencies: [], initialRender: nil, extras: JSONObject())
            return try key
                == render.contentKey(modelDigest: digest, precision: precision) { input in
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
