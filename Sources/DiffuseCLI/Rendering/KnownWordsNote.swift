/// What to say where a prompt asks for nothing that the model was taught: a small model's card lists what it knows.
package struct KnownWordsNote {
    package let sentence: String

    private static let shownCount = 6

    /// - Returns: nil where the prompt is empty, holds a known phrase or a word that belongs to just one of them, or where
    ///   the card lists nothing.
    package init?(prompt: String, knownPhrases: [String], synonyms: [String] = []) {
        let words = Set(Self.words(in: prompt))
        let phrases = (knownPhrases + synonyms).map(Self.words)
        guard !phrases.isEmpty, !words.isEmpty else { return nil }
        var uses: [String: Int] = [:]
        for word in phrases.flatMap({ Set($0) }) { uses[word, default: 0] += 1 }
        let isKnown = phrases.contains { phrase in
            phrase.allSatisfy(words.contains) || phrase.contains { uses[$0] == 1 && words.contains($0) && $0.count > 2 }
        }
        guard !isKnown else { return nil }
        let shown = knownPhrases.prefix(Self.shownCount).joined(separator: ", ")
        let rest = knownPhrases.count - Self.shownCount
        sentence =
            "This model knows \(shown)\(rest > 0 ? " and \(rest) more (diffuse inspect lists them)" : ""); the prompt "
            + "names none of them."
    }

    private static func words(in text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }
}
