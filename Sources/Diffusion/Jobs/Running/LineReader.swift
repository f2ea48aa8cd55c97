import DiffusionWeights

/// Lines of a file of any length.
enum LineReader {
    private static let pieceSize = 1 << 20
    /// Longer ones are none of ours.
    private static let longestLine = 16 << 20

    /// - Throws: `FileError`.
    static func read(_ path: String, _ take: (Substring) -> Void) throws {
        let file = try RegularFile(path)
        var rest: [UInt8] = []
        for start in stride(from: 0, to: file.size, by: pieceSize) {
            rest += try file.bytes(start..<min(start + pieceSize, file.size))
            guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
                if rest.count > longestLine { return }
                continue
            }
            String(decoding: rest[..<end], as: UTF8.self).split(separator: "\n").forEach(take)
            rest.removeSubrange(...end)
        }
    }
}
