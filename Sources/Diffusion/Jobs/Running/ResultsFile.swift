import DiffusionBasics
import DiffusionRenderer

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `results.<shard>.<attempt>.jsonl` in the output folder: a line for each render as it ends. Every run has a file of its
/// own, so that no two processes write to one.
struct ResultsFile: ~Copyable {
    private let file: AppendedFile

    var path: String { file.path }

    /// Makes the file with the first attempt's number that is free.
    /// - Throws: `FileSystemError`.
    init(shard: JobShard, in folder: borrowing FolderHandle) throws {
        var attempt = try Self.names(in: folder).filter { $0.shard == shard.index }.map { $0.attempt + 1 }.max() ?? 0
        while true {
            do {
                file = try AppendedFile(new: "results.\(shard.index).\(attempt).jsonl", in: folder)
                return
            } catch let error as FileSystemError where error.number == EEXIST {
                attempt += 1
            }
        }
    }

    /// Writes a line. What is new stands on the disk when this returns; what was there before can be found again.
    /// - Throws: `FileSystemError`.
    func write(_ result: JobResult) throws {
        try file.append(Array("\(result.line)\n".utf8), flushing: result.status != .skipped)
    }

    /// The results files of a folder: shard and attempt of each, in order.
    static func names(in folder: borrowing FolderHandle) throws -> [(name: String, shard: Int, attempt: Int)] {
        try folder.names().compactMap { name in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts[0] == "results", parts[3] == "jsonl",
                let shard = JobShard.number(parts[1]), let attempt = JobShard.number(parts[2])
            else { return nil }
            return (name, shard, attempt)
        }.sorted { ($0.shard, $0.attempt) < ($1.shard, $1.attempt) }
    }
}
