/// Finds added tokens in a text.
struct AddedTokenMatcher: Sendable {
    /// A part of a text.
    enum Segment {
        case text(ArraySlice<Unicode.Scalar>)
        case token(UInt32)
    }

    private struct Pattern: Sendable {
        var text: [Unicode.Scalar]
        var token: AddedToken
        var id: UInt32
        var isIgnored: Bool
    }

    /// By first character, the longest first.
    private var patterns: [Unicode.Scalar: [Pattern]] = [:]

    /// Looks for `token` where `pattern` stands from now on, unless another is looked for there already.
    /// - Parameter isIgnored: the token hides others that begin inside it, but is left in the text.
    mutating func insert(_ pattern: [Unicode.Scalar], _ token: AddedToken, id: UInt32, isIgnored: Bool) {
        guard let first = pattern.first else { return }
        var others = patterns[first] ?? []
        if others.contains(where: { $0.text == pattern }) { return }
        let place = others.firstIndex { $0.text.count < pattern.count } ?? others.count
        others.insert(Pattern(text: pattern, token: token, id: id, isIgnored: isIgnored), at: place)
        patterns[first] = others
    }

    /// The tokens found and the text between them, in order.
    func segments(of text: [Unicode.Scalar]) -> [Segment] {
        var result: [Segment] = []
        var rest = 0
        var position = 0
        while position < text.count {
            guard let found = pattern(at: position, in: text) else {
                position += 1
                continue
            }
            let range = position..<position + found.text.count
            position = range.upperBound
            guard !found.isIgnored, let taken = Self.extent(of: found.token, at: range, in: text, after: rest) else {
                continue
            }
            if rest < taken.lowerBound { result.append(.text(text[rest..<taken.lowerBound])) }
            result.append(.token(found.id))
            rest = taken.upperBound
        }
        if rest < text.count { result.append(.text(text[rest...])) }
        return result
    }

    private func pattern(at position: Int, in text: [Unicode.Scalar]) -> Pattern? {
        patterns[text[position]]?.first { text[position...].starts(with: $0.text) }
    }

    /// What the token takes with the white space it strips; nil where it had to stand alone and does not.
    private static func extent(
        of token: AddedToken, at range: Range<Int>, in text: [Unicode.Scalar], after rest: Int
    ) -> Range<Int>? {
        var start = range.lowerBound
        var end = range.upperBound
        if token.isSingleWord {
            if start > 0, isWordCharacter(text[start - 1]) { return nil }
            if end < text.count, isWordCharacter(text[end]) { return nil }
        }
        if token.stripsLeft {
            while start > rest, text[start - 1].properties.isWhitespace { start -= 1 }
        }
        if token.stripsRight {
            while end < text.count, text[end].properties.isWhitespace { end += 1 }
        }
        return start..<end
    }

    /// `\w` of UTS #18.
    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return properties.isAlphabetic || properties.isJoinControl
        }
    }
}
