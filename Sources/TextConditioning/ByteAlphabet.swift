/// The printable character that stands for each byte in the vocabulary of a byte-level BPE (GPT-2's `bytes_to_unicode`).
///
/// Bytes that are printable in Latin-1 stand for themselves, the others for U+0100 onwards, in order.
enum ByteAlphabet {
    /// 256 characters, by byte.
    static let characters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte -> Unicode.Scalar in
            if isPrintable(byte) { return Unicode.Scalar(byte) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? Unicode.Scalar(byte)
        }
    }()

    private static let bytes = Dictionary(uniqueKeysWithValues: zip(characters, UInt8.min...UInt8.max))

    private static func isPrintable(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
        default: false
        }
    }

    /// The bytes that a token stands for; a token with a character outside the alphabet stands for its own UTF-8.
    static func bytes(of token: String) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in token.unicodeScalars {
            guard let byte = bytes[scalar] else { return Array(token.utf8) }
            result.append(byte)
        }
        return result
    }
}
