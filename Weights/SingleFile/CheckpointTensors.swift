/// The tensors of one part within a file, seen by name and shape.
struct CheckpointTensors {
    let file: SafetensorsFile
    /// What the part's names begin with, a dot included; empty for the whole file.
    let prefix: String
    /// For each dotted path, the largest number that follows it, plus one.
    private let counts: [String: Int]

    init(_ file: SafetensorsFile, prefix: String) {
        self.file = file
        self.prefix = prefix
        var counts: [String: Int] = [:]
        for entry in file.header.entries where entry.name.hasPrefix(prefix) {
            let segments = entry.name.dropFirst(prefix.count).split(separator: ".")
            for (place, segment) in segments.enumerated() {
                guard place > 0, let number = Int(segment), (0..<10_000).contains(number) else { continue }
                let path = segments[..<place].joined(separator: ".")
                counts[path] = max(counts[path] ?? 0, number + 1)
            }
        }
        self.counts = counts
    }

    var isEmpty: Bool { !file.header.entries.contains { $0.name.hasPrefix(prefix) } }

    func shape(_ name: String) -> [Int]? { file.header[prefix + name]?.shape }

    func contains(_ name: String) -> Bool { shape(name) != nil }

    /// How many numbered children a path has, of those counted from 0.
    func count(of path: String) -> Int { counts[path] ?? 0 }

    /// One extent of a tensor that must be there.
    /// - Throws: `ModelError.unrecognised`.
    func extent(_ name: String, _ axis: Int) throws -> Int {
        guard let shape = shape(name), axis < shape.count, shape[axis] > 0 else { throw unrecognised() }
        return shape[axis]
    }

    func unrecognised() -> ModelError { CheckpointFamily.unrecognised(file) }
}
