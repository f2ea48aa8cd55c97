/// A string compared and hashed by its code units.
///
/// Swift's own `==` takes canonically equivalent strings ("é" in one scalar or two) for equal. Keys of files are not: two
/// entries of a vocabulary may differ in nothing else.
public struct ExactString: Hashable, Sendable {
    /// The string itself.
    public let text: String

    /// A string to be compared exactly.
    public init(_ text: String) { self.text = text }

    /// Whether the code units are the same.
    public static func == (a: ExactString, b: ExactString) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    /// Hashes the code units.
    public func hash(into hasher: inout Hasher) {
        let hashed: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if hashed == nil { Array(text.utf8).withUnsafeBytes { hasher.combine(bytes: $0) } }
    }
}
