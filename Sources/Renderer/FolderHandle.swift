import CDiffusionImageCodecs

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An open folder: every call names a file relative to it, so a folder that is swapped meanwhile changes nothing.
package struct FolderHandle: ~Copyable {
    let descriptor: Int32
    let folder: String

    /// - Throws: `FileSystemError` where it is missing, no folder, or not to be entered.
    package init(_ folder: String) throws {
        let descriptor = retryingInterrupted { openFolder(folder) }
        guard descriptor >= 0 else { throw FileSystemError.current(folder, .read) }
        self.descriptor = descriptor
        self.folder = folder
    }

    /// Takes over an open descriptor.
    init(_ folder: String, descriptor: Int32) {
        self.descriptor = descriptor
        self.folder = folder
    }

    deinit { close(descriptor) }

    /// Makes the folder and those above it, as far as they are missing.
    /// - Throws: `FileSystemError`.
    package static func create(_ folder: String) throws {
        let bytes = Array(folder.utf8)
        let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") && $0 > 0 } + [bytes.count]
        for end in ends {
            let path = String(decoding: bytes[..<end], as: UTF8.self)
            guard mkdir(path, 0o777) != 0, errno != EEXIST, !isFolder(path) else { continue }
            throw FileSystemError.current(path, .created)
        }
        guard isFolder(folder) else { throw FileSystemError(folder, .created, number: ENOTDIR) }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        let error = errno
        defer { errno = error }
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The path of a file in this folder, as errors show it.
    package func path(of name: String) -> String {
        if folder == "." { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// - Throws: `FileSystemError` where files cannot be made here.
    package func checkWritable() throws {
        guard faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
            throw FileSystemError.current(folder, .written)
        }
    }

    /// As `checkWritable`, by making a file and removing it: the superuser and network file systems know more than the
    /// permissions tell.
    package func probe() throws {
        let name = ".diffuse-\(getpid())-probe.tmp"
        let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw FileSystemError.current(folder, .written) }
        close(descriptor)
        unlink(name)
    }

    /// The type bits (`S_IFREG`, …) of what has the name: behind a link that of its target, `S_IFLNK` where the link leads
    /// nowhere; nil where there is no such file.
    func fileType(of name: String) throws -> mode_t? {
        var status = stat()
        if fstatat(descriptor, name, &status, 0) == 0 || fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            return status.st_mode & S_IFMT
        }
        if errno == ENOENT { return nil }
        throw FileSystemError.current(path(of: name), .read)
    }

    func open(_ name: String, _ flags: Int32) -> Int32 {
        retryingInterrupted { openat(descriptor, name, flags | O_CLOEXEC, 0o666) }
    }

    func unlink(_ name: String) { unlinkat(descriptor, name, 0) }

    /// Makes the names in this folder durable. Some file systems refuse to flush a folder, and need not.
    func flush() throws {
        guard fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP else { return }
        throw FileSystemError.current(folder, .flushed)
    }

    /// Renames over whatever has the name.
    func replace(_ name: String, with temporary: String) throws {
        guard renameat(descriptor, temporary, descriptor, name) == 0 else {
            throw FileSystemError.current(path(of: name), .written)
        }
    }

    /// Renames unless the name is taken, as one step that no other process can come between.
    /// - Returns: false where the name is taken; the temporary is still there then.
    func claim(_ name: String, for temporary: String) throws -> Bool {
        if diffusion_rename_without_replacing(descriptor, temporary, name) == 0 { return true }
        switch errno {
        case EEXIST: return false
        case EINVAL, ENOSYS, ENOTSUP: return try claimByLink(name, for: temporary)
        default: throw FileSystemError.current(path(of: name), .written)
        }
    }

    /// For file systems without that rename (NFS): a second hard link fails where the name is taken.
    package func claimByLink(_ name: String, for temporary: String) throws -> Bool {
        if linkat(descriptor, temporary, descriptor, name, 0) == 0 {
            unlink(temporary)
            return true
        }
        switch errno {
        case EEXIST: return false
        case EPERM, ENOSYS, ENOTSUP, EMLINK: return try claimByReserving(name, for: temporary)
        default: throw FileSystemError.current(path(of: name), .written)
        }
    }

    /// For file systems without hard links either: an empty file takes the name, then the picture replaces it. Only
    /// here can a killed process leave an empty file.
    package func claimByReserving(_ name: String, for temporary: String) throws -> Bool {
        let reserved = open(name, O_WRONLY | O_CREAT | O_EXCL)
        if reserved < 0 {
            if errno == EEXIST { return false }
            throw FileSystemError.current(path(of: name), .written)
        }
        close(reserved)
        do {
            try replace(name, with: temporary)
        } catch {
            unlink(name)
            throw error
        }
        return true
    }
}

/// Outside the type, whose own `open` would hide the system's.
private func openFolder(_ path: String) -> Int32 { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
