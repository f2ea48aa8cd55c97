import DiffusionBasics
import DiffusionWeights

/// What the files of a tokenizer declare, gathered in transformers' order.
struct SpecialTokenDeclarations {
    /// transformers' `SPECIAL_TOKENS_ATTRIBUTES`, in its order.
    private static let standardRoles = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    /// Tokens by standard role.
    private(set) var roles = [
        "bos_token": DeclaredToken("<|startoftext|>"), "eos_token": DeclaredToken("<|endoftext|>"),
        "unk_token": DeclaredToken("<|endoftext|>"), "pad_token": DeclaredToken("<|endoftext|>"),
    ]
    private(set) var hasAddedTokensDecoder = false
    /// A model's own roles, in the order of the files: those that the map gives, or the configuration with properties.
    private var ownRoles = OrderedRoles()
    /// Those that the configuration gives as bare strings or among the extra tokens; they win, but come later.
    private var lateRoles = OrderedRoles()
    private var extraTokens: [DeclaredToken]?
    /// Those of the map's older key: they count where there are no others, and not yet when added tokens are read.
    private var additionalTokens: [DeclaredToken]?
    /// What `added_tokens.json` is compared with: not the defaults, nor what the configuration gives with properties.
    private var contentsByRole: [String: [Unicode.Scalar]] = [:]
    private var extraContents: Set<[Unicode.Scalar]> = []
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
            try setRole(member.key, member.node, file: file, isLate: member.node.string != nil)
        }
        try readExtraTokens(object["extra_special_tokens"], older: object["additional_special_tokens"], file: file)
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
        if let additional = object["additional_special_tokens"] {
            additionalTokens = try list(additional, "additional_special_tokens", file: file, special: true)
        }
    }

    /// `added_tokens.json`: ids by content.
    mutating func readAddedTokens(_ files: TokenizerFiles) throws {
        guard let (object, file) = try object(files.addedTokens, "added_tokens.json") else { return }
        let special = extraContents.union(contentsByRole.values)
        for member in object.members {
            guard let id = member.node.number?.integer(as: Int.self) else {
                throw wrongType(file, member.key, "an id", member.node)
            }
            let content = Array(member.key.unicodeScalars)
            let isSpecial = special.contains(content)
            remember(AddedToken(content: content, normalized: !isSpecial, isSpecial: isSpecial), id: id)
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
    private mutating func setRole(
        _ role: String, _ node: JSONNode, file: String, special: Bool = false, isLate: Bool = false
    ) throws {
        // Flags such as add_bos_token are named alike.
        guard node.isNull || node.string != nil || node.object != nil else { return }
        let token = node.isNull ? nil : try declared(node, role, file: file, special: special)
        if Self.standardRoles.contains(role) {
            roles[role] = token
            contentsByRole[role] = special || node.string != nil ? token?.content : nil
        } else if isLate {
            lateRoles.set(role, token)
        } else {
            ownRoles.set(role, token)
        }
    }

    /// The configuration's extra tokens; those of the older key count in their place where they are empty.
    private mutating func readExtraTokens(_ extra: JSONNode?, older: JSONNode?, file: String) throws {
        let isEmpty = extra?.array?.isEmpty ?? extra?.object?.members.isEmpty ?? extra?.isNull ?? true
        if !isEmpty, let extra { try setExtraTokens(extra, file: file) }
        guard let older, isEmpty || extra?.object != nil else {
            if isEmpty, extra != nil { extraTokens = [] }
            return
        }
        if isEmpty || older.object != nil {
            try setExtraTokens(older, file: file, isLate: isEmpty)
        } else {
            additionalTokens = try list(older, "additional_special_tokens", file: file, special: false)
        }
    }

    /// A list of tokens, or an object of a model's own roles.
    private mutating func setExtraTokens(
        _ node: JSONNode, file: String, special: Bool = false, isLate: Bool = true
    ) throws {
        if let object = node.object {
            for member in object.members {
                try setRole(member.key, member.node, file: file, special: special, isLate: isLate)
            }
            return
        }
        let tokens = try list(node, "extra_special_tokens", file: file, special: special)
        for (token, node) in zip(tokens, node.array ?? []) where special || node.string != nil {
            extraContents.insert(token.content)
        }
        extraTokens = (extraTokens ?? []) + tokens
    }

    private func list(_ node: JSONNode, _ key: String, file: String, special: Bool) throws -> [DeclaredToken] {
        if node.isNull { return [] }
        guard let nodes = node.array else { throw wrongType(file, key, "a list", node) }
        return try nodes.map { try declared($0, key, file: file, special: special) }
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
    /// The tokens that have a role, in the order of the roles.
    private var named: [DeclaredToken] {
        let standard = Self.standardRoles.map { roles[$0] }
        let own = ownRoles.order.map { lateRoles[$0] ?? ownRoles[$0] }
        let late = lateRoles.order.filter { !ownRoles.contains($0) }.map { lateRoles[$0] }
        return (standard + own + late).compactMap { $0 }
    }

    /// Added tokens by id, then each role and each extra token that is not among them.
    var tokensToAdd: [AddedToken] {
        var tokens = addedByID.sorted { $0.key < $1.key }.map { DeclaredToken.described($0.value) }
        let contents = Set(tokens.map(\.content))
        let named = named
        var seen: Set<DeclaredToken> = []
        for token in named + (extraTokens ?? additionalTokens ?? [])
        where !contents.contains(token.content) && seen.insert(token).inserted {
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
