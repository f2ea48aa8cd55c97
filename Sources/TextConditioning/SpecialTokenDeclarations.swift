import DiffusionBasics
import DiffusionWeights

/// What the files of a tokenizer declare, gathered in transformers' order.
struct SpecialTokenDeclarations {
    /// transformers' `SPECIAL_TOKENS_ATTRIBUTES`, in its order.
    private static let standardRoles = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    /// Tokens by role: the standard ones and a model's own.
    private(set) var roles = [
        "bos_token": DeclaredToken("<|startoftext|>"), "eos_token": DeclaredToken("<|endoftext|>"),
        "unk_token": DeclaredToken("<|endoftext|>"), "pad_token": DeclaredToken("<|endoftext|>"),
    ]
    private(set) var hasAddedTokensDecoder = false
    /// A model's own roles, in the order of the files.
    private var ownRoles: [String] = []
    private var extraTokens: [DeclaredToken]?
    private var addedByID: [Int: AddedToken] = [:]
    private var addedByContent: [[Unicode.Scalar]: AddedToken] = [:]
    private let folder: String

    init(folder: String) { self.folder = folder }
}

extension SpecialTokenDeclarations {
    /// `tokenizer_config.json`
    mutating func readConfiguration(_ files: TokenizerFiles) throws {
        guard let (object, file) = try object(files.configuration, "tokenizer_config.json") else { return }
        for member in object.members where member.key.hasSuffix("_token") {
            try setRole(member.key, member.node, file: file)
        }
        let extra = object["extra_special_tokens"]
        if let extra, extra.array?.isEmpty != true, !extra.isNull {
            try setExtraTokens(extra, file: file)
        } else if let additional = object["additional_special_tokens"], !additional.isNull {
            try setExtraTokens(additional, file: file)
        }
        guard let decoder = object["added_tokens_decoder"] else { return }
        hasAddedTokensDecoder = true
        guard let tokens = decoder.object else { throw wrongType(file, "added_tokens_decoder", "an object", decoder) }
        for member in tokens.members {
            guard let id = Int(member.key) else {
                throw ConfigurationError.wrongType(
                    file: file, key: "added_tokens_decoder", expected: "ids as keys",
                    found: "\"\(member.key.prefix(60))\"")
            }
            remember(try AddedToken(member.node, file: file), id: id)
        }
    }

    /// `special_tokens_map.json`
    mutating func readSpecialTokensMap(_ files: TokenizerFiles) throws {
        guard let (object, file) = try object(files.specialTokensMap, "special_tokens_map.json") else { return }
        for member in object.members {
            if member.key.hasSuffix("_token") {
                try setRole(member.key, member.node, file: file, special: true)
            } else if member.key == "extra_special_tokens", !member.node.isNull {
                try setExtraTokens(member.node, file: file, special: true)
            }
        }
        if extraTokens == nil, let additional = object["additional_special_tokens"], !additional.isNull {
            try setExtraTokens(additional, file: file, special: true)
        }
    }

    /// `added_tokens.json`: ids by content.
    mutating func readAddedTokens(_ files: TokenizerFiles) throws {
        guard let (object, file) = try object(files.addedTokens, "added_tokens.json") else { return }
        let special = Set((roles.values + (extraTokens ?? [])).map(\.content))
        for member in object.members {
            guard let id = member.node.number?.integer(as: Int.self) else {
                throw wrongType(file, member.key, "an id", member.node)
            }
            let content = Array(member.key.unicodeScalars)
            remember(AddedToken(content: content, isSpecial: special.contains(content)), id: id)
        }
    }

    /// The `added_tokens` of `tokenizer.json`.
    mutating func readAddedTokens(of tokenizer: JSONObject?) throws {
        guard let node = tokenizer?["added_tokens"] else { return }
        let file = "\(folder)/tokenizer.json"
        guard let tokens = node.array else { throw wrongType(file, "added_tokens", "a list", node) }
        for token in tokens {
            let id = try ConfigurationReader(token, file: file).int("id", default: 0)
            remember(try AddedToken(token, file: file), id: id)
        }
    }

    /// A role whose token is also among the added ones takes that one's properties.
    mutating func takePropertiesFromAddedTokens() {
        for role in Self.standardRoles {
            guard let declared = roles[role], let token = addedByContent[declared.content] else { continue }
            roles[role] = .described(token)
        }
    }

    private mutating func remember(_ token: AddedToken, id: Int) {
        addedByID[id] = token
        addedByContent[token.content] = token
    }
}

extension SpecialTokenDeclarations {
    private func object(_ bytes: [UInt8]?, _ name: String) throws -> (JSONObject, file: String)? {
        guard let bytes else { return nil }
        let file = "\(folder)/\(name)"
        let node = try JSONParser.parse(bytes, file: file)
        guard let object = node.object else { throw wrongType(file, "", "an object", node) }
        return (object, file)
    }

    private func wrongType(_ file: String, _ key: String, _ expected: String, _ node: JSONNode) -> ConfigurationError {
        .wrongType(file: file, key: key, expected: expected, found: node.kindDescription)
    }

    /// - Parameter special: whether a token with properties counts as special whatever it says.
    private mutating func setRole(_ role: String, _ node: JSONNode, file: String, special: Bool = false) throws {
        // Flags such as add_bos_token are named alike.
        guard node.isNull || node.string != nil || node.object != nil else { return }
        roles[role] = node.isNull ? nil : try declared(node, role, file: file, special: special)
        if !Self.standardRoles.contains(role), !ownRoles.contains(role) { ownRoles.append(role) }
    }

    /// A list of tokens, or an object of a model's own roles.
    private mutating func setExtraTokens(_ node: JSONNode, file: String, special: Bool = false) throws {
        if let object = node.object {
            for member in object.members { try setRole(member.key, member.node, file: file, special: special) }
            return
        }
        guard let nodes = node.array else { throw wrongType(file, "extra_special_tokens", "a list or an object", node) }
        var tokens = extraTokens ?? []
        for node in nodes {
            let token = try declared(node, "extra_special_tokens", file: file, special: special)
            if !tokens.contains(token) { tokens.append(token) }
        }
        extraTokens = tokens
    }

    private func declared(_ node: JSONNode, _ key: String, file: String, special: Bool) throws -> DeclaredToken {
        if let text = node.string { return DeclaredToken(text) }
        guard node.object != nil else { throw wrongType(file, key, "a token", node) }
        var token = try AddedToken(node, file: file)
        if special { token.isSpecial = true }
        return .described(token)
    }
}

extension SpecialTokenDeclarations {
    /// Added tokens by id, then each role and each extra token that is not among them.
    var tokensToAdd: [AddedToken] {
        var tokens = addedByID.sorted { $0.key < $1.key }.map { DeclaredToken.described($0.value) }
        let contents = Set(tokens.map(\.content))
        let named = (Self.standardRoles + ownRoles).compactMap { roles[$0] }
        for token in named + (extraTokens ?? []) where !contents.contains(token.content) && !tokens.contains(token) {
            tokens.append(token)
        }
        let specialContents = Set(named.map(\.content))
        return tokens.map { declared in
            switch declared {
            case .bare(let content): return AddedToken(content: content, isSpecial: true)
            case .described(var token):
                if specialContents.contains(token.content) { token.isSpecial = true }
                return token
            }
        }
    }
}
