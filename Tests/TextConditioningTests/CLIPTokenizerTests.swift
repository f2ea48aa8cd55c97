import DiffusionBasics
import DiffusionText
import DiffusionWeights
import Testing

/// What the goldens cannot show.
@Suite struct CLIPTokenizerTests {
    private let specialTokens = "\"<|startoftext|>\":4,\"<|endoftext|>\":5"

    private func files(vocabulary: String? = nil, merges: String = "a b</w>\n", configuration: String? = nil)
        -> TokenizerFiles
    {
        let vocabulary = vocabulary ?? "{\"a\":0,\"a</w>\":1,\"b</w>\":2,\"ab</w>\":3,\(specialTokens)}"
        return TokenizerFiles(
            folder: "tokenizer", vocabulary: Array(vocabulary.utf8), merges: Array(merges.utf8),
            configuration: Array((configuration ?? "{\"model_max_length\":6}").utf8))
    }

    @Test func spellsItsPieces() throws {
        let result = try CLIPTokenizer(files: files()).encode("AB a ab a b")
        #expect(result.ids == [4, 3, 1, 3, 1, 5])
        #expect(result.pieces.map(\.spelling) == ["ab</w>", "a</w>", "ab</w>", "a</w>", "b</w>"])
        #expect(result.pieces.map(\.isKept) == [true, true, true, true, false])
        #expect(result.truncatedText == "b")
        #expect(result.tokenCount == 5)
    }

    @Test func padsTheEmptyPrompt() throws {
        let result = try CLIPTokenizer(files: files()).encode("")
        #expect(result.ids == [4, 5, 5, 5, 5, 5])
        #expect(result.contentRange == 0..<2)
        #expect(result.pieces.isEmpty)
        #expect(result.truncatedText == nil)
    }

    @Test func takesTheTextEncodersLengthWhereTheFilesGiveNone() throws {
        let unlimited = "{\"model_max_length\":1000000000000000019884624838656}"
        for configuration in ["{}", "{\"model_max_length\":null}", unlimited] {
            let files = files(configuration: configuration)
            #expect(try CLIPTokenizer(files: files, textEncoderPositions: 9).encode("a").ids.count == 9)
            #expect(throws: TokenizerError.missingLengthLimit(file: "tokenizer/tokenizer_config.json")) {
                try CLIPTokenizer(files: files)
            }
        }
    }

    @Test func givesNewIDsToTokensThatTheVocabularyLacks() throws {
        let tokenizer = try CLIPTokenizer(
            files: files(configuration: "{\"model_max_length\":6,\"pad_token\":\"<pad>\"}"))
        #expect(tokenizer.paddingID == 6)
        #expect(tokenizer.highestID == 6)
        #expect(try tokenizer.encode("a<pad>").ids == [4, 1, 6, 5, 6, 6])
    }

    @Test func leavesOutIDsWithoutAToken() throws {
        let tokenizer = try CLIPTokenizer(files: files())
        #expect(tokenizer.decode([-1, 3, 77, Int.max, 1]) == "ab a")
    }

    @Test func keepsCanonicallyEquivalentTokensApart() throws {
        let vocabulary = "{\"a\":0,\"a</w>\":1,\"\\u00e9\":2,\"e\\u0301\":3,\(specialTokens)}"
        let configuration = "{\"model_max_length\":4,\"extra_special_tokens\":[\"\\u00e9\",\"e\\u0301\"]}"
        let tokenizer = try CLIPTokenizer(
            files: files(vocabulary: vocabulary, merges: "", configuration: configuration))
        #expect(try tokenizer.encode("\u{e9}e\u{301}").ids == [4, 2, 3, 5])
    }

    @Test func readsMergesWithEmptyLinesAndWindowsEnds() throws {
        let tokenizer = try CLIPTokenizer(files: files(merges: "#version: 0.2\r\n\r\na b</w>\r\n\r\n"))
        #expect(try tokenizer.encode("ab").ids == [4, 3, 5, 5, 5, 5])
    }

    @Test func prefersTheTokenizerFile() throws {
        var files = files()
        files.tokenizer = Array(
            "{\"added_tokens\":[],\"model\":{\"type\":\"BPE\",\"vocab\":{\"a</w>\":7,\"<|startoftext|>\":8,\"<|endoftext|>\":9},\"merges\":[]}}"
                .utf8)
        #expect(try CLIPTokenizer(files: files).encode("a").ids == [8, 7, 9, 9, 9, 9])
    }

    @Test func loadsTheShippedTokenizer() throws {
        let path = "\(#filePath)".split(separator: "/").dropLast(3).joined(separator: "/")
        let files = try TokenizerFiles(path: "/\(path)/Weights/Resources/Default/tokenizer")
        let tokenizer = try CLIPTokenizer(files: files)
        let result = try tokenizer.encode("a smiling face")
        #expect(result.ids.count == tokenizer.lengthLimit)
        #expect(result.ids.first == tokenizer.startID)
        #expect(!result.pieces.contains { $0.id == tokenizer.endID })
    }
}
