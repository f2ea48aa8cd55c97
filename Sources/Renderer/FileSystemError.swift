import DiffusionBasics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the operating system answered when a file was read or written.
package struct FileSystemError: DescribedError, Equatable {
    /// What was tried, as it stands in the sentence.
    package enum Operation: String, Sendable {
        case read
        case written
        case flushed
        case removed
        case created
    }

    package var path: String
    package var operation: Operation
    /// The value of `errno`.
    package var number: Int32

    package init(_ path: String, _ operation: Operation, number: Int32) {
        self.path = path
        self.operation = operation
        self.number = number
    }

    /// The error that `errno` holds now.
    static func current(_ path: String, _ operation: Operation) -> FileSystemError {
        FileSystemError(path, operation, number: errno)
    }

    /// Whether there is nothing at that path.
    package var isMissing: Bool { number == ENOENT || number == ENOTDIR }

    package var code: String { Self.known[number].map { "file.\($0.code)" } ?? "file.system" }

    package var sentence: String { "\(path) cannot be \(operation.rawValue): \(reason)." }

    package var remedy: String? { Self.known[number]?.remedy }

    package var isTransient: Bool { Self.known[number]?.isTransient ?? false }

    private var reason: String { Self.known[number]?.reason ?? String(cString: strerror(number)) }

    private struct Meaning {
        var code: String
        var reason: String
        var remedy: String?
        var isTransient = false
    }

    private static let known: [Int32: Meaning] = [
        ENOSPC: Meaning(code: "disk-full", reason: "the disk is full", remedy: "Make room.", isTransient: true),
        EDQUOT: Meaning(code: "quota", reason: "the disk quota is used up", remedy: "Make room.", isTransient: true),
        EIO: Meaning(code: "device", reason: "the device reports an error", isTransient: true),
        ESTALE: Meaning(code: "stale", reason: "the network file system lost it", isTransient: true),
        ENOMEM: Meaning(code: "out-of-memory", reason: "there is not enough memory", isTransient: true),
        EMFILE: Meaning(code: "too-many-open", reason: "this process has too many files open", isTransient: true),
        ENFILE: Meaning(code: "too-many-open", reason: "the system has too many files open", isTransient: true),
        EFBIG: Meaning(code: "too-large", reason: "it is larger than the limit for files", remedy: "See ulimit -f."),
        ENOENT: Meaning(code: "not-found", reason: "there is no such file or folder"),
        ENOTDIR: Meaning(code: "not-a-folder", reason: "a part of its path is no folder"),
        EISDIR: Meaning(code: "is-a-folder", reason: "it is a folder"),
        EACCES: Meaning(code: "not-permitted", reason: "permission is denied"),
        EPERM: Meaning(code: "not-permitted", reason: "the operation is not permitted"),
        EROFS: Meaning(code: "read-only", reason: "the file system is read-only"),
        ENAMETOOLONG: Meaning(code: "name-too-long", reason: "its name is too long"),
        ELOOP: Meaning(code: "link-loop", reason: "its path runs through too many symbolic links"),
    ]
}

/// Repeats a system call while a signal interrupts it.
func retryingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
