import DiffusionBasics
import DiffusionText
import DiffusionWeights
import Foundation
import Testing

/// A tokenizer folder of `Fixtures` with what transformers gives for it, made by `make_tokenizer_goldens.py`.
struct TokenizerFixture {
    static let names = [
        "padded-by-map", "padded-by-end", "letters-left", "added-by-configuration", "added-by-file", "tangled",
        "exported", "exported-older", "emoji",
    ]

    let path: String

    init(_ name: String) throws { path = try Self.path(name) }

    func tokenizer() throws -> CLIPTokenizer { try CLIPTokenizer(files: TokenizerFiles(path: path)) }

    func goldens() throws -> ConfigurationReader {
        try ConfigurationReader(Self.json("\(path)/goldens.json"), file: "goldens.json")
    }

    static func path(_ name: String) throws -> String {
        try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)).path
    }

    static func json(_ path: String) throws -> JSONNode {
        try JSONParser.parse(Data(contentsOf: URL(fileURLWithPath: path)), file: path)
    }
}

/// What transformers gives for one prompt.
struct GoldenPrompt {
    let prompt: String
    /// Start token, what fits, end token.
    let content: [Int]
    let paddingCount: Int
    let tokenCount: Int
    let cut: String?

    init(_ node: JSONNode) throws {
        let reader = try ConfigurationReader(node, file: "goldens.json")
        let times = try reader.int("times", default: 1)
        prompt = String(repeating: try #require(try reader.optionalString("prompt")), count: times)
        content = try #require(try reader.optionalInts("ids"))
        paddingCount = try #require(try reader.optionalInt("padding"))
        tokenCount = try #require(try reader.optionalInt("tokens"))
        cut = try reader.optionalString("cut")
    }

    func ids(padding: Int, left: Bool) -> [Int] {
        let padding = Array(repeating: padding, count: paddingCount)
        return left ? padding + content : content + padding
    }
}
