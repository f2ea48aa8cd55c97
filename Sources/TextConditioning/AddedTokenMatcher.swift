/// Finds added tokens in a text.
struct AddedTokenMatcher: Sendable {
    /// A part of a text.
    enum Segment {
        case text(ArraySlice<Unicode.Scalar>)
        case token(UInt32)
    }

    private struct Pattern: Sendable {
        var token: AddedToken
        var id: UInt32
        var isIgnored: Bool
    }

    private var patterns: [ArraySlice<Unicode.Scalar>: Pattern] = [:]
    /// The lengths of the patterns that begin with a character, the longest first.
    private var lengths: [Unicode.Scalar: [Int]] = [:]

    /// Looks for `token` where `pattern` stands from now on, unless another is looked for there already.
    /// - Parameter isIgnored: the token hides others that begin inside it, but is left in the text.
    mutating func insert(_ pattern: [Unicode.Scalar], _ token: AddedToken, id: UInt32, isIgnored: Bool) {
        guard let first = pattern.first, patterns[pattern[...]] == nil else { return }
        patterns[pattern[...]] = Pattern(token: token, id: id, isIgnored: isIgnored)
        let known = lengths[first] ?? []
        let place = known.firstIndex { $0 <= pattern.count } ?? known.count
        if place == known.count || known[place] != pattern.count {
            lengths[first, default: []].insert(pattern.count, at: place)
        }
    }

    /// The tokens found and the text between them, in order.
    func segments(of text: [Unicode.Scalar]) -> [Segment] {
        var result: [Segment] = []
        var rest = 0
        var position = 0
        while position < text.count {
            guard let (found, range) = pattern(at: position, in: text) else {
                position += 1
                continue
            }
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

    private func pattern(at position: Int, in text: [Unicode.Scalar]) -> (Pattern, Range<Int>)? {
        for length in lengths[text[position]] ?? [] where length <= text.count - position {
            let range = position..<position + length
            if let found = patterns[text[range]] { return (found, range) }
        }
        return nil
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
