/// Splits a normalized text into the pieces that are encoded one by one.
///
/// Matches the pattern of transformers' `CLIPTokenizer`,
/// `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`, followed by the
/// splitting that the `ByteLevel` step adds, which changes only the two tags: those it takes apart. What the pattern
/// does not match is white space, and is dropped.
enum PromptSplitter {
    /// The pieces in order, as ranges of `text`.
    static func pieces(of text: [Unicode.Scalar]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var position = 0
        while position < text.count {
            let kind = CharacterKind(text[position])
            if kind == .space {
                position += 1
            } else if kind == .other, let tag = tags.first(where: { text[position...].starts(with: $0) }) {
                result.append(contentsOf: tagPieces(from: position, count: tag.count))
                position += tag.count
            } else {
                let end = endOfPiece(kind, in: text, from: position)
                result.append(position..<end)
                position = end
            }
        }
        return result
    }

    private static let tags = ["<|startoftext|>", "<|endoftext|>"].map { Array($0.unicodeScalars) }
    private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars) }

    /// "<|", the word, "|>".
    private static func tagPieces(from start: Int, count: Int) -> [Range<Int>] {
        let end = start + count
        return [start..<start + 2, start + 2..<end - 2, end - 2..<end]
    }

    private static func endOfPiece(_ kind: CharacterKind, in text: [Unicode.Scalar], from start: Int) -> Int {
        if kind == .number { return start + 1 }
        if text[start] == "'", let found = contractions.first(where: { text[start...].starts(with: $0) }) {
            return start + found.count
        }
        return text[start...].firstIndex { CharacterKind($0) != kind } ?? text.count
    }
}

/// The classes `\p{L}`, `\p{N}` and `\s` of Oniguruma, the tokenizers library's regular expressions.
///
/// Its tables are those of Unicode 16.0; younger characters are neither letter nor number there.
private enum CharacterKind {
    case letter, number, space, other

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x61...0x7A, 0x41...0x5A: self = .letter
        case 0x30...0x39: self = .number
        case 0x20, 0x09...0x0D: self = .space
        case ..<0x80: self = .other
        default: self = Self.beyondASCII(scalar.properties)
        }
    }

    private static func beyondASCII(_ properties: Unicode.Scalar.Properties) -> CharacterKind {
        if properties.isWhitespace { return .space }
        guard let age = properties.age, age.major <= 16 else { return .other }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        default: return .other
        }
    }
}
