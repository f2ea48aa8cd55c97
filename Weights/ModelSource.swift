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
