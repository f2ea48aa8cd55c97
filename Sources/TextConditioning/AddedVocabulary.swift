/// The tokens added on top of a vocabulary: their ids, and where they stand in a prompt.
///
/// Matches the tokenizers library's `AddedVocabulary`: at each place the longest token wins; tokens that are not
/// normalized are looked for in the prompt as written, the others in what is left of it, once that is normalized.
struct AddedVocabulary: Sendable {
    private var ids: [[Unicode.Scalar]: UInt32] = [:]
    private var tokens: [UInt32: AddedToken] = [:]
    /// What normalization makes of a token, where it changes it.
    private var normalizedForms: [UInt32: [Unicode.Scalar]] = [:]
    private(set) var written = AddedTokenMatcher()
    private(set) var normalized = AddedTokenMatcher()

    /// Gives each token its id: the vocabulary's, or for those that it lacks the next ones.
    /// - Parameter ignoresSpecial: `split_special_tokens`: special tokens in a prompt are ordinary text.
    /// - Throws: `TokenizerError.ambiguousAddedTokens`.
    init(_ added: [AddedToken], vocabulary: TokenTable, ignoresSpecial: Bool, folder: String) throws {
        var next = UInt32(vocabulary.count)
        for token in added where !token.content.isEmpty {
            let known = ids[token.content] ?? vocabulary.id(of: String(scalars: token.content))
            let id = known ?? next
            if known == nil { next += 1 }
            ids[token.content] = id
            tokens[id] = token
            let form = PromptNormalizer.normalized(token.content)
            if token.isNormalized, form != token.content { normalizedForms[id] = form }
        }
        for (id, token) in tokens.sorted(by: { $0.key < $1.key }) {
            guard let other = addPattern(of: token, id: id, isIgnored: ignoresSpecial && token.isSpecial) else {
                continue
            }
            throw TokenizerError.ambiguousAddedTokens(
                folder: folder, first: String(scalars: other.content), second: String(scalars: token.content))
        }
    }

    private mutating func addPattern(of token: AddedToken, id: UInt32, isIgnored: Bool) -> AddedToken? {
        if token.isNormalized {
            return normalized.insert(normalizedForms[id] ?? token.content, token, id: id, isIgnored: isIgnored)
        }
        return written.insert(token.content, token, id: id, isIgnored: isIgnored)
    }

    /// The id of an added token.
    func id(of content: [Unicode.Scalar]) -> UInt32? { ids[content] }

    /// The text that an added token's id stands for.
    func text(_ id: UInt32) -> String? {
        tokens[id].map { String(scalars: normalizedForms[id] ?? $0.content) }
    }

    /// Whether `id` is an added token that counts as special.
    func isSpecial(_ id: UInt32) -> Bool { tokens[id]?.isSpecial ?? false }

    var highestID: UInt32? { tokens.keys.max() }
}
