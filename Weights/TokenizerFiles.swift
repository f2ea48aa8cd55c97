import DiffusionBasics

/// The bytes of a tokenizer's files; nil where there is no such file.
package struct TokenizerFiles: Sendable {
    /// The name of the folder in errors, for example `tokenizer`.
    package var folder: String
    /// `tokenizer.json`: vocabulary, merges and added tokens in one; it wins over the separate files.
    package var tokenizer: [UInt8]?
    /// `vocab.json`
    package var vocabulary: [UInt8]?
    /// `merges.txt`
    package var merges: [UInt8]?
    /// `tokenizer_config.json`
    package var configuration: [UInt8]?
    /// `special_tokens_map.json`
    package var specialTokensMap: [UInt8]?
    /// `added_tokens.json`
    package var addedTokens: [UInt8]?

    package init(
        folder: String, tokenizer: [UInt8]? = nil, vocabulary: [UInt8]? = nil, merges: [UInt8]? = nil,
        configuration: [UInt8]? = nil, specialTokensMap: [UInt8]? = nil, addedTokens: [UInt8]? = nil
    ) {
        self.folder = folder
        self.tokenizer = tokenizer
        self.vocabulary = vocabulary
        self.merges = merges
        self.configuration = configuration
        self.specialTokensMap = specialTokensMap
        self.addedTokens = addedTokens
    }

    /// Reads the folder at `path`; errors call it by that path.
    /// - Throws: `FileError` where a file is there and cannot be read.
    package init(path: String) throws {
        func contents(_ name: String) throws -> [UInt8]? {
            let file = FileSystem.join(path, name)
            return FileSystem.kind(of: file) == nil ? nil : try RegularFile.contents(of: file)
        }
        let tokenizer = try contents("tokenizer.json")
        let isComplete = tokenizer != nil
        self.init(
            folder: path, tokenizer: tokenizer, vocabulary: isComplete ? nil : try contents("vocab.json"),
            merges: isComplete ? nil : try contents("merges.txt"), configuration: try contents("tokenizer_config.json"),
            specialTokensMap: try contents("special_tokens_map.json"), addedTokens: try contents("added_tokens.json"))
    }
}
