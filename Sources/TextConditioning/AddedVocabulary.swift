/// The tokens added on top of a vocabulary: their ids, and where they stand in a prompt.
///
/// Matches the tokenizers library's `AddedVocabulary`: at each place the longest token wins; tokens that are not
/// normalized are looked for in the prompt as written, the others in what is left of it, once that is normalized. Of two
/// that normalization makes alike the first counts, where the library takes either by chance.
struct AddedVocabulary: Sendable {
    private var ids: [[Unicode.Scalar]: UInt32] = [:]
    private var tokens: [UInt32: AddedToken] = [:]
    /// What normalization makes of a token, where it changes it.
    private var normalizedForms: [UInt32: [Unicode.Scalar]] = [:]
    /// Contents that were special at least once.
    private var specialContents: Set<[Unicode.Scalar]> = []
    private(set) var written = AddedTokenMatcher()
    private(set) var normalized = AddedTokenMatcher()

    /// Gives each token its id: the vocabulary's, or for those that it lacks the next ones.
    /// - Parameter ignoresSpecial: `split_special_tokens`: special tokens in a prompt are ordinary text.
    init(_ added: [AddedToken], vocabulary: TokenTable, ignoresSpecial: Bool) {
        var next = UInt32(vocabulary.count)
        for token in added where !token.content.isEmpty {
            let known = ids[token.content] ?? vocabulary.id(of: String(scalars: token.content))
            let id = known ?? next
            if known == nil { next += 1 }
            add(token, id: id)
        }
        for (id, token) in tokens.sorted(by: { $0.key < $1.key }) {
            let isIgnored = ignoresSpecial && specialContents.contains(token.content)
            if token.isNormalized {
                normalized.insert(normalizedForms[id] ?? token.content, token, id: id, isIgnored: isIgnored)
            } else {
                written.insert(token.content, token, id: id, isIgnored: isIgnored)
            }
        }
    }

    private mutating func add(_ token: AddedToken, id: UInt32) {
        ids[token.content] = id
        tokens[id] = token
        if token.isSpecial { specialContents.insert(token.content) }
        let form = PromptNormalizer.normalized(token.content)
        if token.isNormalized, form != token.content { normalizedForms[id] = form }
    }

    /// The id of an added token.
    func id(of content: [Unicode.Scalar]) -> UInt32? { ids[content] }

    /// The text that an added token's id stands for.
    func text(_ id: UInt32) -> String? {
        tokens[id].map { String(scalars: normalizedForms[id] ?? $0.content) }
    }

    /// Whether decoding can leave a token out that stands for this text.
    func isSpecial(_ text: String) -> Bool { specialContents.contains(Array(text.unicodeScalars)) }

    var highestID: UInt32? { tokens.keys.max() }
}
