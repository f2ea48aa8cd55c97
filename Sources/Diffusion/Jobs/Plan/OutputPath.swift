import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Paths of pictures within an output folder.
package enum OutputPath {
    /// The path without parts that are empty or a dot.
    package static func normalized(_ path: String) -> String {
        guard path.utf8.first == UInt8(ascii: "/") || path.utf8.contains(UInt8(ascii: ".")) || path.contains("//")
        else {
            return path
        }
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        let joined = parts.map { String(Substring($0)) }.joined(separator: "/")
        return path.utf8.first == UInt8(ascii: "/") ? "/\(joined)" : joined
    }

    static func check(directory: String, problems: inout JobProblems) {
        let isWritable =
            !directory.isEmpty && !directory.unicodeScalars.contains { $0.properties.generalCategory == .control }
        let longest = directory.utf8.split(separator: UInt8(ascii: "/")).map(\.count).max() ?? 0
        guard isWritable, longest <= OutputNameTemplate.maximumNameByteCount else {
            problems.add(
                .output, field: "output.dir",
                "the output folder is \(JSONNode.quoted(String(directory.prefix(80)))), expected a path of which no part is "
                    + "over \(OutputNameTemplate.maximumNameByteCount) bytes, without control characters")
            return
        }
        if let kind = FileSystem.kind(of: directory), kind != .folder {
            problems.add(.output, field: "output.dir", "the output folder \(directory) is \(kind)")
        }
    }

    /// What follows `folder` in `path`, both seen from one place; nil where the path does not lead there.
    static func path(_ path: String, within folder: String) -> String? {
        let (path, folder) = (normalized(path), normalized(folder))
        if folder.isEmpty { return path.utf8.first == UInt8(ascii: "/") ? nil : path }
        guard path.utf8.starts(with: "\(folder)/".utf8) else { return nil }
        return String(Substring(path.utf8.dropFirst(folder.utf8.count + 1)))
    }

    /// The first folder on the way to a picture that is a symbolic link to a place outside of the output folder; nil where
    /// all of them stay inside.
    ///
    /// Folders that are not there yet are no links. What is swapped in later is met again when the picture is written.
    package static func escapingFolder(_ path: String, within directory: String) -> String? {
        let folders = path.utf8.split(separator: UInt8(ascii: "/")).dropLast().map { String(Substring($0)) }
        guard !folders.isEmpty, let root = FileSystem.resolved(directory) else { return nil }
        var folder = directory
        for name in folders {
            folder = FileSystem.join(folder, name)
            var status = stat()
            guard lstat(folder, &status) == 0 else { return nil }
            guard status.st_mode & S_IFMT == S_IFLNK else { continue }
            guard let target = FileSystem.resolved(folder) else { return folder }
            let inside = root == "/" ? "/" : "\(root)/"
            guard target.utf8.elementsEqual(root.utf8) || target.utf8.starts(with: inside.utf8) else { return folder }
        }
        return nil
    }
}
