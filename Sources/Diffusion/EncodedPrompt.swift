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

/// The prompts encoded last; a context of 77 × 768 floats is 236 KB.
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

    private static let capacity = 32
    private var entries: [Key: EncodedPrompt] = [:]
    private var order: [Key] = []

    subscript(key: Key) -> EncodedPrompt? {
        get { entries[key] }
        set {
            if entries.updateValue(newValue, forKey: key) == nil { order.append(key) }
            if order.count > Self.capacity { entries[order.removeFirst()] = nil }
        }
    }
}

extension [PromptCache.Key: EncodedPrompt] {
    fileprivate mutating func updateValue(_ value: EncodedPrompt?, forKey key: Key) -> EncodedPrompt? {
        let old = self[key]
        self[key] = value
        return old
    }
}
