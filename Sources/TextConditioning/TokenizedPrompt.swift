/// A prompt as the text encoder takes it, and what became of its words.
package struct TokenizedPrompt: Sendable, Equatable {
    /// One token of the prompt.
    package struct Piece: Sendable, Equatable {
        package var id: Int
        /// As the vocabulary writes it: `cat</w>` for a word's end, bytes that are no letters as stand-ins.
        package var spelling: String
        /// Whether it fits; false for what was cut.
        package var isKept: Bool
    }

    /// Start token, prompt, end token and padding: exactly as many as the tokenizer's limit.
    package let ids: [Int]
    /// Where start token, prompt and end token stand in `ids`; the rest is padding.
    package let contentRange: Range<Int>
    /// All tokens of the prompt in order, without start, end and padding, the cut ones among them.
    package let pieces: [Piece]
    /// The text that was cut, as the vocabulary spells it out; nil where the whole prompt fits.
    package let truncatedText: String?

    /// How many tokens the whole prompt has, without start and end.
    package var tokenCount: Int { pieces.count }
}
