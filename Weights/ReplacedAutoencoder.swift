import DiffusionBasics

/// A model with another model's autoencoder in place of its own.
package struct ReplacedAutoencoder: ModelSource {
    private enum Replacement: Sendable {
        /// A folder with a `config.json` and weights.
        case folder(String)
        /// A file with the original (ldm) names, which begin with the prefix.
        case file(String, prefix: String)
    }

    private let model: any ModelSource
    private let replacement: Replacement

    package var name: String { model.name }
    package var card: ModelCard { model.card }
    package var safetyChecker: String? { model.safetyChecker }
    package var schedulerClass: String { model.schedulerClass }

    /// - Parameter path: an autoencoder's folder in diffusers' layout, a model's folder that has one, or a safetensors file:
    ///   an autoencoder alone or a whole checkpoint.
    /// - Throws: `FileError`, `SafetensorsError`, `ModelError`.
    package init(in model: any ModelSource, by path: String) throws {
        self.model = model
        guard FileSystem.isFolder(path) else {
            replacement = .file(path, prefix: try Self.prefix(in: SafetensorsFile(path)))
            return
        }
        let inner = FileSystem.join(path, ModelPart.vae.rawValue)
        let folder = FileSystem.isFolder(inner) ? inner : path
        guard FileSystem.kind(of: FileSystem.join(folder, "config.json")) != nil else {
            let need = "it describes the autoencoder"
            throw ModelError.missingFile(path: FileSystem.join(folder, "config.json"), need: need)
        }
        replacement = .folder(folder)
    }

    private static func prefix(in file: SafetensorsFile) throws -> String {
        let prefixes = [LDMNames.autoencoder, "vae.", ""]
        guard let prefix = prefixes.first(where: { file.header["\($0)decoder.up.0.block.0.conv1.weight"] != nil })
        else {
            let isPart = file.header["decoder.up_blocks.0.resnets.0.conv1.weight"] != nil
            throw isPart
                ? ModelError.missingFile(
                    path: FileSystem.join(FileSystem.parent(of: file.path), "config.json"),
                    need: "\(file.path) has diffusers' names; name its folder, with its configuration")
                : CheckpointFamily.unrecognised(file)
        }
        return prefix
    }

    package func configuration(of part: ModelPart) throws -> ConfigurationDocument {
        guard part == .vae else { return try model.configuration(of: part) }
        switch replacement {
        case .folder(let folder): return try ModelFolder.configuration(of: .vae, in: folder)
        case .file(let path, let prefix):
            let text = try LDMAutoencoder(CheckpointTensors(SafetensorsFile(path), prefix: prefix))
                .configuration(sampleSize: 512)
            return ConfigurationDocument(try JSONParser.parse(Array(text.utf8), file: path), file: path)
        }
    }

    package func weights(of part: ModelPart) throws -> WeightStore {
        guard part == .vae else { return try model.weights(of: part) }
        switch replacement {
        case .folder(let folder): return try ModelFolder.weights(of: .vae, in: folder, variant: nil)
        case .file(let path, let prefix):
            let file = try SafetensorsFile(path)
            let rules = try LDMAutoencoder(CheckpointTensors(file, prefix: prefix)).rules
            return try WeightStore([file], prefix: prefix, rules: rules, optional: part.optionalNames)
        }
    }

    package func tokenizer() throws -> TokenizerFiles { try model.tokenizer() }
}
