import DiffusionBasics

/// The list of a sharded checkpoint's files (`*.safetensors.index.json`).
struct ShardIndex {
    /// Distinct file names, sorted; each is a plain name in the index's own folder.
    let files: [String]

    /// - Throws: `FileError`, `JSONError`, `ConfigurationError`, and `ModelError.unsafeShard` for a name that leads elsewhere.
    init(_ path: String) throws {
        let reader = try ConfigurationReader(RegularFile.json(at: path, limit: 8 << 20), file: path)
        guard let map = reader.node("weight_map")?.object else {
            throw ConfigurationError.wrongType(
                file: path, key: "weight_map", expected: "an object of tensor names and file names",
                found: reader.node("weight_map")?.kindDescription ?? "missing")
        }
        var files: Set<String> = []
        for member in map.members {
            guard let name = member.node.string else {
                throw ConfigurationError.wrongType(
                    file: path, key: member.key, expected: "a file name", found: member.node.kindDescription)
            }
            guard Self.isPlain(name) else { throw ModelError.unsafeShard(path: path, name: name) }
            files.insert(name)
        }
        self.files = files.sorted()
    }

    private static func isPlain(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") && !name.hasPrefix(".")
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }
    }
}
