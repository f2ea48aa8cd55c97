import DiffusionBasics
import DiffusionWeights

/// The settings of a tokenizer that are no tokens.
struct TokenizerSettings: Sendable {
    /// `model_max_length`; nil where no file gives one.
    private(set) var lengthLimit: Int?
    /// Whether special tokens written in a prompt are ordinary text.
    private(set) var splitsSpecialTokens = false
    private(set) var sides = TokenizerSides()

    /// Room for start, end and no word, up to far more than any text encoder has.
    private static let lengths = 2...1_000_000

    /// - Throws: `JSONError`, `ConfigurationError`.
    init(files: TokenizerFiles, tokenizer: JSONObject?) throws {
        try readSides(of: tokenizer, file: "\(files.folder)/tokenizer.json")
        guard let bytes = files.configuration else { return }
        let file = "\(files.folder)/tokenizer_config.json"
        let reader = try ConfigurationReader(JSONParser.parse(bytes, file: file), file: file)
        let key = reader.contains("model_max_length") ? "model_max_length" : "max_len"
        // transformers writes 1e30 as an integer for "no limit".
        if try reader.optionalDouble(key).map({ $0 < 1e20 }) ?? false {
            lengthLimit = try reader.optionalInt(key, in: Self.lengths)
        }
        splitsSpecialTokens = try reader.bool("split_special_tokens", default: false)
        if let side = try Self.isLeft(reader, "padding_side", ["left", "right"]) { sides.padsLeft = side }
        if let side = try Self.isLeft(reader, "truncation_side", ["left", "right"]) { sides.cutsLeft = side }
    }

    /// The sides that `tokenizer.json` was saved with; `tokenizer_config.json` overrides them.
    private mutating func readSides(of tokenizer: JSONObject?, file: String) throws {
        func isLeft(_ key: String) throws -> Bool? {
            guard let node = tokenizer?[key], !node.isNull else { return nil }
            let reader = try ConfigurationReader(node, file: "\(file): \(key)")
            return try Self.isLeft(reader, "direction", ["Left", "Right"])
        }
        sides.padsLeft = try isLeft("padding") ?? false
        sides.cutsLeft = try isLeft("truncation") ?? false
    }

    private static func isLeft(_ reader: ConfigurationReader, _ key: String, _ values: [String]) throws -> Bool? {
        try reader.require(key, in: values.map(JSONNode.Value.string))
        return try reader.optionalString(key).map { $0 == values[0] }
    }
}

/// On which side of a prompt padding goes and words are cut.
struct TokenizerSides: Sendable {
    var padsLeft = false
    var cutsLeft = false

    /// Which of `count` tokens stay where there is room for `limit`.
    func keptRange(of count: Int, limit: Int) -> Range<Int> {
        guard count > limit else { return 0..<count }
        return cutsLeft ? count - limit..<count : 0..<limit
    }
}
