import DiffusionBasics
import DiffusionText
import DiffusionWeights
import TestSupport
import Testing

/// Tokenizer files that cannot be used, each as literal text.
@Suite struct TokenizerErrorTests {
    private static let vocabulary = #"{"a":0,"b":1,"ab":2,"<|startoftext|>":3,"<|endoftext|>":4}"#
    private static let configuration = #"{"model_max_length":8}"#

    private func tokenizer(
        vocabulary: String = vocabulary, merges: String = "a b\n", configuration: String = configuration,
        tokenizer: String? = nil, map: String? = nil, added: String? = nil
    ) throws -> CLIPTokenizer {
        try CLIPTokenizer(
            files: TokenizerFiles(
                folder: "t", tokenizer: tokenizer.map { Array($0.utf8) }, vocabulary: Array(vocabulary.utf8),
                merges: Array(merges.utf8), configuration: Array(configuration.utf8),
                specialTokensMap: map.map { Array($0.utf8) }, addedTokens: added.map { Array($0.utf8) }))
    }

    @Test func missingFiles() throws {
        #expect(throws: TokenizerError.missingFiles(folder: "t", found: [])) {
            try CLIPTokenizer(files: TokenizerFiles(folder: "t"))
        }
        #expect(throws: TokenizerError.missingFiles(folder: "t", found: ["vocab.json"])) {
            try CLIPTokenizer(files: TokenizerFiles(folder: "t", vocabulary: []))
        }
    }

    @Test func emptyVocabulary() {
        #expect(throws: TokenizerError.emptyVocabulary(file: "t/vocab.json")) { try tokenizer(vocabulary: "{}") }
    }

    @Test(arguments: [
        ("-1", "the number -1"), ("4294967296", "the number 4294967296"), ("1.5", "the number 1.5"),
        ("\"1\"", "the string \"1\""), ("null", "null"),
    ]) func invalidID(_ id: String, _ found: String) {
        let error = TokenizerError.invalidID(file: "t/vocab.json", place: "line 1, column 6", token: "x", found: found)
        #expect(throws: error) { try tokenizer(vocabulary: "{\"x\":\(id)}") }
    }

    @Test func repeatedID() {
        #expect(throws: TokenizerError.repeatedID(file: "t/vocab.json", id: 7, first: "x", second: "z")) {
            try tokenizer(vocabulary: #"{"x":7,"y":1,"z":7}"#)
        }
    }

    @Test(arguments: ["a", "a b c", "a  b", "a b "]) func malformedMerge(_ line: String) {
        let error = TokenizerError.malformedMerge(file: "t/merges.txt", place: "line 2", found: "\"\(line)\"")
        #expect(throws: error) { try tokenizer(merges: "#version: 0.2\n\(line)\n") }
    }

    @Test(arguments: [("a x", "x"), ("x a", "x"), ("b a", "ba"), (" a", ""), ("a\tb ab", "a\tb")])
    func mergeOutsideVocabulary(_ line: String, _ token: String) {
        #expect {
            try tokenizer(merges: "a b\n\(line)")
        } throws: { error in
            guard case .mergeOutsideVocabulary("t/merges.txt", "line 2", let found) = error as? TokenizerError else {
                return false
            }
            return found == token || found == line.filter { $0 != " " }
        }
    }

    @Test func invalidUTF8InMerges() {
        let files = TokenizerFiles(
            folder: "t", vocabulary: Array(Self.vocabulary.utf8), merges: [0x61, 0x20, 0xFF, 0x0A],
            configuration: Array(Self.configuration.utf8))
        #expect(throws: TokenizerError.self) { try CLIPTokenizer(files: files) }
    }

    @Test(arguments: ["bos_token", "eos_token", "pad_token"]) func missingSpecialToken(_ key: String) {
        #expect(throws: TokenizerError.missingSpecialToken(file: "t/tokenizer_config.json", key: key)) {
            try tokenizer(configuration: "{\"model_max_length\":8,\"\(key)\":null}")
        }
    }

    @Test func unknownTokenOutsideVocabulary() throws {
        let tokenizer = try tokenizer(configuration: #"{"model_max_length":8,"unk_token":"<unk>"}"#)
        let error = TokenizerError.unknownTokenOutsideVocabulary(folder: "t", unknown: "<unk>", piece: "xyz")
        #expect(throws: error) { try tokenizer.encode("xyz") }
    }

    @Test(arguments: [
        #"{"model_max_length":1}"#, #"{"model_max_length":-77}"#, #"{"model_max_length":1000001}"#,
        #"{"model_max_length":7.5}"#, #"{"model_max_length":"77"}"#, #"{"model_max_length":8,"padding_side":"up"}"#,
        #"{"model_max_length":8,"truncation_side":3}"#, #"{"model_max_length":8,"split_special_tokens":1}"#,
        #"{"bos_token":{"content":7}}"#, #"{"extra_special_tokens":7}"#, #"{"extra_special_tokens":[7]}"#,
        #"{"added_tokens_decoder":[]}"#, #"{"added_tokens_decoder":{"x":{"content":"x"}}}"#,
        #"{"added_tokens_decoder":{"1":"x"}}"#, "[]",
    ]) func wrongConfiguration(_ text: String) {
        #expect(throws: ConfigurationError.self) { try tokenizer(configuration: text) }
    }

    @Test(arguments: [
        #"{"model":{"type":"WordPiece","vocab":{"a":0},"merges":[]}}"#, #"{"model":{"vocab":[["a",0.5]],"merges":[]}}"#,
        #"{"model":{"vocab":{"a":0}}}"#, #"{"model":{"vocab":{"a":0},"merges":{}}}"#, #"{"model":[]}"#, "{}", "7",
        #"{"model":{"vocab":{"a":0},"merges":[]},"added_tokens":{}}"#,
        #"{"model":{"vocab":{"a":0},"merges":[]},"added_tokens":[7]}"#,
        #"{"model":{"vocab":{"a":0},"merges":[]},"padding":{"direction":"Up"}}"#,
    ]) func wrongTokenizerFile(_ text: String) {
        #expect(throws: ConfigurationError.self) { try tokenizer(tokenizer: text) }
    }

    @Test(arguments: [#"["a"]"#, #"["a","b","ab"]"#, #""a b c""#, "7", #"["a",7]"#])
    func malformedMergeInTokenizerFile(_ merge: String) {
        #expect {
            try tokenizer(tokenizer: "{\"model\":{\"vocab\":{\"a\":0},\"merges\":[\(merge)]}}")
        } throws: { error in
            guard case .malformedMerge("t/tokenizer.json", _, _) = error as? TokenizerError else { return false }
            return true
        }
    }

    @Test func brokenJSON() {
        #expect(throws: JSONError.self) { try tokenizer(vocabulary: "{\"a\":0,") }
        #expect(throws: JSONError.self) { try tokenizer(vocabulary: #"{"a":0,"a":1}"#) }
        #expect(throws: JSONError.self) { try tokenizer(configuration: "") }
        #expect(throws: JSONError.self) { try tokenizer(map: "{]") }
        #expect(throws: ConfigurationError.self) { try tokenizer(added: #"{"x":"y"}"#) }
    }

    @Test func saysWhatIsWrong() {
        let error = TokenizerError.mergeOutsideVocabulary(file: "t/merges.txt", place: "line 2", token: "x")
        #expect(error.code == "tokenizer.merge-outside-vocabulary")
        #expect(error.description.contains("t/merges.txt"))
        #expect(error.description.contains("line 2"))
        #expect(error.description.contains("\"x\""))
    }
}
