import DiffusionBasics
import DiffusionWeights

/// The content keys of a plan's renders; models and pictures are read once each.
struct JobKeys {
    private let plan: JobPlan
    /// What computes, for equal keys promise equal bytes.
    private let precision: String
    private let threadCount: Int
    private var models: [JobModel: Task<String, any Error>] = [:]
    private var files: [String: String] = [:]
    /// Of renders that others need.
    private var keys: [Int: String] = [:]

    init(_ plan: JobPlan, precision: String, threadCount: Int) {
        (self.plan, self.precision, self.threadCount) = (plan, precision, threadCount)
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
    ///   - isNeeded: whether another render's key depends on this one.
    /// - Throws: errors of the picture that the render takes in.
    mutating func key(of render: JobRender, modelDigest: String, isNeeded: Bool) throws -> String {
        if let known = keys[render.index] { return known }
        let key = try render.contentKey(modelDigest: "\(modelDigest) \(precision)") { try digest(of: $0) }
        if isNeeded { keys[render.index] = key }
        return key
    }

    private mutating func digest(of input: JobRender.Input) throws -> String {
        switch input {
        case .bytes(let bytes): return SHA256.hexadecimal(bytes)
        case .file(let path):
            if let known = files[path] { return known }
            let digest = try FileDigest.compute(RegularFile(path), threadCount: 1)
            files[path] = digest
            return digest
        case .render(let index):
            guard let key = keys[index] else { throw JobRunError.dependencyMissing(index: index) }
            return key
        }
    }
}
