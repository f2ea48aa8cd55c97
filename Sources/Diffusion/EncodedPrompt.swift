import DiffusionEngine
import DiffusionTensors
import DiffusionText

/// A prompt as the U-Net wants it.
struct EncodedPrompt: Sendable {
    /// `[1, tokens, width]`.
    let context: Tensor
    /// Tokens before padding, start and end included, after cutting.
    let tokenCount: Int
    /// Sentences worth showing.
    let warnings: [String]

    init(_ prompt: String, clipSkip: Int, _ networks: LoadedNetworks, in compute: ComputeContext) throws {
        let tokenized = try networks.tokenizer.encode(prompt)
        context = try networks.textEncoder(in: compute).context(of: [tokenized.ids], skipping: clipSkip, in: compute)
        tokenCount = tokenized.contentRange.count
        var warnings: [String] = []
        if let note = PromptSyntaxNote(prompt: prompt) { warnings.append(note.sentence) }
        if let cut = tokenized.truncatedText {
            warnings.append(
                "The prompt is longer than the \(tokenized.ids.count) tokens that the text encoder takes; this was cut: "
                    + "\"\(cut)\"")
        }
        self.warnings = warnings
    }
}

/// The prompts used last; a context of 77 × 768 floats is 236 KB.
struct PromptCache: Sendable {
    struct Key: Hashable, Sendable {
        /// As bytes: Swift takes canonically equivalent strings for equal, a tokenizer need not.
        private let bytes: [UInt8]
        private let clipSkip: Int

        init(prompt: String, clipSkip: Int) {
            bytes = Array(prompt.utf8)
            self.clipSkip = clipSkip
        }
    }

    /// Enough for a thousand prompts of Stable Diffusion 1.5: a job file asks for each of its own at every size.
    static let mostFloats = 64 << 20
    private var entries: [Key: (prompt: EncodedPrompt, lastUse: Int)] = [:]
    private var floatCount = 0
    private var useCount = 0
    /// How often a prompt was put in.
    private(set) var insertCount = 0

    /// What is known of a prompt, which counts as a use of it.
    mutating func use(_ key: Key) -> EncodedPrompt? {
        useCount += 1
        entries[key]?.lastUse = useCount
        return entries[key]?.prompt
    }

    /// Makes room by what was not used for the longest time.
    mutating func insert(_ prompt: EncodedPrompt, for key: Key) {
        useCount += 1
        insertCount += 1
        floatCount += prompt.context.shape.elementCount - (entries[key]?.prompt.context.shape.elementCount ?? 0)
        entries[key] = (prompt, useCount)
        while floatCount > Self.mostFloats, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            floatCount -= oldest.value.prompt.context.shape.elementCount
            entries[oldest.key] = nil
        }
    }
}
