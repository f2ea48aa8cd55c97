#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Pictures on a pipe.
package enum StandardOutput {
    /// Writes `bytes` to `descriptor`. The program must ignore SIGPIPE, or the process ends here when the reader does.
    /// - Throws: `OutputError.readerGone`, `FileSystemError`, `CancellationError`.
    package static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) throws {
        do {
            try writeAll(bytes, to: descriptor, path: "Standard output")
        } catch let error as FileSystemError where error.number == EPIPE {
            throw OutputError.readerGone
        }
    }

    /// Whether the descriptor is a terminal, which a picture should not go to.
    package static func isTerminal(_ descriptor: Int32 = STDOUT_FILENO) -> Bool { isatty(descriptor) == 1 }
}
