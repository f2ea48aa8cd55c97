import DiffusionRenderer
import DiffusionWeights

extension OutputPlan.Target {
    var isStandardOutput: Bool { path == ImageWriter.standardOutputPath }

    /// Whether the name is free, and the folder, or the one that it will be made in, is there.
    /// - Returns: that folder.
    fileprivate func checkName() throws -> String {
        guard FileSystem.kind(of: givenFolder) != nil else { throw UsageError.missingFolder(path: givenFolder) }
        let folder = PathParts(path).folder
        guard FileSystem.kind(of: folder) != nil else { return nearestFolder(to: folder) }
        try AtomicFile(policy, temporaries: TemporaryFiles()).check(path)
        return folder
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
    /// Whether writing could begin: every folder is there and takes files, and the names are free.
    /// - Throws: `UsageError.missingFolder`, `OutputError`, `FileSystemError`.
    func check() throws {
        let folders = try filter { !$0.isStandardOutput }.map { try $0.checkName() }
        for folder in Set(folders) { try FolderHandle(folder).probe() }
    }

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
