import DiffusionBasics
import DiffusionWeights

/// Where a model is.
public enum ModelLocation: Sendable, Hashable {
    /// What the environment variable `DIFFUSE_MODEL` names, else the model embedded in the package.
    case `default`
    /// The model embedded in the package.
    case embedded
    /// A folder in diffusers' layout, a single-file checkpoint, or `owner/name` in the local Hugging Face cache.
    case path(String)

    /// Finds the files.
    /// - Parameter variant: which weight files of a folder, `fp16` for `*.fp16.safetensors`.
    /// - Throws: errors of the file system and of the model's own files, each with a sentence.
    func open(variant: String? = nil) throws -> any ModelSource {
        switch self {
        case .default:
            guard let path = FileSystem.environment("DIFFUSE_MODEL") else {
                return try ModelLocation.embedded.open(variant: variant)
            }
            return try ModelLocation.path(path).open(variant: variant)
        case .embedded: return try ModelFolder(try DefaultModel.locate(), variant: variant)
        case .path(let path): return try ModelSources.open(path, variant: variant)
        }
    }
}
