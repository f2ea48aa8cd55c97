#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension FolderHandle {
    /// The folder at `path` within this one, part by part, none of them a symbolic link: what is reached lies within this
    /// folder even if somebody swaps a part for a link meanwhile.
    /// - Parameters:
    ///   - path: parts with slashes between them, none of them `..`; `.` is this folder.
    ///   - creating: makes what is missing.
    /// - Throws: `OutputError.leavesFolder` for a link, `FileSystemError`.
    package borrowing func folder(at path: String, creating: Bool) throws -> FolderHandle {
        var current = try child(".")
        for part in path.split(separator: "/").map(String.init) where part != "." {
            if creating { try current.makeChild(part) }
            let next = try current.child(part)
            current = next
        }
        return current
    }

    private borrowing func child(_ name: String) throws -> FolderHandle {
        let opened = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        guard opened < 0 else {
            return FolderHandle(name == "." ? folder : path(of: name), descriptor: opened)
        }
        let error = FileSystemError.current(path(of: name), .read)
        throw isLink(name) ? OutputError.leavesFolder(path: path(of: name)) : error
    }

    private borrowing func makeChild(_ name: String) throws {
        if mkdirat(descriptor, name, 0o777) == 0 { return try flush() }
        guard errno == EEXIST else { throw FileSystemError.current(path(of: name), .created) }
    }

    borrowing func isLink(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Names of files in the folder, in no order.
    /// - Throws: `FileSystemError`.
    package borrowing func names() throws -> [String] {
        let copy = open(".", O_RDONLY | O_DIRECTORY)
        guard copy >= 0, let stream = fdopendir(copy) else { throw FileSystemError.current(folder, .read) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
