/// What a prompt holds that other programs read as instructions and this one takes literally, for now.
///
/// Known are A1111's `(word:1.2)` and `[word]`, its `BREAK`, and `<lora:name:1>` with the other networks written so.
/// Plain parentheses are ordinary text, and a bracket behind a backslash was meant literally anyway.
package struct PromptSyntaxNote: Sendable, Equatable {
    /// One example of each kind found, as written in the prompt, in the order above.
    package let examples: [String]

    /// nil where `prompt` is plain text.
    package init?(prompt: String) {
        let text = Array(prompt.unicodeScalars)
        let found = [
            Self.firstGroup(in: text, from: "(", to: ")", where: Self.endsInWeight),
            Self.firstGroup(in: text, from: "[", to: "]") { !$0.isEmpty },
            Self.breakWord(in: text),
            Self.firstGroup(in: text, from: "<", to: ">", where: Self.isNetwork),
        ]
        examples = found.compactMap { $0.map { Self.excerpt(of: text[$0]) } }
        if examples.isEmpty { return nil }
    }

    /// One sentence for the warning.
    package var sentence: String {
        let quoted = examples.map { "\"\($0)\"" }
        let start = quoted.dropLast().joined(separator: ", ")
        let list = (start.isEmpty ? "" : start + " and ") + (quoted.last ?? "")
        return "The prompt holds \(list), which some programs read as instructions: "
            + "here it is taken literally, word for word, for now."
    }
}

extension PromptSyntaxNote {
    private typealias Text = ArraySlice<Unicode.Scalar>

    /// The first bracketed group, brackets included, whose content passes; groups may be nested.
    private static func firstGroup(
        in text: [Unicode.Scalar], from open: Unicode.Scalar, to close: Unicode.Scalar, where matches: (Text) -> Bool
    ) -> Range<Int>? {
        var opened: [Int] = []
        var isEscaped = false
        for (index, scalar) in text.enumerated() {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == open {
                opened.append(index)
            } else if scalar == close, let start = opened.popLast(), matches(text[start + 1..<index]) {
                return start..<index + 1
            }
        }
        return nil
    }

    /// `word:1.2`
    private static func endsInWeight(_ content: Text) -> Bool {
        guard let colon = content.lastIndex(of: ":"), colon > content.startIndex else { return false }
        let digits = content[(colon + 1)...].drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        return Double(string(digits)) != nil
    }

    /// `lora:name:1`
    private static func isNetwork(_ content: Text) -> Bool {
        guard let colon = content.firstIndex(of: ":"), colon + 1 < content.endIndex else { return false }
        return colon > content.startIndex && content[..<colon].allSatisfy(isWordCharacter)
    }

    private static func breakWord(in text: [Unicode.Scalar]) -> Range<Int>? {
        let word = Array("BREAK".unicodeScalars)
        return text.indices.lazy.map { $0..<$0 + word.count }.first { range in
            text[range.lowerBound...].starts(with: word)
                && (range.lowerBound == 0 || !isWordCharacter(text[range.lowerBound - 1]))
                && (range.upperBound == text.count || !isWordCharacter(text[range.upperBound]))
        }
    }

    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    /// At most 40 characters.
    private static func excerpt(of text: Text) -> String {
        text.count <= 40 ? string(text) : string(text.prefix(30)) + "…" + string(text.suffix(9))
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars)
        return String(result)
    }
}
