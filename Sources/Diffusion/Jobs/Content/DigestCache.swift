import DiffusionRenderer
import DiffusionWeights
import Foundation

/// Digests of files that were read before, by what the system says of the files: gigabytes need not be read again to know
/// that they are the same.
///
/// One line a file in `diffuse/digests` below `XDG_CACHE_HOME`, else `~/.cache`. It saves time and nothing else: it can be
/// deleted at any time, and where it cannot be read or written the files are read.
package struct DigestCache: Sendable {
    /// nil where there is no place for it.
    package let path: String?

    /// A cache that grew beyond this begins anew.
    private static let mostBytes = 1 << 20
    /// A file written so recently may be written again within one tick of the file system's clock.
    private static let nanosecondsToSettle: Int64 = 10_000_000_000

    package init(path: String?) { self.path = path }

    /// The one of this user.
    package static var ofUser: DigestCache {
        let base =
            FileSystem.environment("XDG_CACHE_HOME")
            ?? FileSystem.environment("HOME").map { FileSystem.join($0, ".cache") }
        // The specification has relative ones ignored.
        guard let base, base.hasPrefix("/") else { return DigestCache(path: nil) }
        return DigestCache(path: FileSystem.join(FileSystem.join(base, "diffuse"), "digests"))
    }

    /// The digest of a file as it is now.
    /// - Throws: as `FileDigest.compute`.
    package func digest(of file: RegularFile, threadCount: Int) throws -> String {
        let key = Self.key(try file.identity())
        if let known = known(key) { return known }
        let digest = try FileDigest.compute(file, threadCount: threadCount)
        if try isSettled(file.identity()) { remember(key, digest) }
        return digest
    }

    private func known(_ key: String) -> String? {
        guard let path, let bytes = try? RegularFile.contents(of: path, limit: 2 * Self.mostBytes) else { return nil }
        let prefix = "\(key) "
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last { $0.hasPrefix(prefix) }
        guard let digest = line?.dropFirst(prefix.count), digest.count == 64, digest.allSatisfy(\.isHexDigit) else {
            return nil
        }
        return String(digest)
    }

    private func remember(_ key: String, _ digest: String) {
        guard let path else { return }
        if let file = try? RegularFile(path), file.size > Self.mostBytes { _ = unlink(path) }
        try? FolderHandle.create(FileSystem.parent(of: path))
        // One short write at the end: lines of two processes do not mix.
        try? AppendedFile(path).append(Array("\(key) \(digest)\n".utf8), flushing: false)
    }

    private static func key(_ identity: RegularFile.Identity) -> String {
        let numbers = [identity.device, identity.inode].map(String.init)
        return (numbers + ["\(identity.size)", "\(identity.modified)", "\(identity.changed)"]).joined(separator: " ")
    }

    private func isSettled(_ identity: RegularFile.Identity) -> Bool {
        let now = Int64(Date().timeIntervalSince1970 * 1e9)
        return now - max(identity.modified, identity.changed) > Self.nanosecondsToSettle
    }
}
