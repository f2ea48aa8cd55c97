/// Tells kinds of file apart by how they begin.
package enum ImageSignature {
    /// - Throws: `ImageError.unknownFormat` for anything but PNG and JPEG, saying what it looks like.
    package static func format(of bytes: [UInt8], file: String) throws -> ImageFormat {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return .png }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        throw ImageError.unknownFormat(file: file, found: description(of: bytes))
    }

    private static func description(of bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "empty" }
        for signature in known where bytes.dropFirst(signature.offset).starts(with: signature.magic.utf8) {
            return signature.name
        }
        for (magic, name) in knownBinary where bytes.starts(with: magic) { return name }
        return looksLikeText(bytes.prefix(512)) ? "text" : "of an unknown kind"
    }

    private static let known: [(offset: Int, magic: String, name: String)] = [
        (0, "GIF8", "a GIF picture"), (8, "WEBP", "a WebP picture"), (4, "ftypavif", "an AVIF picture"),
        (4, "ftypheic", "an HEIC picture"), (4, "ftypheix", "an HEIC picture"), (4, "ftypmif1", "an HEIC picture"),
        (0, "BM", "a BMP picture"), (0, "8BPS", "a Photoshop file"), (0, "%PDF", "a PDF document"),
        (0, "<svg", "an SVG drawing"), (0, "PK\u{3}\u{4}", "a ZIP archive"),
    ]

    private static let knownBinary: [([UInt8], String)] = [
        ([0x49, 0x49, 0x2A, 0], "a TIFF picture"), ([0x4D, 0x4D, 0, 0x2A], "a TIFF picture"),
        ([0xFF, 0x0A], "a JPEG XL picture"), ([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C], "a JPEG XL picture"),
        ([0, 0, 0, 0x0C, 0x6A, 0x50], "a JPEG 2000 picture"), ([0x1F, 0x8B], "a gzip archive"),
    ]

    private static func looksLikeText(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || [9, 10, 12, 13].contains($0) }
    }
}
