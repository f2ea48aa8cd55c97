import DiffusionBasics

/// A model in diffusers' layout: `model_index.json`, and a folder for each part.
package struct ModelFolder: ModelSource {
    package let path: String
    package let card: ModelCard
    package let safetyChecker: String?
    package let schedulerClass: String
    private let variant: String?

    package var name: String { path }

    static let indexName = "model_index.json"

    /// Checks that the pipeline and its parts are of classes that are built here, and that their folders are there.
    /// - Parameter variant: takes `*.VARIANT.safetensors` where a part has such files; nil takes the plain ones, or the
    ///   only variant there is.
    /// - Throws: `FileError`, `JSONError`, `ConfigurationError`, `ModelError`.
    package init(_ path: String, variant: String? = nil) throws {
        self.path = path
        self.variant = variant
        try Self.checkLayout(path)
        let index = try ModelIndex(
            ConfigurationDocument(
                RegularFile.json(at: FileSystem.join(path, Self.indexName)), file: FileSystem.join(path, Self.indexName)
            ))
        safetyChecker = index.safetyChecker
        schedulerClass = index.schedulerClass
        card = try ModelCard(in: path)
        try checkFolders()
        if let variant { try checkVariant(variant) }
    }

    package func configuration(of part: ModelPart) throws -> ConfigurationDocument {
        try Self.configuration(of: part, in: folder(of: part))
    }

    package func weights(of part: ModelPart) throws -> WeightStore {
        try Self.weights(of: part, in: folder(of: part), variant: variant)
    }

    /// The configuration of a part that lies in `folder`.
    static func configuration(of part: ModelPart, in folder: String) throws -> ConfigurationDocument {
        let file = FileSystem.join(folder, part.configurationName)
        guard FileSystem.kind(of: file) != nil else {
            throw ModelError.missingFile(path: file, need: "it describes the model's \(part.rawValue)")
        }
        // diffusers writes -Infinity into the schedulers' files.
        let node = try RegularFile.json(at: file, allowsNonFinite: part == .scheduler)
        let document = ConfigurationDocument(node, file: file)
        try checkClass(of: part, document)
        return document
    }

    /// The weights of a part that lies in `folder`.
    static func weights(of part: ModelPart, in folder: String, variant: String?) throws -> WeightStore {
        let files = try WeightFiles(in: folder, base: part.weightsName).open(variant: variant)
        return try WeightStore(files, rules: part.rules, optional: part.optionalNames)
    }

    package func tokenizer() throws -> TokenizerFiles { try TokenizerFiles(path: folder(of: .tokenizer)) }

    private func folder(of part: ModelPart) -> String { FileSystem.join(path, part.rawValue) }
}

extension ModelFolder {
    private static func checkLayout(_ path: String) throws {
        guard let kind = FileSystem.kind(of: path) else { throw FileError.missing(path: path) }
        guard kind == .folder else {
            throw FileError.wrongKind(path: path, found: kind, expected: "a model's folder")
        }
        let index = FileSystem.join(path, indexName)
        guard FileSystem.kind(of: index) == nil else { return }
        throw ModelError.missingFile(path: index, need: needOfIndex(in: path))
    }

    /// Why the index is needed, with what the folder seems to be instead.
    private static func needOfIndex(in path: String) -> String {
        let need = "a model folder in diffusers' layout has it"
        if FileSystem.isFile(FileSystem.join(path, "config.json")) {
            return "\(need), this seems to be one part of a model"
        }
        let names = (try? FileSystem.names(in: path)) ?? []
        guard let file = names.first(where: { $0.hasSuffix(".safetensors") }) else { return need }
        return "\(need); \(file) in it may be a model by itself, to be named as a file"
    }

    private func checkFolders() throws {
        for part in ModelPart.allCases where !FileSystem.isFolder(folder(of: part)) {
            if let kind = FileSystem.kind(of: folder(of: part)) {
                throw FileError.wrongKind(path: folder(of: part), found: kind, expected: "a folder")
            }
            throw ModelError.missingFile(
                path: folder(of: part), need: "it is the folder of the model's \(part.rawValue)")
        }
    }

    /// A variant that no part has is a slip, not a wish.
    private func checkVariant(_ variant: String) throws {
        let parts: [ModelPart] = [.unet, .vae, .textEncoder]
        let variants = try parts.flatMap { try WeightFiles(in: folder(of: $0), base: $0.weightsName).variants }
        guard variants.contains(variant) else {
            throw ModelError.unknownVariant(path: path, variant: variant, variants: Set(variants).sorted())
        }
    }

    /// The part's own file must not contradict the index.
    private static func checkClass(of part: ModelPart, _ document: ConfigurationDocument) throws {
        guard part != .scheduler, let name = try document.reader().optionalString("_class_name") else { return }
        guard part.supportedClasses.contains(name) else {
            throw ModelError.unsupportedClass(
                path: document.file, what: "_class_name", found: name, supported: part.supportedClasses)
        }
    }
}
