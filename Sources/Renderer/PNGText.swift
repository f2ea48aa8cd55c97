/// A text chunk of a PNG file.
package struct PNGText: Sendable, Hashable {
    /// 1 to 79 bytes of Latin-1, for example `parameters` or `XML:com.adobe.xmp`.
    package var keyword: String
    package var text: String
    /// Whether it is an iTXt chunk (UTF-8) even where Latin-1 would hold the text; XMP asks for that.
    package var isInternational: Bool

    package init(keyword: String, text: String, isInternational: Bool = false) {
        self.keyword = keyword
        self.text = text
        self.isInternational = isInternational
    }
}

/// ISO 8859-1 as PNG allows it in a tEXt chunk.
enum Latin1 {
    /// The text's bytes, or nil where it holds anything but line feeds and printable Latin-1 (PNG specification,
    /// section 11.3.3.2).
    static func bytes(of text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 10, 32...126, 160...255: bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            default: return nil
            }
        }
        return bytes
    }

    /// Every byte is a character.
    static func string(from bytes: some Collection<UInt8>) -> String {
        var utf8: [UInt8] = []
        utf8.reserveCapacity(bytes.count)
        for byte in bytes {
            if byte < 0x80 {
                utf8.append(byte)
            } else {
                utf8.append(0xC0 | byte >> 6)
                utf8.append(0x80 | byte & 0x3F)
            }
        }
        return String(decoding: utf8, as: UTF8.self)
    }
}
