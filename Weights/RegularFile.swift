import DiffusionBasics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An open regular file, read by position and never mapped: a file that shrinks is an error, not a signal.
package final class RegularFile: Sendable {
    package let path: String
    /// Bytes, when the file was opened.
    package let size: Int
    let descriptor: Int32

    /// Folders, pipes, devices and sockets are refused without being opened.
    /// - Throws: `FileError`.
    package init(_ path: String) throws {
        try Self.check(path)
        // The kind is asked again of the open file, and a pipe put there meanwhile must not block.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError.system(errno, path: path, action: "opened") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, FileSystem.Kind(mode: status.st_mode) == .regular else {
            close(descriptor)
            throw FileError.wrongKind(path: path, found: .other, expected: "a file")
        }
        self.path = path
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    private static func check(_ path: String) throws {
        guard !path.utf8.contains(0) else {
            throw FileError.refused(path: "A path", action: "opened", reason: "it holds a NUL")
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError.system(errno, path: path, action: "opened") }
        let kind = FileSystem.Kind(mode: status.st_mode)
        guard kind == .regular else { throw FileError.wrongKind(path: path, found: kind, expected: "a file") }
    }

    /// Fills `target` with the bytes from `offset` on.
    /// - Throws: `FileError`, `shrank` where the file ends before.
    package func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws {
        guard let start = target.baseAddress else { return }
        var done = 0
        while done < target.count {
            let count = pread(descriptor, start + done, target.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                throw FileError.shrank(path: path, offset: offset + done)
            } else if errno != EINTR {
                throw FileError.system(errno, path: path, action: "read")
            }
        }
    }

    /// A range of bytes.
    package func bytes(_ range: Range<Int>) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            try read(
                at: range.lowerBound,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<range.count]))
            count = range.count
        }
    }

    /// The whole of a file that is not longer than `limit` bytes.
    /// - Throws: `FileError`.
    package static func contents(of path: String, limit: Int = 64 << 20) throws -> [UInt8] {
        let file = try RegularFile(path)
        guard file.size <= limit else { throw FileError.tooLarge(path: path, size: file.size, limit: limit) }
        return try file.bytes(0..<file.size)
    }

    /// A whole JSON file; a configuration has some kilobytes.
    /// - Throws: `FileError`, `JSONError`.
    package static func json(
        at path: String, limit: Int = 1 << 20, allowsNonFinite: Bool = false
    ) throws -> JSONNode {
        try JSONParser.parse(contents(of: path, limit: limit), file: path, allowsNonFinite: allowsNonFinite)
    }
}
