import DiffusionText

/// A prompt as the model's text encoder takes it.
public struct PromptTokens: Sendable, Equatable {
    /// One token of the prompt.
    public struct Piece: Sendable, Equatable {
        /// The token's number in the vocabulary.
        public var id: Int
        /// As the vocabulary writes it: `cat</w>` for a word's end.
        public var spelling: String
        /// Whether it fits; false for what is cut.
        public var isKept: Bool
    }

    /// What the text encoder is given: start token, prompt, end token, padding.
    public var ids: [Int]
    /// The prompt's own tokens, the cut ones among them.
    public var pieces: [Piece]
    /// Tokens that a prompt may have, start and end not counted.
    public var limit: Int
    /// The text that is cut; nil where all of it fits.
    public var truncatedText: String?
}

extension DiffusionModel {
    /// Reads the model's tokenizer and takes a prompt apart.
    /// - Throws: what is wrong with the tokenizer's files, in one sentence.
    public func tokens(of prompt: String) throws -> PromptTokens {
        let tokenizer = try CLIPTokenizer(files: try source.tokenizer(), textEncoderPositions: text.positionCount)
        let tokenized = try tokenizer.encode(prompt)
        return PromptTokens(
            ids: tokenized.ids,
            pieces: tokenized.pieces.map { .init(id: $0.id, spelling: $0.spelling, isKept: $0.isKept) },
            limit: tokenizer.lengthLimit - 2, truncatedText: tokenized.truncatedText)
    }
}
