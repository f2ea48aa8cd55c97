import DiffusionBasics

/// The table at the start of a safetensors file: names, element types, shapes and places, all of them validated.
package struct SafetensorsHeader: Sendable {
    /// One tensor; its elements lie in row-major order.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let type: ElementType
        package let shape: [Int]
        /// The tensor's bytes, counted from the start of the data.
        package let range: Range<Int>
        /// Where its entry in the header ends, counted from the file's start.
        package let headerOffset: Int

        package var elementCount: Int { shape.reduce(1, *) }
    }

    /// In the order of their data; together they cover it exactly once.
    package let entries: [Entry]
    package let metadata: [String: String]
    private let indices: [ExactString: Int]

    package subscript(name: String) -> Entry? { indices[ExactString(name)].map { entries[$0] } }

    /// - Parameters:
    ///   - bytes: the JSON header.
    ///   - path: the file's name for errors.
    ///   - dataSize: how many bytes follow the header in the file.
    /// - Throws: `SafetensorsError`.
    package init(parsing bytes: UnsafeBufferPointer<UInt8>, path: String, dataSize: Int) throws {
        var parser = SafetensorsHeaderParser(path: path, dataSize: dataSize)
        try parser.parse(bytes)
        (entries, indices) = try Self.validated(parser.entries, path: path, dataSize: dataSize)
        metadata = parser.metadata
    }

    /// The tensors in the order of their data, and where each name is among them.
    /// - Throws: `SafetensorsError` for a name that occurs twice, and where the tensors leave a hole, share a byte or do not
    ///   end where the file ends.
    static func validated(
        _ entries: [Entry], path: String, dataSize: Int
    ) throws -> ([Entry], [ExactString: Int]) {
        let sorted = entries.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        var indices = [ExactString: Int](minimumCapacity: sorted.count)
        for (index, entry) in sorted.enumerated()
        where indices.updateValue(index, forKey: ExactString(entry.name)) != nil {
            throw SafetensorsError.tensor(
                path: path, name: entry.name, offset: entry.headerOffset, problem: "the header has this name twice")
        }
        try checkCover(sorted, path: path, dataSize: dataSize)
        return (sorted, indices)
    }

    private static func checkCover(_ entries: [Entry], path: String, dataSize: Int) throws {
        func failure(_ offset: Int, _ problem: String) -> SafetensorsError {
            .layout(path: path, offset: offset, problem: problem)
        }
        var (end, last) = (0, "")
        for entry in entries {
            let begin = entry.range.lowerBound
            if begin < end { throw failure(begin, "tensors \(shown(last)) and \(shown(entry.name)) overlap") }
            if begin > end {
                throw failure(end, "\(begin - end) bytes before tensor \(shown(entry.name)) belong to no tensor")
            }
            (end, last) = (entry.range.upperBound, entry.name)
        }
        guard end == dataSize else {
            throw failure(end, "the file goes on for \(dataSize - end) bytes after the last tensor")
        }
    }
}
