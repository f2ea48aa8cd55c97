#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads whole small files.
enum InputFile {
    /// - Throws: `FileSystemError` where it cannot be opened or read, `ImageError` where it is no ordinary file, over the
    ///   limit, or shrinks meanwhile.
    static func read(_ path: String, maximumByteCount: Int) throws -> [UInt8] {
        // Without O_NONBLOCK a pipe nobody writes to would be waited for.
        let descriptor = retryingInterrupted { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw FileSystemError.current(path, .read) }
        defer { close(descriptor) }
        let count = try byteCount(of: descriptor, path: path)
        guard count <= maximumByteCount else {
            throw ImageError.tooLarge(file: path, limit: "\(maximumByteCount >> 20) MiB")
        }
        return try contents(of: descriptor, count: count, path: path)
    }

    private static func byteCount(of descriptor: Int32, path: String) throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileSystemError.current(path, .read) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return Int(status.st_size)
        case S_IFDIR: throw ImageError.unknownFormat(file: path, found: "a folder")
        default: throw ImageError.unknownFormat(file: path, found: "a device or a pipe")
        }
    }

    private static func contents(of descriptor: Int32, count: Int, path: String) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            while initializedCount < count {
                let rest = UnsafeMutableRawBufferPointer(buffer).baseAddress.map { $0 + initializedCount }
                let got = retryingInterrupted {
                    pread(descriptor, rest, count - initializedCount, off_t(initializedCount))
                }
                guard got >= 0 else { throw FileSystemError.current(path, .read) }
                guard got > 0 else { throw ImageError.truncated(file: path) }
                initializedCount += got
            }
        }
    }
}
