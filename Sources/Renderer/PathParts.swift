/// A path cut at its last slash and its name's last dot; compares bytes, so any name of any file system passes through.
package struct PathParts: Sendable, Hashable {
    /// Up to the last slash: `.` where there is none, `/` for the root.
    package var folder: String
    /// What follows the last slash; empty where the path ends in one.
    package var name: String
    /// Whether the path says where its folder is.
    private let hasFolder: Bool

    package init(_ path: String) {
        let bytes = path.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            (folder, name, hasFolder) = (".", path, false)
            return
        }
        folder = slash == bytes.startIndex ? "/" : String(Substring(bytes[..<slash]))
        name = String(Substring(bytes[bytes.index(after: slash)...]))
        hasFolder = true
    }

    /// What follows the name's last dot, unless the name begins with it.
    package var fileExtension: String? { dot.map { String(Substring(name.utf8[name.utf8.index(after: $0)...])) } }

    /// The same path with `suffix` between the name and its ending: `a/b.png`, `-1` → `a/b-1.png`.
    package func inserting(_ suffix: String) -> PathParts {
        var parts = self
        let cut = dot ?? name.utf8.endIndex
        parts.name = String(Substring(name.utf8[..<cut])) + suffix + String(Substring(name.utf8[cut...]))
        return parts
    }

    /// The path, written as it was given.
    package var path: String {
        guard hasFolder else { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    private var dot: String.UTF8View.Index? {
        let dot = name.utf8.lastIndex(of: UInt8(ascii: "."))
        return dot == name.utf8.startIndex ? nil : dot
    }
}
