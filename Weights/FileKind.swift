/// What a file is, told from its first bytes, for those that people hand to a reader of safetensors by mistake.
package enum FileKind: String, Sendable, CaseIterable {
    case zip = "a zip archive, as PyTorch's .ckpt, .pt and .bin files are"
    case pickle = "a Python pickle, as older PyTorch .ckpt, .pt and .bin files are"
    case tar = "a tar archive, as the oldest PyTorch files are"
    case gguf = "a GGUF file"
    case ggml = "a GGML file"
    case html = "a web page, not what the page links to"
    case lfsPointer = "a Git LFS pointer, not the file that it stands for"
    case json = "a JSON text"
    case gzip = "a gzip archive"
    case hdf5 = "an HDF5 file, as Keras weights are"
    case png = "a PNG picture"
    case jpeg = "a JPEG picture"
    case executable = "an executable program"
    case zeros = "empty space: its first bytes are all zero, as in a download that was cut off"

    /// Bytes needed to tell.
    package static let prefixLength = 512

    package static func recognise(_ prefix: [UInt8]) -> FileKind? {
        if prefix.count >= 64, prefix.prefix(64).allSatisfy({ $0 == 0 }) { return .zeros }
        if let match = signatures.first(where: { prefix.starts(with: $0.bytes) }) { return match.kind }
        if prefix.count > 262, prefix[257..<262].elementsEqual("ustar".utf8) { return .tar }
        if prefix.count > 2, prefix[0] == 0x80, (2...5).contains(prefix[1]) { return .pickle }
        return recogniseText(prefix)
    }

    private static let signatures: [(bytes: [UInt8], kind: FileKind)] = [
        (Array("PK\u{3}\u{4}".utf8), .zip), (Array("PK\u{5}\u{6}".utf8), .zip), (Array("GGUF".utf8), .gguf),
        (Array("lmgg".utf8), .ggml), (Array("tjgg".utf8), .ggml), (Array("fmgg".utf8), .ggml),
        ([0x1F, 0x8B], .gzip), ([0x89] + Array("HDF\r\n".utf8), .hdf5), ([0x89] + Array("PNG".utf8), .png),
        ([0xFF, 0xD8, 0xFF], .jpeg), ([0x7F] + Array("ELF".utf8), .executable),
        (Array("version https://git-lfs".utf8), .lfsPointer),
    ]

    private static func recogniseText(_ prefix: [UInt8]) -> FileKind? {
        let text = prefix.drop { $0 == 0xEF || $0 == 0xBB || $0 == 0xBF || [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if text.first == UInt8(ascii: "<") { return .html }
        return text.first == UInt8(ascii: "{") ? .json : nil
    }

    /// What the owner of such a file can do.
    package var remedy: String? {
        switch self {
        case .zip, .pickle, .tar:
            "Such files can run code when they are opened and are never read here; convert it to safetensors, for "
                + "example with save_pretrained(safe_serialization=True) in diffusers, or take the model's safetensors file."
        case .gguf, .ggml, .hdf5: "Take the model's safetensors file instead."
        case .lfsPointer: "Fetch the file itself with \"git lfs pull\"."
        case .html, .zeros: "Download the file again."
        default: nil
        }
    }
}
