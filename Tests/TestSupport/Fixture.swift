import DiffusionBasics
import DiffusionTensors
import DiffusionWeights

/// A folder of golden files below `Fixtures`, made by `Scripts/make_model_fixtures.py`.
package struct Fixture: Sendable {
    package let path: String

    /// - Parameter name: the folder's path below `Fixtures`, such as `unet/sd1_like`.
    package init(_ name: String) { path = FileSystem.join(Self.root, name) }

    private static var root: String { FileSystem.join(FileSystem.parent(of: #filePath), "Fixtures") }

    /// The names of the fixtures in a folder of `Fixtures`, such as those of `unet`.
    package static func names(in part: String) throws -> [String] {
        let folder = FileSystem.join(root, part)
        return try FileSystem.names(in: folder).filter { FileSystem.isFolder(FileSystem.join(folder, $0)) }
            .map { "\(part)/\($0)" }
    }

    package func file(_ name: String) -> String { FileSystem.join(path, name) }

    package func contents(_ name: String) throws -> [UInt8] { try RegularFile.contents(of: file(name)) }

    package func json(_ name: String) throws -> JSONNode { try RegularFile.json(at: file(name), limit: 64 << 20) }

    package func configuration(_ name: String = "config.json") throws -> ConfigurationReader {
        try ConfigurationReader(json(name), file: file(name))
    }

    /// All tensors of a safetensors file; integers become floats.
    package func tensors(_ name: String = "expected.safetensors") throws -> [String: Tensor] {
        try loadTensors(file(name))
    }

    /// - Parameter optional: parts that a network may leave unread, as `WeightStore` takes them.
    package func weights(
        _ name: String, rules: NameRules = NameRules(), optional: [String] = []
    ) throws -> WeightStore {
        try WeightStore([SafetensorsFile(file(name))], rules: rules, optional: optional)
    }
}

/// All tensors of a safetensors file by name.
package func loadTensors(_ path: String) throws -> [String: Tensor] {
    let file = try SafetensorsFile(path)
    var tensors: [String: Tensor] = [:]
    for entry in file.header.entries {
        tensors[entry.name] = try Tensor(shape: Shape(entry.shape)) {
            try file.read(entry, elements: 0..<entry.elementCount, into: $0)
        }
    }
    return tensors
}
