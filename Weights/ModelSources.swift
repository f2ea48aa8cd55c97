import DiffusionBasics

/// Finds what a person means by a model's name.
package enum ModelSources {
    /// Opens a folder in diffusers' layout, a single-file checkpoint, or `owner/name` in the local Hugging Face cache; a path
    /// that exists comes first.
    /// - Parameter variant: chooses among a folder's weight files; a single file has none.
    /// - Throws: `FileError`, `ModelError`, `SafetensorsError`, `JSONError`, `ConfigurationError`.
    package static func open(
        _ name: String, variant: String? = nil, cache: HuggingFaceCache = HuggingFaceCache()
    ) throws -> any ModelSource {
        guard let kind = FileSystem.kind(of: name) else {
            guard HuggingFaceCache.isName(name) else { throw FileError.missing(path: name) }
            return try openFolder(cache.snapshot(of: name), variant: variant)
        }
        if kind == .folder { return try openFolder(name, variant: variant) }
        if let variant { throw ModelError.unknownVariant(path: name, variant: variant, variants: []) }
        return try SingleFileModel(name)
    }

    /// A model's folder; one of the cache; or one that holds nothing but a single-file checkpoint.
    private static func openFolder(_ path: String, variant: String?) throws -> any ModelSource {
        if FileSystem.kind(of: FileSystem.join(path, ModelFolder.indexName)) == nil {
            if FileSystem.isFolder(FileSystem.join(path, "snapshots")) {
                let cache = HuggingFaceCache(folder: FileSystem.parent(of: path))
                return try openFolder(cache.snapshot(in: path, name: path), variant: variant)
            }
            let files = try FileSystem.names(in: path).filter { $0.hasSuffix(".safetensors") }
            let isPart = FileSystem.kind(of: FileSystem.join(path, "config.json")) != nil
            if files.count == 1, !isPart, variant == nil { return try SingleFileModel(FileSystem.join(path, files[0])) }
        }
        return try ModelFolder(path, variant: variant)
    }
}
