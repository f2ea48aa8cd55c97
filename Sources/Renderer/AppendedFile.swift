#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file that grows by whole lines: each goes out in one write, and one that fails leaves no part of itself behind.
package struct AppendedFile: ~Copyable {
    package let path: String
    private let descriptor: Int32

    /// Opens a file, made where there is none.
    /// - Throws: `FileSystemError`.
    package init(_ path: String) throws {
        let parts = PathParts(path)
        let folder = try FolderHandle(parts.folder)
        try self.init(parts.name, in: folder, flags: O_CREAT)
    }

    /// Makes a file that is not there yet.
    /// - Throws: `FileSystemError`, `EEXIST` where it is.
    package init(new name: String, in folder: borrowing FolderHandle) throws {
        try self.init(name, in: folder, flags: O_CREAT | O_EXCL)
    }

    private init(_ name: String, in folder: borrowing FolderHandle, flags: Int32) throws {
        let opened = folder.open(name, O_WRONLY | O_APPEND | O_NOFOLLOW | flags)
        guard opened >= 0 else { throw FileSystemError.current(folder.path(of: name), .created) }
        path = folder.path(of: name)
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// Writes `bytes` at the end.
    /// - Parameter flushing: waits until they are on the disk.
    /// - Throws: `FileSystemError`.
    package func append(_ bytes: [UInt8], flushing: Bool) throws {
        let end = lseek(descriptor, 0, SEEK_END)
        let written = bytes.withUnsafeBytes { buffer in
            retryingInterrupted { write(descriptor, buffer.baseAddress, buffer.count) }
        }
        guard written == bytes.count else {
            let error = written < 0 ? errno : ENOSPC
            if written > 0, end >= 0 { _ = ftruncate(descriptor, end) }
            throw FileSystemError(path, .written, number: error)
        }
        guard !flushing || retryingInterrupted({ fdatasync(descriptor) }) == 0 else {
            throw FileSystemError.current(path, .flushed)
        }
    }
}

#if canImport(Darwin)
/// Which macOS does not declare.
private func fdatasync(_ descriptor: Int32) -> Int32 { fsync(descriptor) }
#endif
