import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights

/// A job's output folder, held open: nothing is written outside of it, whatever becomes of its path meanwhile.
final class JobOutputFolder {
    /// A file that has a picture's name.
    struct Found {
        var path: String
        /// What it says it was made from; nil where no job made it.
        var key: String?
        var isComplete: Bool
    }

    private let root: FolderHandle
    private let output: JobOutput
    private let temporaries: TemporaryFiles

    /// Makes the folder where it is missing, and tries whether it takes files.
    /// - Throws: `FileSystemError`.
    init(_ output: JobOutput, temporaries: TemporaryFiles) throws {
        (self.output, self.temporaries) = (output, temporaries)
        try FolderHandle.create(output.directory)
        root = try FolderHandle(output.directory)
        try root.probe()
    }

    func makeResultsFile(shard: JobShard) throws -> ResultsFile { try ResultsFile(shard: shard, in: root) }

    /// - Parameter path: within the folder.
    /// - Returns: nil where the name is free.
    /// - Throws: `OutputError`, `FileSystemError`.
    func find(_ path: String) throws -> Found? {
        let parts = PathParts(path)
        do {
            let folder = try root.folder(at: parts.folder, creating: false)
            let head = try ImageHead(parts.name, in: folder)
            let place = folder.path(of: parts.name)
            let key = head?.parameters?[ResolvedRequest.renderKeyName] ?? keyOfBarePicture(at: place)
            return Found(path: place, key: key, isComplete: head?.isComplete ?? false)
        } catch let error as FileSystemError where error.isMissing {
            return nil
        }
    }

    /// Pictures that say nothing of themselves are known by the results files: by the checksum of what was written.
    private func keyOfBarePicture(at path: String) -> String? {
        guard output.metadata == .none, let bytes = try? RegularFile.contents(of: path) else { return nil }
        return keysByChecksum[SHA256.hexadecimal(bytes)]
    }

    /// What former runs wrote.
    private lazy var keysByChecksum: [String: String] = {
        var keys: [String: String] = [:]
        for (name, _, _) in (try? ResultsFile.names(in: root)) ?? [] {
            try? LineReader.read(root.path(of: name)) { line in
                guard let result = JobResult(line: line), let sum = result.sha256 else { return }
                keys[sum] = result.key
            }
        }
        return keys
    }()

    /// Writes a picture.
    /// - Returns: where it is, the checksum of the file, and whether a prompt was too long for it.
    /// - Throws: `ImageError`, `OutputError`, `FileSystemError`, `CancellationError`.
    func write(
        _ image: GeneratedImage, to path: String, key: String, _ policy: ExistingFilePolicy
    ) throws -> (path: String, sha256: String, isPromptCut: Bool) {
        let parts = PathParts(path)
        let encoded = try encode(image, key: key, for: path)
        let folder = try root.folder(at: parts.folder, creating: true)
        let written = try AtomicFile(policy, temporaries: temporaries)
            .write(encoded.bytes, named: parts.name, in: folder)
        return (written, SHA256.hexadecimal(encoded.bytes), encoded.isPromptCut)
    }

    private func encode(_ image: GeneratedImage, key: String, for path: String) throws -> ImageWriter.Encoded {
        let writer = ImageWriter(format: output.format ?? ImageFormat(path: path) ?? .png, quality: output.quality)
        var metadata = image.metadata
        metadata.parameters.settings.append(.init(ResolvedRequest.renderKeyName, key))
        return try writer.encode(image.image, metadata: output.metadata == .full ? metadata : nil)
    }
}
