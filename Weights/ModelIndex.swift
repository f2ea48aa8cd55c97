import DiffusionBasics

/// The content of a `model_index.json`: the pipeline's class, and for each part `[library, class]` or `[null, null]`.
struct ModelIndex {
    /// nil where the model comes without one.
    let safetyChecker: String?
    let schedulerClass: String

    static let supportedPipelines = [
        "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline",
    ]

    /// - Throws: `ConfigurationError`, and `ModelError` for a pipeline or a part of a class that is not built here.
    init(_ document: ConfigurationDocument) throws {
        let reader = try document.reader()
        let pipeline = try reader.optionalString("_class_name") ?? "absent"
        guard Self.supportedPipelines.contains(pipeline) else {
            throw ModelError.unsupportedClass(
                path: document.file, what: "the pipeline's _class_name", found: pipeline,
                supported: Self.supportedPipelines)
        }
        for part in ModelPart.allCases where part != .scheduler {
            let name = try Self.required(part, reader)
            guard part.supportedClasses.contains(name) else {
                throw ModelError.unsupportedClass(
                    path: document.file, what: part.rawValue, found: name, supported: part.supportedClasses)
            }
        }
        schedulerClass = try Self.required(.scheduler, reader)
        safetyChecker = try Self.className("safety_checker", reader)
    }

    private static func required(_ part: ModelPart, _ reader: ConfigurationReader) throws -> String {
        guard let name = try className(part.rawValue, reader) else {
            throw ModelError.missingPart(path: reader.file, part: part.rawValue)
        }
        return name
    }

    /// The second of `[library, class]`; nil where the part is absent or null.
    private static func className(_ key: String, _ reader: ConfigurationReader) throws -> String? {
        guard let node = reader.node(key) else { return nil }
        guard let pair = node.array, pair.count == 2, pair[1].isNull || pair[1].string != nil else {
            throw ConfigurationError.wrongType(
                file: reader.file, key: key, expected: "a list of library and class", found: node.kindDescription)
        }
        return pair[1].string
    }
}
