/// A range of items cut into pieces of one length (the last may be shorter).
///
/// The cut depends on the problem only, never on the number of threads or images: that keeps results identical.
struct Pieces {
    let itemCount: Int
    let pieceLength: Int

    /// - Parameter pieceLength: at least 1.
    init(of itemCount: Int, length pieceLength: Int) {
        self.itemCount = itemCount
        self.pieceLength = max(1, pieceLength)
    }

    /// Pieces as equal as possible, none longer than `longest`, their length a multiple of `multiple`.
    init(of itemCount: Int, atMost longest: Int, multiple: Int = 1) {
        let count = max(1, (itemCount + longest - 1) / max(1, longest))
        let even = (itemCount + count - 1) / count
        self.init(of: itemCount, length: (even + multiple - 1) / multiple * multiple)
    }

    var count: Int { (itemCount + pieceLength - 1) / pieceLength }

    subscript(index: Int) -> Range<Int> {
        index * pieceLength..<min(itemCount, (index + 1) * pieceLength)
    }
}
