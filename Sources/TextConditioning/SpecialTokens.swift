import DiffusionBasics
import DiffusionWeights

/// The tokens with a role and all tokens to be added, as transformers 5 reads them out of a tokenizer's files.
///
/// Where files disagree: a role is what `special_tokens_map.json` says, then `tokenizer_config.json`, then CLIP's own
/// default. That map and `added_tokens.json` count only where `tokenizer_config.json` has no `added_tokens_decoder`, and
/// then so do the added tokens of `tokenizer.json`. Stable Diffusion 2.x pads with "!" because its map says so.
///
/// Source: `PreTrainedTokenizerBase._from_pretrained` and `TokenizersBackend.__init__` of transformers 5.23. Deviation: a
/// token written as an object is taken wherever it stands, where transformers wants `"__type"` beside it in some places.
struct SpecialTokens: Sendable {
    private(set) var start: [Unicode.Scalar]
    private(set) var end: [Unicode.Scalar]
    private(set) var unknown: [Unicode.Scalar]
    private(set) var padding: [Unicode.Scalar]
    /// In the order in which ids are given to those that the vocabulary lacks.
    private(set) var added: [AddedToken]

    /// - Throws: `JSONError`, `ConfigurationError`, `TokenizerError.missingSpecialToken`.
    init(files: TokenizerFiles, tokenizer: JSONObject?) throws {
        var declarations = SpecialTokenDeclarations(folder: files.folder)
        try declarations.readConfiguration(files)
        if !declarations.hasAddedTokensDecoder {
            try declarations.readSpecialTokensMap(files)
            try declarations.readAddedTokens(files)
            try declarations.readAddedTokens(of: tokenizer)
        }
        declarations.takePropertiesFromAddedTokens()
        func content(_ key: String) throws -> [Unicode.Scalar] {
            if let token = declarations.roles[key] { return token.content }
            throw TokenizerError.missingSpecialToken(file: "\(files.folder)/tokenizer_config.json", key: key)
        }
        start = try content("bos_token")
        end = try content("eos_token")
        padding = try content("pad_token")
        unknown = declarations.roles["unk_token"]?.content ?? []
        added = declarations.tokensToAdd
    }
}

/// A token as a file gives it: a bare string, whose properties others decide, or with properties.
enum DeclaredToken: Hashable {
    case bare([Unicode.Scalar])
    case described(AddedToken)

    init(_ text: String) { self = .bare(Array(text.unicodeScalars)) }

    var content: [Unicode.Scalar] {
        switch self {
        case .bare(let content): content
        case .described(let token): token.content
        }
    }
}

/// Tokens by role, in the order in which the roles came first.
struct OrderedRoles {
    private(set) var order: [String] = []
    private var tokens: [String: DeclaredToken?] = [:]

    subscript(role: String) -> DeclaredToken? { tokens[role] ?? nil }

    func contains(_ role: String) -> Bool { tokens[role] != nil }

    /// Gives a role its token, or takes it away with nil; its place in the order stays.
    mutating func set(_ role: String, _ token: DeclaredToken?) {
        if tokens.updateValue(token, forKey: role) == nil { order.append(role) }
    }
}
