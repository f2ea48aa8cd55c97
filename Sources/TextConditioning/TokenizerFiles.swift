#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The bytes of a tokenizer folder's files; nil where the folder lacks one.
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
    /// - Throws: `TokenizerError` where a file is there and cannot be read.
    package init(path: String) throws {
        func contents(_ name: String) throws -> [UInt8]? { try Self.contents(of: "\(path)/\(name)") }
        let tokenizer = try contents("tokenizer.json")
        let isComplete = tokenizer != nil
        self.init(
            folder: path, tokenizer: tokenizer, vocabulary: isComplete ? nil : try contents("vocab.json"),
            merges: isComplete ? nil : try contents("merges.txt"), configuration: try contents("tokenizer_config.json"),
            specialTokensMap: try contents("special_tokens_map.json"), addedTokens: try contents("added_tokens.json"))
    }
}

extension TokenizerFiles {
    /// Far above any tokenizer: CLIP's `tokenizer.json` has 3.6 MB.
    private static let sizeLimit = 128 << 20

    /// The file's bytes, or nil where there is no such file.
    private static func contents(of path: String) throws -> [UInt8]? {
        // A pipe would make a blocking open wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unreadable(path)
        }
        defer { close(descriptor) }
        let size = try regularSize(of: descriptor, path)
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw unreadable(path) }
                guard got > 0 else { throw TokenizerError.unreadableFile(file: path, reason: "it shrinks while read") }
                count += got
            }
        }
    }

    private static func regularSize(of descriptor: CInt, _ path: String) throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TokenizerError.unreadableFile(file: path, reason: "it is not a regular file")
        }
        let size = Int(status.st_size)
        guard size <= sizeLimit else { throw TokenizerError.fileTooLarge(file: path, bytes: size, limit: sizeLimit) }
        return size
    }

    private static func unreadable(_ path: String) -> TokenizerError {
        .unreadableFile(file: path, reason: String(cString: strerror(errno)))
    }
}
