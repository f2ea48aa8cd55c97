import DiffusionBasics

/// Finds the safetensors files of one part in its folder: one file, or shards listed by an index, plain or a variant.
struct WeightFiles {
    /// One way in which the folder holds the whole part: `x.safetensors`, `x.fp16.safetensors`, or an index of either.
    private struct Candidate {
        let file: String
        /// nil for the plain one.
        let variant: String?
        let isIndex: Bool
    }

    private let folder: String
    private let base: String
    private let names: [String]
    private let candidates: [Candidate]

    /// - Parameter base: the file name before `.safetensors`.
    /// - Throws: `FileError` where the folder cannot be listed.
    init(in folder: String, base: String) throws {
        self.folder = folder
        self.base = base
        names = try FileSystem.names(in: folder)
        candidates = names.compactMap { Self.candidate($0, base: base) }
    }

    /// The variants, sorted; the plain files count as none.
    var variants: [String] { Set(candidates.compactMap(\.variant)).sorted() }

    /// Understands the names that diffusers and transformers write:
    /// `BASE[.VARIANT].safetensors`, `BASE.safetensors.index[.VARIANT].json`, `BASE.VARIANT.safetensors.index.json`.
    private static func candidate(_ name: String, base: String) -> Candidate? {
        guard name.hasPrefix("\(base).") else { return nil }
        var middle = name.dropFirst(base.count)
        var variants: [Substring] = []
        let isIndex = middle.hasSuffix(".json")
        if isIndex {
            guard let index = middle.firstRange(of: ".safetensors.index.") else { return nil }
            variants.append(middle[index.upperBound...].dropLast(4))
            middle = middle[..<index.lowerBound]
        } else {
            guard middle.hasSuffix(".safetensors") else { return nil }
            middle = middle.dropLast(12)
        }
        variants.append(middle.dropFirst())
        variants = variants.map { $0.hasSuffix(".") ? $0.dropLast() : $0 }.filter { !$0.isEmpty }
        guard variants.count <= 1 else { return nil }
        return Candidate(file: name, variant: variants.first.map(String.init), isIndex: isIndex)
    }

    /// Opens the files of `variant`; where it is nil or the part has no such files, the plain ones, or else the only
    /// variant there is.
    /// - Throws: `ModelError`, `FileError`, `SafetensorsError`, `JSONError`.
    func open(variant: String?) throws -> [SafetensorsFile] {
        let chosen = try choice(variant)
        let path = FileSystem.join(folder, chosen.file)
        guard chosen.isIndex else { return [try SafetensorsFile(path)] }
        return try ShardIndex(path).files.map { try SafetensorsFile(FileSystem.join(folder, $0)) }
    }

    private func choice(_ variant: String?) throws -> Candidate {
        if let variant, let found = first(variant) { return found }
        if let plain = first(nil) { return plain }
        let variants = variants
        guard variants.count <= 1 else { throw ModelError.severalVariants(path: folder, variants: variants) }
        if let only = variants.first, let found = first(only) { return found }
        throw missing()
    }

    /// The whole file before the index, where both are there.
    private func first(_ variant: String?) -> Candidate? {
        let fitting = candidates.filter { $0.variant == variant }
        return fitting.first { !$0.isIndex } ?? fitting.first
    }

    private func missing() -> ModelError {
        if let shard = names.first(where: { $0.hasSuffix(".safetensors") && $0.hasPrefix("\(base)-") }) {
            let need = "\(shard) is one of several files and the index says which"
            return .missingFile(path: FileSystem.join(folder, "\(base).safetensors.index.json"), need: need)
        }
        let pickles = [".bin", ".ckpt", ".pt", ".pth", ".bin.index.json"]
        if let pickle = names.first(where: { name in pickles.contains { name.hasSuffix($0) } }) {
            return .pickleOnly(path: folder, file: pickle)
        }
        return .missingFile(path: FileSystem.join(folder, "\(base).safetensors"), need: "it holds the part's weights")
    }
}
