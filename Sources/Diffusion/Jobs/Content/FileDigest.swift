import DiffusionBasics
import DiffusionWeights
import Dispatch
import Synchronization

/// A digest of all bytes of a file, computed on several threads.
///
/// SHA-256 over the SHA-256 of each piece of 4 MiB, then the length: two files of one digest would be a collision of
/// SHA-256. It is not the SHA-256 of the file itself, which knows no pieces.
package enum FileDigest {
    private static let pieceSize = 4 << 20

    /// - Returns: 64 hexadecimal digits.
    /// - Throws: `FileError`, also where the file changes meanwhile; `CancellationError`.
    package static func compute(_ file: RegularFile, threadCount: Int) throws -> String {
        let before = try file.identity()
        let pieces = (file.size + pieceSize - 1) / pieceSize
        let digests = Mutex([[UInt8]](repeating: [], count: pieces))
        let next = Atomic<Int>(0)
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: max(1, min(threadCount, pieces))) { _ in
            do {
                while true {
                    let piece = next.add(1, ordering: .relaxed).oldValue
                    guard piece < pieces else { return }
                    let digest = try digestOfPiece(piece, file)
                    digests.withLock { $0[piece] = digest }
                }
            } catch {
                failure.withLock { $0 = error }
                next.store(pieces, ordering: .relaxed)
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        guard try file.identity() == before else { throw FileError.changed(path: file.path) }
        return whole(digests.withLock { $0 }, size: file.size)
    }

    /// The same of bytes in memory.
    static func compute(_ bytes: [UInt8]) -> String {
        let digests = stride(from: 0, to: bytes.count, by: pieceSize).map { start in
            var hash = SHA256()
            hash.update(bytes[start..<min(start + pieceSize, bytes.count)])
            return hash.finalized()
        }
        return whole(digests, size: bytes.count)
    }

    private static func digestOfPiece(_ piece: Int, _ file: RegularFile) throws -> [UInt8] {
        let start = piece * pieceSize
        var hash = SHA256()
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 64) { buffer in
            for offset in stride(from: start, to: min(start + pieceSize, file.size), by: buffer.count) {
                let count = min(buffer.count, start + pieceSize - offset, file.size - offset)
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                try file.read(at: offset, into: part)
                hash.update(UnsafeRawBufferPointer(part))
            }
        }
        return hash.finalized()
    }

    private static func whole(_ digests: [[UInt8]], size: Int) -> String {
        SHA256.hexadecimal(digests.flatMap(\.self) + Array("\(size)".utf8))
    }
}
