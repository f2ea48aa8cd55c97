import DiffusionRenderer
import DiffusionWeights

extension OutputPlan.Target {
    var isStandardOutput: Bool { path == ImageWriter.standardOutputPath }

    /// Whether writing could begin: the folder is there and can be written to, and the name is free.
    /// - Throws: `UsageError.missingFolder`, `OutputError`, `FileSystemError`.
    func check() throws {
        guard !isStandardOutput else { return }
        guard FileSystem.kind(of: givenFolder) != nil else { throw UsageError.missingFolder(path: givenFolder) }
        let folder = PathParts(path).folder
        guard FileSystem.kind(of: folder) != nil else {
            return try FolderHandle(nearestFolder(to: folder)).checkWritable()
        }
        // Numbers are found when the picture is there.
        try AtomicFile(policy, temporaries: TemporaryFiles()).check(path)
    }

    /// Makes the folders that come from placeholders.
    /// - Throws: `FileSystemError`.
    func makeFolder() throws {
        let folder = PathParts(path).folder
        if folder != givenFolder { try FolderHandle.create(folder) }
    }

    private func nearestFolder(to path: String) -> String {
        var folder = path
        while FileSystem.kind(of: folder) == nil, folder != ".", folder != "/" {
            folder = FileSystem.parent(of: folder)
        }
        return folder
    }
}

extension [OutputPlan.Target] {
    /// The names that the pictures would have if nothing else is written meanwhile.
    var foreseenPaths: [String] {
        var next: [String: Int] = [:]
        return map { target in
            guard target.policy == .number else { return target.path }
            var number = next[target.path, default: 0]
            var path: String { number == 0 ? target.path : PathParts(target.path).inserting("-\(number)").path }
            while FileSystem.kind(of: path) != nil { number += 1 }
            next[target.path] = number + 1
            return path
        }
    }
}
