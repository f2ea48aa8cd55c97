import DiffusionBasics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes a file so that it is whole or absent: to a temporary beside it, flushed, renamed, the folder flushed.
package struct AtomicFile {
    private let descriptor: Int32
    private let temporary: String

    /// Lets `write` produce the content of `path`; where it throws, nothing is left behind.
    /// - Throws: `FileError`, and what `write` throws.
    package static func write(
        to path: String, overwriting: Bool = true, _ write: (AtomicFile) throws -> Void
    ) throws {
        let file = try AtomicFile(besides: path)
        do {
            defer { close(file.descriptor) }
            try write(file)
            guard fsync(file.descriptor) == 0 else { throw FileError.system(errno, path: path, action: "written") }
        } catch {
            unlink(file.temporary)
            throw error
        }
        try file.move(to: path, overwriting: overwriting)
    }

    private init(besides path: String) throws {
        temporary = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).part"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError.system(errno, path: path, action: "written") }
    }

    /// Appends bytes.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let start = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let count = systemWrite(descriptor, start + done, bytes.count - done)
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw FileError.system(errno, path: temporary, action: "written")
            }
        }
    }

    private func move(to path: String, overwriting: Bool) throws {
        // A hard link fails where the name is taken, on every file system that has links: two writers never share a name.
        let result = overwriting ? rename(temporary, path) : link(temporary, path)
        let number = errno
        if !overwriting || result != 0 { unlink(temporary) }
        guard result == 0 else {
            throw number == EEXIST
                ? FileError.exists(path: path) : FileError.system(number, path: path, action: "written")
        }
        let folder = open(FileSystem.parent(of: path), O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}

/// The system's `write`, which the method of that name hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
