/// What CLIP's tokenizer does to a text before it looks for words: NFC, each run of white space to one blank, lower case.
///
/// Matches the normalizer that transformers' `CLIPTokenizer` builds: `NFC`, `Replace("\s+", " ")`, `Lowercase`, in that
/// order; characters that lower-casing leaves decomposed ("İ") are not composed again.
enum PromptNormalizer {
    static func normalized(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        lowercased(withSingleBlanks(CanonicalComposition.composed(text)))
    }

    private static func withSingleBlanks(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count)
        var isAfterBlank = false
        for scalar in text {
            let isBlank = scalar.properties.isWhitespace
            if !isBlank { result.append(scalar) } else if !isAfterBlank { result.append(" ") }
            isAfterBlank = isBlank
        }
        return result
    }

    /// Each character by itself: "Σ" is always "σ", also at the end of a word.
    private static func lowercased(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count)
        for scalar in text {
            switch scalar.value {
            case 0x41...0x5A: result.append(Unicode.Scalar(UInt8(scalar.value) + 0x20))
            case ..<0x80: result.append(scalar)
            default: result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }
}
