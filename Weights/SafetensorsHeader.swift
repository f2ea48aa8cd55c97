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
        let sorted = parser.entries.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        try Self.checkCover(sorted, path: path, headerSize: bytes.count, dataSize: dataSize)
        entries = sorted
        metadata = parser.metadata
        indices = Dictionary(
            uniqueKeysWithValues: sorted.enumerated().map { (ExactString($0.element.name), $0.offset) })
    }

    /// Makes sure that the sorted tensors leave no hole, share no byte and end where the file ends.
    private static func checkCover(_ entries: [Entry], path: String, headerSize: Int, dataSize: Int) throws {
        let dataStart = 8 + headerSize
        var (end, last) = (0, "")
        for entry in entries {
            let begin = entry.range.lowerBound
            if begin < end {
                let problem = "tensors \(shown(last)) and \(shown(entry.name)) overlap"
                throw SafetensorsError.layout(path: path, offset: dataStart + begin, problem: problem)
            }
            if begin > end {
                let problem = "\(begin - end) bytes before tensor \(shown(entry.name)) belong to no tensor"
                throw SafetensorsError.layout(path: path, offset: dataStart + end, problem: problem)
            }
            (end, last) = (entry.range.upperBound, entry.name)
        }
        guard end == dataSize else {
            let problem = "the file goes on for \(dataSize - end) bytes after the last tensor"
            throw SafetensorsError.layout(path: path, offset: dataStart + end, problem: problem)
        }
    }
}
