import DiffusionBasics

/// The tokenizer of CLIP, which every Stable Diffusion model is trained with and no single-file checkpoint holds.
///
/// `Resources/CLIPTokenizer/merges.txt` is OpenAI's list of merges (its licence beside it); the vocabulary follows from it:
/// the 256 bytes, the same at a word's end, each merge's result, start and end.
enum CLIPTokenizerFiles {
    static let start = "<|startoftext|>"
    static let end = "<|endoftext|>"

    /// - Throws: `ModelError.notFound` without the resource bundle; `FileError`.
    static func read(padding: String, lengthLimit: Int) throws -> TokenizerFiles {
        let path = try PackageResources.locate("CLIPTokenizer", as: "CLIP's tokenizer", remedy: "Name a model folder.")
        let merges = try RegularFile.contents(of: FileSystem.join(path, "merges.txt"))
        return TokenizerFiles(
            folder: path, vocabulary: Array(vocabulary(merges: String(decoding: merges, as: UTF8.self)).utf8),
            merges: merges, configuration: Array(configuration(padding: padding, lengthLimit: lengthLimit).utf8))
    }

    /// `tokenizer_config.json`
    static func configuration(padding: String, lengthLimit: Int) -> String {
        """
        {"tokenizer_class": "CLIPTokenizer", "model_max_length": \(lengthLimit), "bos_token": \(JSONNode.quoted(start)),
         "eos_token": \(JSONNode.quoted(end)), "unk_token": \(JSONNode.quoted(end)),
         "pad_token": \(JSONNode.quoted(padding))}
        """
    }

    /// `vocab.json`: ids by token, in OpenAI CLIP's order.
    private static func vocabulary(merges: String) -> String {
        let bytes = byteScalars.map { String(Character($0)) }
        let merged = merges.split(separator: "\n").dropFirst().map { $0.filter { $0 != " " } }
        let tokens = bytes + bytes.map { "\($0)</w>" } + merged + [start, end]
        return "{" + tokens.enumerated().map { "\(JSONNode.quoted($1)):\($0)" }.joined(separator: ",") + "}"
    }

    /// GPT-2's visible stand-ins for the 256 bytes: printable Latin-1 first, in order, then the rest from U+0100 on.
    private static var byteScalars: [UnicodeScalar] {
        let printable = [0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF] as [ClosedRange<UInt32>]
        let others = 256 - printable.reduce(0) { $0 + $1.count }
        return (printable.flatMap { Array($0) } + (0..<UInt32(others)).map { 0x100 + $0 }).compactMap(
            UnicodeScalar.init)
    }
}
