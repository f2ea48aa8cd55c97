import DiffusionBasics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The few questions that reading models asks of the file system. Paths are plain strings.
package enum FileSystem {
    /// What stands at a path, symbolic links followed.
    package enum Kind: String, Sendable, CustomStringConvertible {
        case regular = "a file"
        case folder = "a folder"
        case pipe = "a named pipe"
        case device = "a device"
        case socket = "a socket"
        case other = "something that is no file"

        package var description: String { rawValue }

        init(mode: mode_t) {
            switch mode & S_IFMT {
            case S_IFREG: self = .regular
            case S_IFDIR: self = .folder
            case S_IFIFO: self = .pipe
            case S_IFCHR, S_IFBLK: self = .device
            case S_IFSOCK: self = .socket
            default: self = .other
            }
        }
    }

    static let missingCode = ENOENT
    static let notFolderCode = ENOTDIR
    static let passingCodes: Set<Int32> = [EIO, EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EAGAIN, ETIMEDOUT, ESTALE]

    static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// What stands at `path`; nil where nothing does or it cannot be told.
    package static func kind(of path: String) -> Kind? {
        var status = stat()
        return stat(path, &status) == 0 ? Kind(mode: status.st_mode) : nil
    }

    package static func isFolder(_ path: String) -> Bool { kind(of: path) == .folder }
    package static func isFile(_ path: String) -> Bool { kind(of: path) == .regular }

    /// The names in a folder, sorted by code units, without `.` and `..`.
    /// - Throws: `FileError`.
    package static func names(in folder: String) throws -> [String] {
        guard let handle = opendir(folder) else { throw FileError.system(errno, path: folder, action: "listed") }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The path without symbolic links; nil where nothing stands there.
    package static func resolved(_ path: String) -> String? {
        guard let buffer = realpath(path, nil) else { return nil }
        defer { free(buffer) }
        return String(cString: buffer)
    }

    package static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// All but the last component of a path; "." where there is only one.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component of a path.
    package static func lastComponent(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    package static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }
}
