import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What happens where a file has the name already.
package enum ExistingFilePolicy: Sendable, Hashable {
    /// `OutputError.exists`.
    case refuse
    /// The old file is whole until the new one takes its place.
    case replace
    /// The first free of `name.png`, `name-1.png`, `name-2.png`, …; two processes never get the same.
    case number
}

/// Writes files that are whole or absent.
///
/// The bytes go to a hidden temporary file in the same folder, are flushed to the disk, then the file takes its name in
/// one step and the folder is flushed. A symbolic link that has the name is replaced, not followed.
package struct AtomicFile: Sendable {
    package var policy: ExistingFilePolicy
    private let temporaries: TemporaryFiles
    private let numbers: UsedNumbers?

    /// - Parameter numbers: those that a run has used, so that it need not try them again.
    package init(_ policy: ExistingFilePolicy, temporaries: TemporaryFiles, numbers: UsedNumbers? = nil) {
        self.policy = policy
        self.temporaries = temporaries
        self.numbers = numbers
    }

    /// Writes `bytes`; on any error, and on cancellation, the folder is as it was.
    /// - Returns: the path that the file has.
    /// - Throws: `OutputError`, `FileSystemError` (`isTransient` for a full disk and the like), `CancellationError`.
    @discardableResult
    package func write(_ bytes: [UInt8], to path: String) throws -> String {
        let target = PathParts(path)
        guard !["", ".", ".."].contains(target.name) else { throw OutputError.hasNoName(path: path) }
        return try write(bytes, as: target, in: FolderHandle(target.folder))
    }

    /// As `write(_:to:)`, into a folder that is open already.
    @discardableResult
    package func write(_ bytes: [UInt8], named name: String, in folder: borrowing FolderHandle) throws -> String {
        try write(bytes, as: PathParts(folder.path(of: name)), in: folder)
    }

    private func write(
        _ bytes: [UInt8], as target: PathParts, in folder: borrowing FolderHandle
    ) throws -> String {
        try checkName(target, in: folder)
        let (temporary, descriptor) = try temporaries.create(in: folder)
        var isNamed = false
        defer { if !isNamed { temporaries.remove(temporary, in: folder) } }
        try Self.fill(descriptor, with: bytes, path: target.path)
        let result = try name(temporary, as: target, in: folder)
        isNamed = true
        temporaries.forget(temporary, in: folder)
        try folder.flush()
        return result.path
    }

    /// Whether `write` could begin: the folder exists and can be written to, the name is no folder and no device, and
    /// is free where the policy is to refuse.
    package func check(_ path: String) throws {
        let target = PathParts(path)
        guard !["", ".", ".."].contains(target.name) else { throw OutputError.hasNoName(path: path) }
        let folder = try FolderHandle(target.folder)
        try folder.checkWritable()
        try checkName(target, in: folder)
    }

    private func checkName(_ target: PathParts, in folder: borrowing FolderHandle) throws {
        switch try folder.fileType(of: target.name) {
        case nil: return
        case S_IFDIR: throw OutputError.isFolder(path: target.path)
        case S_IFREG, S_IFLNK: if policy == .refuse { throw OutputError.exists(path: target.path) }
        default: throw OutputError.isNoFile(path: target.path)
        }
    }

    private func name(_ temporary: String, as target: PathParts, in folder: borrowing FolderHandle) throws -> PathParts
    {
        switch policy {
        case .refuse:
            guard try folder.claim(target.name, for: temporary) else { throw OutputError.exists(path: target.path) }
            return target
        case .replace:
            try folder.replace(target.name, with: temporary)
            return target
        case .number:
            return try claimFreeNumber(target, for: temporary, in: folder)
        }
    }

    private func claimFreeNumber(
        _ target: PathParts, for temporary: String, in folder: borrowing FolderHandle
    ) throws -> PathParts {
        let first = numbers?.next(for: target.path) ?? 0
        for number in stride(from: first, through: Self.highestNumber, by: 1) {
            let candidate = number == 0 ? target : target.inserting("-\(number)")
            guard try folder.claim(candidate.name, for: temporary) else { continue }
            numbers?.note(number, for: target.path)
            return candidate
        }
        throw OutputError.noFreeNumber(path: target.path, tried: Self.highestNumber)
    }

    private static let highestNumber = 999_999

    /// Writes, flushes and closes.
    private static func fill(_ descriptor: Int32, with bytes: [UInt8], path: String) throws {
        defer { close(descriptor) }
        try writeAll(bytes, to: descriptor, path: path)
        guard retryingInterrupted({ fsync(descriptor) }) == 0 else { throw FileSystemError.current(path, .flushed) }
    }
}

/// The numbers that one run has put behind names. Asking the folder again for each picture would take as many questions as
/// it holds pictures.
package final class UsedNumbers: Sendable {
    private let last = Mutex<[String: Int]>([:])

    package init() {}

    func next(for path: String) -> Int { last.withLock { $0[path].map { $0 + 1 } ?? 0 } }

    func note(_ number: Int, for path: String) { last.withLock { $0[path] = number } }
}

/// Writes every byte to a descriptor, in pieces between which cancellation is checked.
func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
    try bytes.withUnsafeBytes { buffer in
        var offset = 0
        while offset < buffer.count {
            try Task.checkCancellation()
            let piece = UnsafeRawBufferPointer(rebasing: buffer[offset..<min(offset + 1 << 20, buffer.count)])
            let written = retryingInterrupted { write(descriptor, piece.baseAddress, piece.count) }
            if written < 0 {
                guard errno == EAGAIN else { throw FileSystemError.current(path, .written) }
                waitUntilWritable(descriptor)
            }
            offset += max(0, written)
        }
    }
}

/// For a pipe that somebody has made non-blocking; a tenth of a second at most, then cancellation is checked again.
private func waitUntilWritable(_ descriptor: Int32) {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = poll(&request, 1, 100)
}
