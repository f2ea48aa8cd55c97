import DiffusionBasics
import DiffusionWeights

/// Reads vocabulary and merges out of a tokenizer's files.
struct Vocabulary {
    var tokens: TokenTable
    var merges: MergeTable
    /// The parsed `tokenizer.json`, where there is one.
    var tokenizer: JSONObject?

    /// `tokenizer.json` where it is there, else `vocab.json` and `merges.txt`.
    /// - Throws: `TokenizerError`, `JSONError`, `ConfigurationError`.
    init(files: TokenizerFiles) throws {
        if let bytes = files.tokenizer {
            try self.init(tokenizer: bytes, file: "\(files.folder)/tokenizer.json")
        } else if let vocabulary = files.vocabulary, let merges = files.merges {
            try self.init(vocabulary: vocabulary, merges: merges, folder: files.folder)
        } else {
            let found = [files.vocabulary.map { _ in "vocab.json" }, files.merges.map { _ in "merges.txt" }]
            throw TokenizerError.missingFiles(folder: files.folder, found: found.compactMap { $0 })
        }
    }

    private init(vocabulary: [UInt8], merges text: [UInt8], folder: String) throws {
        let file = "\(folder)/vocab.json"
        tokens = try Self.tokens(JSONParser.parse(vocabulary, file: file), key: "", file: file)
        merges = try MergeTable(text: text, vocabulary: tokens, file: "\(folder)/merges.txt")
    }

    private init(tokenizer bytes: [UInt8], file: String) throws {
        let document = try JSONParser.parse(bytes, file: file)
        let model = try ConfigurationReader(document, file: file).node("model") ?? JSONNode(.null)
        let reader = try ConfigurationReader(model, file: "\(file): model")
        try reader.require("type", in: [.string("BPE")])
        tokens = try Self.tokens(reader.node("vocab") ?? JSONNode(.null), key: "vocab", file: reader.file)
        guard let nodes = reader.node("merges")?.array else {
            throw ConfigurationError.wrongType(
                file: reader.file, key: "merges", expected: "a list of merges",
                found: reader.node("merges")?.kindDescription ?? "null")
        }
        merges = try MergeTable(nodes: nodes, vocabulary: tokens, file: file)
        tokenizer = document.object
    }

    private static func tokens(_ node: JSONNode, key: String, file: String) throws -> TokenTable {
        guard let object = node.object else {
            throw ConfigurationError.wrongType(
                file: file, key: key, expected: "an object of ids by token", found: node.kindDescription)
        }
        if object.members.isEmpty { throw TokenizerError.emptyVocabulary(file: file) }
        var table = TokenTable(minimumCapacity: object.members.count)
        for member in object.members {
            guard let id = member.node.number?.integer(as: UInt32.self) else {
                throw TokenizerError.invalidID(
                    file: file, place: member.node.position.description, token: String(member.key.prefix(60)),
                    found: member.node.kindDescription)
            }
            _ = table.insert(member.key, id: id)
        }
        if let (id, first, second) = table.sortByID() {
            throw TokenizerError.repeatedID(file: file, id: id, first: first, second: second)
        }
        return table
    }
}
