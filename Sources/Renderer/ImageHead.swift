#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a picture file says of its making, read from its beginning; no pixel is decoded.
package struct ImageHead: Sendable {
    /// nil where it says nothing.
    package var parameters: ImageParameters?
    /// Whether the file ends as its format does, so that no part of it is missing at the end.
    package var isComplete: Bool

    /// - Parameter name: of a file in `folder`; a symbolic link is not followed.
    /// - Returns: nil for anything that is no PNG and no JPEG file.
    /// - Throws: `FileSystemError` where there is a file and it cannot be read.
    package init?(_ name: String, in folder: borrowing FolderHandle) throws {
        let descriptor = folder.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ELOOP { return nil }
            throw FileSystemError.current(folder.path(of: name), .read)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let file = OpenBytes(descriptor: descriptor, count: Int(status.st_size), path: folder.path(of: name))
        let start = try file.bytes(0..<8)
        if start == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] {
            parameters = try PNGHead.parametersText(in: file).map(ImageParameters.init(parsing:))
            isComplete = try file.bytes(file.count - 12..<file.count) == PNGHead.lastChunk
        } else if start.starts(with: [0xFF, 0xD8, 0xFF]) {
            parameters = try JPEGHead.parametersText(in: file).map(ImageParameters.init(parsing:))
            isComplete = try file.bytes(file.count - 2..<file.count) == [0xFF, 0xD9]
        } else {
            return nil
        }
    }
}

/// Bytes of a file by their place; what lies outside of it is absent.
private struct OpenBytes {
    let descriptor: Int32
    let count: Int
    let path: String

    func bytes(_ range: Range<Int>) throws -> [UInt8] {
        let range = range.clamped(to: 0..<count)
        var bytes = [UInt8](repeating: 0, count: range.count)
        let read = bytes.withUnsafeMutableBytes { buffer in
            retryingInterrupted { pread(descriptor, buffer.baseAddress, buffer.count, off_t(range.lowerBound)) }
        }
        guard read >= 0 else { throw FileSystemError.current(path, .read) }
        return Array(bytes.prefix(read))
    }

    func number(at offset: Int, byteCount: Int) throws -> Int? {
        let bytes = try bytes(offset..<offset + byteCount)
        return bytes.count == byteCount ? bytes.reduce(0) { $0 << 8 | Int($1) } : nil
    }
}

/// PNG's chunks before the pixels (PNG specification, section 5.3).
private enum PNGHead {
    /// IEND: no length, its name, its checksum.
    static let lastChunk: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]
    private static let longestText = 4 << 20
    private static let mostChunks = 1000

    static func parametersText(in file: OpenBytes) throws -> String? {
        var (offset, chunksLeft) = (8, mostChunks)
        while chunksLeft > 0, let length = try file.number(at: offset, byteCount: 4), offset + 12 + length <= file.count
        {
            let name = try file.bytes(offset + 4..<offset + 8)
            if name == Array("IDAT".utf8) { return nil }
            let isLatin1 = name == Array("tEXt".utf8)
            if isLatin1 || name == Array("iTXt".utf8), length <= longestText,
                let text = text(of: try file.bytes(offset + 8..<offset + 8 + length), isLatin1: isLatin1)
            {
                return text
            }
            offset += 12 + length
            chunksLeft -= 1
        }
        return nil
    }

    /// The text of a `parameters` chunk, nil for others and for compressed ones, which this package does not write.
    private static func text(of chunk: [UInt8], isLatin1: Bool) -> String? {
        let keyword = Array(ImageMetadata.parametersKeyword.utf8) + [0]
        guard chunk.starts(with: keyword) else { return nil }
        let rest = chunk.dropFirst(keyword.count)
        if isLatin1 { return Latin1.string(from: rest) }
        // Compression flag and method, then language and translated keyword, each closed by a NUL.
        guard rest.first == 0 else { return nil }
        let fields = rest.dropFirst(2).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        return fields.count == 3 ? String(decoding: fields[2], as: UTF8.self) : nil
    }
}

/// JPEG's segments before the first scan.
private enum JPEGHead {
    private static let startOfScan = 0xFFDA
    private static let app1 = 0xFFE1

    static func parametersText(in file: OpenBytes) throws -> String? {
        var offset = 2
        while let marker = try file.number(at: offset, byteCount: 2), marker != startOfScan,
            let length = try file.number(at: offset + 2, byteCount: 2), length >= 2
        {
            if marker == app1 {
                let payload = try file.bytes(offset + 4..<offset + 2 + length)
                let prefix = Array("Exif\0\0".utf8)
                if payload.starts(with: prefix), payload.count > prefix.count {
                    return EXIFBlock(parsing: Array(payload.dropFirst(prefix.count))).userComment
                }
            }
            offset += 2 + length
        }
        return nil
    }
}
