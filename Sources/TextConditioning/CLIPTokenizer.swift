import DiffusionBasics
import DiffusionWeights

/// CLIP's byte-pair tokenizer, from a `tokenizer` folder in diffusers layout.
///
/// Gives the ids of transformers 5.23's `CLIPTokenizer` with tokenizers 0.23, whose pipeline is fixed: normalizer,
/// splitting, byte alphabet and `</w>` are the class's own, whatever `tokenizer.json` or `do_lower_case` say; only
/// vocabulary, merges, added and special tokens, sides and length come from the files.
///
/// Deviations: a vocabulary that gives one id to two tokens is refused; empty lines in `merges.txt` are skipped.
package struct CLIPTokenizer: Sendable {
    /// How many ids a prompt has, start, end and padding counted: the text encoder's positions.
    package let lengthLimit: Int
    package let startID: Int
    package let endID: Int
    package let paddingID: Int
    /// The largest id that `encode` can give: the text encoder needs a row for it.
    package let highestID: Int

    private let encoder: BytePairEncoder
    private let added: AddedVocabulary
    private let sides: TokenizerSides

    /// - Parameter textEncoderPositions: the length limit where `tokenizer_config.json` gives none.
    /// - Throws: `TokenizerError`, `JSONError` or `ConfigurationError`, with file, place, expected and found.
    package init(files: TokenizerFiles, textEncoderPositions: Int? = nil) throws {
        let vocabulary = try Vocabulary(files: files)
        let special = try SpecialTokens(files: files, tokenizer: vocabulary.tokenizer)
        let settings = try TokenizerSettings(files: files, tokenizer: vocabulary.tokenizer)
        guard let limit = settings.lengthLimit ?? textEncoderPositions else {
            throw TokenizerError.missingLengthLimit(file: "\(files.folder)/tokenizer_config.json")
        }
        added = AddedVocabulary(
            special.added, vocabulary: vocabulary.tokens, ignoresSpecial: settings.splitsSpecialTokens)
        encoder = BytePairEncoder(
            vocabulary: vocabulary.tokens, merges: vocabulary.merges, unknownToken: String(scalars: special.unknown),
            folder: files.folder)
        lengthLimit = limit
        sides = settings.sides
        startID = try Self.id(of: special.start, "bos_token", added, files)
        endID = try Self.id(of: special.end, "eos_token", added, files)
        paddingID = try Self.id(of: special.padding, "pad_token", added, files)
        highestID = Int(max(vocabulary.tokens.highestID ?? 0, added.highestID ?? 0))
    }

    private static func id(
        of token: [Unicode.Scalar], _ role: String, _ added: AddedVocabulary, _ files: TokenizerFiles
    ) throws -> Int {
        if let id = added.id(of: token) { return Int(id) }
        throw TokenizerError.missingSpecialToken(file: "\(files.folder)/tokenizer_config.json", key: role)
    }
}

extension CLIPTokenizer {
    /// The ids of `prompt`, as transformers' `tokenizer(prompt, padding="max_length", max_length=lengthLimit,
    /// truncation=True)`.
    /// - Throws: `TokenizerError.unknownTokenOutsideVocabulary`.
    package func encode(_ prompt: String) throws -> TokenizedPrompt {
        let all = try ids(of: prompt)
        let kept = sides.keptRange(of: all.count, limit: lengthLimit - 2)
        let content = [startID] + all[kept] + [endID]
        let padding = Array(repeating: paddingID, count: lengthLimit - content.count)
        let cut = Array(all[..<kept.lowerBound] + all[kept.upperBound...])
        return TokenizedPrompt(
            ids: sides.padsLeft ? padding + content : content + padding,
            contentRange: sides.padsLeft ? padding.count..<lengthLimit : 0..<content.count,
            pieces: all.indices.map {
                TokenizedPrompt.Piece(id: all[$0], spelling: spelling(all[$0]), isKept: kept.contains($0))
            },
            truncatedText: cut.isEmpty ? nil : decode(cut))
    }

    /// The text that `ids` stand for, as transformers' `tokenizer.decode(ids)`; ids without a token are left out, bytes
    /// that are no UTF-8 become U+FFFD.
    package func decode(_ ids: [Int], skippingSpecialTokens: Bool = false) -> String {
        let bytes = ids.flatMap { id -> [UInt8] in
            let token = spelling(id)
            return skippingSpecialTokens && added.isSpecial(token) ? [] : ByteAlphabet.bytes(of: token)
        }
        let text = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        return String(scalars: Self.trimmed(Self.replacing(Array(BytePairEncoder.suffix.unicodeScalars), in: text)))
    }

    /// How the vocabulary writes a token; empty for an id that has none.
    private func spelling(_ id: Int) -> String {
        guard let id = UInt32(exactly: id) else { return "" }
        return added.text(id) ?? encoder.vocabulary.token(id) ?? ""
    }

    /// All tokens of a prompt, without start, end and padding.
    private func ids(of prompt: String) throws -> [Int] {
        var ids: [UInt32] = []
        for segment in added.written.segments(of: Array(prompt.unicodeScalars)) {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let text): try append(PromptNormalizer.normalized(Array(text)), to: &ids)
            }
        }
        return ids.map(Int.init)
    }

    private func append(_ normalized: [Unicode.Scalar], to ids: inout [UInt32]) throws {
        for segment in added.normalized.segments(of: normalized) {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let text):
                let text = Array(text)
                for piece in PromptSplitter.pieces(of: text) { ids += try encoder.ids(of: text[piece]) }
            }
        }
    }
}

extension CLIPTokenizer {
    /// Each occurrence of `pattern` replaced by one blank.
    private static func replacing(_ pattern: [Unicode.Scalar], in text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var position = 0
        while position < text.count {
            let isFound = text[position...].starts(with: pattern)
            result.append(isFound ? " " : text[position])
            position += isFound ? pattern.count : 1
        }
        return result
    }

    /// Without white space at both ends, as Python's `strip` sees it.
    private static func trimmed(_ text: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar> {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
        }
        let rest = text.drop(while: isSpace)
        return rest.prefix((rest.lastIndex { !isSpace($0) } ?? rest.startIndex - 1) + 1 - rest.startIndex)
    }
}
