import DiffusionBasics
import DiffusionText
import DiffusionWeights
import Testing

/// The tokenizer against transformers' `CLIPTokenizer`, for every folder in the fixtures.
@Suite struct CLIPTokenizerGoldenTests {
    @Test(arguments: TokenizerFixture.names) func takesItsTokensFromTheFiles(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let (tokenizer, goldens) = (try fixture.tokenizer(), try fixture.goldens())
        #expect(try tokenizer.lengthLimit == goldens.optionalInt("limit"))
        #expect(try tokenizer.startID == goldens.optionalInt("start"))
        #expect(try tokenizer.endID == goldens.optionalInt("end"))
        #expect(try tokenizer.paddingID == goldens.optionalInt("padding"))
    }

    @Test(arguments: TokenizerFixture.names) func encodesAsTransformersDoes(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let (tokenizer, goldens) = (try fixture.tokenizer(), try fixture.goldens())
        let padsLeft = try goldens.bool("padsLeft", default: false)
        let cases = try #require(goldens.node("cases")?.array)
        #expect(cases.count > 60)
        for node in cases {
            let golden = try GoldenPrompt(node)
            let result = try tokenizer.encode(golden.prompt)
            let what = Comment(rawValue: "\(name): \(golden.prompt.debugDescription)")
            #expect(result.ids == golden.ids(padding: tokenizer.paddingID, left: padsLeft), what)
            #expect(Array(result.ids[result.contentRange]) == golden.content, what)
            #expect(result.tokenCount == golden.tokenCount, what)
            #expect(result.truncatedText.map { Array($0.utf8) } == golden.cut.map { Array($0.utf8) }, what)
            #expect(result.pieces.filter(\.isKept).map(\.id) == Array(golden.content.dropFirst().dropLast()), what)
            #expect(result.pieces.allSatisfy { $0.id <= tokenizer.highestID }, what)
        }
    }

    @Test(arguments: TokenizerFixture.names) func decodesAsTransformersDoes(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let tokenizer = try fixture.tokenizer()
        let cases = try #require(try fixture.goldens().node("decoded")?.array)
        #expect(!cases.isEmpty)
        for node in cases {
            let reader = try ConfigurationReader(node, file: "goldens.json")
            let ids = try #require(try reader.optionalInts("ids"))
            let text = try #require(try reader.optionalString("text"))
            let plain = try #require(try reader.optionalString("plain"))
            #expect(Array(tokenizer.decode(ids).utf8) == Array(text.utf8), "\(name): \(ids)")
            #expect(
                Array(tokenizer.decode(ids, skippingSpecialTokens: true).utf8) == Array(plain.utf8), "\(name): \(ids)")
        }
    }

    @Test func cutsVeryLongPrompts() throws {
        let tokenizer = try TokenizerFixture("padded-by-end").tokenizer()
        let cases = try #require(try TokenizerFixture.json(TokenizerFixture.path("long-prompts.json")).array)
        #expect(cases.count == 5)
        for node in cases {
            let golden = try GoldenPrompt(node)
            let result = try tokenizer.encode(golden.prompt)
            #expect(result.ids == golden.ids(padding: tokenizer.paddingID, left: false))
            #expect(result.tokenCount == golden.tokenCount)
            let cutBytes = try ConfigurationReader(node, file: "long-prompts.json").optionalInt("cutBytes")
            #expect(result.truncatedText?.utf8.count ?? 0 == cutBytes)
        }
    }

    /// Normalization, lower-casing and splitting of every character, in five neighbourhoods each. A Swift library with
    /// Unicode older than 16.0 fails in the blocks that have grown since.
    @Test func agreesOnEveryCharacter() throws {
        let tokenizer = try TokenizerFixture("padded-by-end").tokenizer()
        let goldens = try #require(try TokenizerFixture.json(TokenizerFixture.path("character-digests.json")).array)
        let blocks = Array(stride(from: UInt32(0), to: 0x40000, by: 4096)) + [0xE0000]
        #expect(goldens.count == blocks.count)
        for (block, golden) in zip(blocks, goldens) {
            let digest = String(try digest(of: block..<block + 4096, by: tokenizer), radix: 16)
            let padded = String(repeating: "0", count: 16 - digest.count) + digest
            #expect(padded == golden.string, "U+\(String(block, radix: 16)) and the 4095 after it")
        }
    }

    private func digest(of codes: Range<UInt32>, by tokenizer: CLIPTokenizer) throws -> UInt64 {
        let characters = codes.compactMap { Unicode.Scalar($0).map(String.init) }
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for start in stride(from: 0, to: characters.count, by: 16) {
            let prompt = characters[start..<min(start + 16, characters.count)]
                .map { "a\($0)b\($0)\($0)1\($0) \($0)\u{327}\u{301} " }.joined()
            for piece in try tokenizer.encode(prompt).pieces {
                digest = (digest ^ UInt64(piece.id)) &* 0x100_0000_01B3
            }
        }
        return digest
    }
}
