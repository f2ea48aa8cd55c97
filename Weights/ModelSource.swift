import DiffusionBasics

/// A model's files, wherever they come from: a folder in diffusers' layout, a single file, the Hugging Face cache.
///
/// Nothing is kept open or in memory by a source; each call reads anew.
package protocol ModelSource: Sendable {
    /// The model as messages and metadata call it.
    var name: String { get }
    /// What the model says about itself beyond diffusers' files.
    var card: ModelCard { get }
    /// The class of the safety checker that the model comes with; it is never run.
    var safetyChecker: String? { get }
    /// The scheduler that the model names, such as `PNDMScheduler`.
    var schedulerClass: String { get }

    /// - Throws: `FileError`, `JSONError`, `ModelError`.
    func configuration(of part: ModelPart) throws -> ConfigurationDocument
    /// The tensors of the U-Net, the autoencoder or the text encoder.
    /// - Throws: `FileError`, `ModelError`, `SafetensorsError`.
    func weights(of part: ModelPart) throws -> WeightStore
    func tokenizer() throws -> TokenizerFiles
}

/// A configuration and where it comes from, for errors.
package struct ConfigurationDocument: Sendable {
    package let node: JSONNode
    package let file: String

    package init(_ node: JSONNode, file: String) {
        self.node = node
        self.file = file
    }

    /// - Throws: `ConfigurationError` where the document is not an object.
    package func reader() throws -> ConfigurationReader { try ConfigurationReader(node, file: file) }
}

/// The files of a tokenizer, each of which may be absent: `vocab.json`, `merges.txt`, `tokenizer.json`,
/// `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json`.
package struct TokenizerFiles: Sendable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    package func path(_ name: String) -> String { FileSystem.join(folder, name) }
    package func contains(_ name: String) -> Bool { FileSystem.isFile(path(name)) }

    /// A file's bytes; nil where it is absent.
    /// - Throws: `FileError`.
    package func contents(_ name: String) throws -> [UInt8]? {
        FileSystem.kind(of: path(name)) == nil ? nil : try RegularFile.contents(of: path(name))
    }

    /// A JSON file; nil where it is absent.
    /// - Throws: `FileError`, `JSONError`.
    package func json(_ name: String) throws -> ConfigurationDocument? {
        guard let bytes = try contents(name) else { return nil }
        return ConfigurationDocument(try JSONParser.parse(bytes, file: path(name)), file: path(name))
    }
}
