import DiffusionRenderer

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A prompt that comes from standard input or a file, as bytes whatever the locale.
enum PromptText {
    private static let longest = 1 << 20

    /// All of standard input.
    /// - Throws: `UsageError`, `CancellationError`.
    static func standardInput() throws -> String { try read(STDIN_FILENO, what: "Standard input") }

    /// - Throws: `UsageError`, `CancellationError`.
    static func file(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw UsageError.unreadable(what: "The prompt file \(path)", reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        return try read(descriptor, what: "The prompt file \(path)")
    }

    /// - Throws: `UsageError` for a text with NUL in it.
    static func checked(_ text: String, what: String) throws -> String {
        guard !text.utf8.contains(0) else {
            throw UsageError.conflict("\(what) holds a NUL character.", remedy: "Remove it.")
        }
        return text
    }

    /// All of standard input as it is.
    /// - Throws: `UsageError`, `CancellationError`.
    static func standardInputBytes(limit: Int) throws -> [UInt8] {
        try allBytes(of: STDIN_FILENO, what: "Standard input", limit: limit)
    }

    private static func read(_ descriptor: Int32, what: String) throws -> String {
        var bytes = try allBytes(of: descriptor, what: what, limit: longest)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        for lineEnd in [UInt8(ascii: "\n"), UInt8(ascii: "\r")] where bytes.last == lineEnd { bytes = bytes.dropLast() }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw UsageError.notUTF8(what: what) }
        return try checked(text, what: what)
    }

    private static func allBytes(of descriptor: Int32, what: String, limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            try wait(for: descriptor)
            let count = readSome(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            guard count > 0 || errno == EINTR || errno == EAGAIN else {
                throw UsageError.unreadable(what: what, reason: String(cString: strerror(errno)))
            }
            bytes += piece.prefix(max(0, count))
            guard bytes.count <= limit else {
                throw UsageError.unreadable(what: what, reason: "it is longer than \(limit) bytes")
            }
        }
    }

    /// Until there is something to read; Ctrl-C is heard meanwhile.
    private static func wait(for descriptor: Int32) throws {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        repeat { try Task.checkCancellation() } while poll(&request, 1, 100) == 0
    }
}

/// Outside the type, whose own `read` would hide the system's.
private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
