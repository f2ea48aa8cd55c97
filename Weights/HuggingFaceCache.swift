import DiffusionBasics

/// Models that the Hugging Face tools have downloaded to this machine, found by `owner/name`; nothing is downloaded.
///
/// Layout of the `huggingface_hub` package: `models--OWNER--NAME/refs/REVISION` holds a commit, `snapshots/COMMIT` the
/// files, as symbolic links.
package struct HuggingFaceCache: Sendable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// Where the environment says: HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else below ~/.cache.
    package init(environment: (String) -> String? = FileSystem.environment) {
        let home = environment("HOME") ?? "."
        func path(_ name: String) -> String? {
            environment(name).map { $0.hasPrefix("~/") ? FileSystem.join(home, String($0.dropFirst(2))) : $0 }
        }
        let caches = path("XDG_CACHE_HOME") ?? FileSystem.join(home, ".cache")
        let tools = path("HF_HOME") ?? FileSystem.join(caches, "huggingface")
        folder = path("HF_HUB_CACHE") ?? path("HUGGINGFACE_HUB_CACHE") ?? FileSystem.join(tools, "hub")
    }

    /// Whether `text` has the form `owner/name`.
    package static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix(".") && !part.contains("--")
                    && part.utf8.allSatisfy { isPlain($0) }
            }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// The folder of a model's files: of the revision that `main` stands for, or else of the only one there is.
    /// - Throws: `ModelError.notFound`, which says where it was looked for; `FileError`.
    package func snapshot(of name: String) throws -> String {
        let repository = FileSystem.join(folder, "models--" + name.split(separator: "/").joined(separator: "--"))
        guard FileSystem.isFolder(repository) else { throw notFound(name, [name, repository]) }
        return try snapshot(in: repository, name: name)
    }

    /// The same for a repository's own folder in a cache.
    func snapshot(in repository: String, name: String) throws -> String {
        let snapshots = FileSystem.join(repository, "snapshots")
        if let commit = try commit(in: repository) {
            let path = FileSystem.join(snapshots, commit)
            guard FileSystem.isFolder(path) else { throw notFound(name, [path]) }
            return path
        }
        let commits = FileSystem.isFolder(snapshots) ? try FileSystem.names(in: snapshots) : []
        guard commits.count == 1 else { throw notFound(name, [FileSystem.join(repository, "refs/main"), snapshots]) }
        return FileSystem.join(snapshots, commits[0])
    }

    private func commit(in repository: String) throws -> String? {
        let reference = FileSystem.join(repository, "refs/main")
        guard FileSystem.kind(of: reference) != nil else { return nil }
        var bytes = try RegularFile.contents(of: reference, limit: 4096)
        while let last = bytes.last, [0x20, 0x0A, 0x0D].contains(last) { bytes.removeLast() }
        let commit = String(decoding: bytes, as: UTF8.self)
        guard !commit.isEmpty, !commit.hasPrefix("."), bytes.allSatisfy(Self.isPlain) else {
            throw ModelError.unsafeReference(path: reference, commit: commit)
        }
        return commit
    }

    private func notFound(_ name: String, _ places: [String]) -> ModelError {
        .notFound(
            name: name, places: places,
            remedy: "Download it with the Hugging Face tools, or name a folder or a .safetensors file.")
    }
}
