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
        entries = parser.entries
        metadata = parser.metadata
        indices = Dictionary(
            uniqueKeysWithValues: entries.enumerated().map { (ExactString($0.element.name), $0.offset) })
    }
}
