#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension RegularFile {
    /// What tells a file with its present content from every other: as long as it stays, so does the content, unless
    /// somebody turns the clock back.
    package struct Identity: Sendable, Hashable {
        package var device: UInt64
        package var inode: UInt64
        package var size: Int
        /// Nanoseconds since 1970 of the last change of the content, and of the content or the file's own record; the
        /// second cannot be set by hand.
        package var modified: Int64
        package var changed: Int64
    }

    /// - Throws: `FileError`.
    package func identity() throws -> Identity {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError.system(errno, path: path, action: "read") }
        #if canImport(Darwin)
        let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
        let (modified, changed) = (status.st_mtim, status.st_ctim)
        #endif
        return Identity(
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
            modified: Self.nanoseconds(modified), changed: Self.nanoseconds(changed))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
