import DiffusionBasics
import DiffusionWeights

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Finds out which form a job file has, and where its jobs are.
///
/// By the name: `.json` is one document, `.jsonl` and `.ndjson` are a job a line, `.txt` is a prompt a line. Any other name,
/// such as that of standard input, goes by the text: it is JSON where it begins as JSON does (`{"`, `{}`, `["`, `[{`, `[]`),
/// and then a job a line where something follows the first value; else a prompt a line.
struct JobFileReader {
    typealias Found = (form: JobFile.Form, places: [JobFile.Place], frame: JSONObject)

    let bytes: [UInt8]
    let name: String

    /// Keys of the object around jobs; none of them is a job's.
    static let frameKeys: Set<String> = ["version", "jobs", "defaults", "run", "output"]

    /// Tables and other languages, which would pass for a prompt a line.
    private static let foreignEndings: Set<String> = ["csv", "tsv", "xlsx", "ods", "yaml", "yml", "toml", "xml"]

    func read() throws -> Found {
        if let ending, Self.foreignEndings.contains(ending) { throw foreign(ending) }
        return try bytes.withUnsafeBufferPointer { bytes in
            guard isJSON(bytes) else { return (.prompts, try lines(bytes), JSONObject()) }
            switch ending {
            case "jsonl", "ndjson": return (.lines, try lines(bytes), JSONObject())
            case "json": return try document(bytes, mayBeLines: false)
            default: return try document(bytes, mayBeLines: true)
            }
        }
    }

    private var ending: String? {
        let parts = FileSystem.lastComponent(of: name).split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 ? parts[parts.count - 1].lowercased() : nil
    }

    private func foreign(_ ending: String) -> JobFileError {
        JobFileError(
            JobProblem(
                file: name, code: JobProblem.Code.shape.rawValue,
                problem: "the name ends in .\(ending), expected JSON, JSON Lines or a prompt a line",
                remedy: "Convert it; a file that has a prompt on each line is named .txt."))
    }

    private func isJSON(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        switch ending {
        case "json", "jsonl", "ndjson": return true
        case "txt": return false
        default:
            let signs = bytes.lazy.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }.prefix(2).map {
                Character(UnicodeScalar($0))
            }
            return ["{\"", "{}", "[\"", "[{", "[]"].contains(String(signs))
        }
    }

    /// One JSON document, or where that is allowed a job a line.
    private func document(_ bytes: UnsafeBufferPointer<UInt8>, mayBeLines: Bool) throws -> Found {
        var scanner = JSONScanner(bytes, file: name)
        try scanner.begin()
        var found: Found = (.payload, [JobFile.Place(scanner.offset, scanner.position)], JSONObject())
        switch scanner.current {
        case UInt8(ascii: "["): found = (.array, try places(&scanner), JSONObject())
        case UInt8(ascii: "{"):
            let object = try frame(&scanner)
            if object.frame.keys.contains(where: Self.frameKeys.contains) || !object.places.isEmpty {
                found = (.object, object.places, object.frame)
            }
        default: throw scanner.failure("has \(scanner.found), expected an object or an array of jobs")
        }
        scanner.skipWhitespace()
        if mayBeLines, scanner.current != nil { return (.lines, try lines(bytes), JSONObject()) }
        if scanner.current != nil, found.form == .payload || found.form == .object {
            throw scanner.failure(
                "has \(scanner.found) after the end of the document; a file with a job a line is named .jsonl")
        }
        try scanner.finish()
        return found
    }

    /// The members of the object at hand, the jobs among them as places.
    private func frame(_ scanner: inout JSONScanner) throws -> (frame: JSONObject, places: [JobFile.Place]) {
        var frame = JSONObject()
        var jobs: [JobFile.Place] = []
        try scanner.object { scanner, key, place in
            var node = JSONNode(.null, at: scanner.position)
            if key == "jobs", scanner.current == UInt8(ascii: "[") {
                jobs = try places(&scanner)
                node.value = .array([])
            } else {
                node = try JSONParser.node(&scanner)
            }
            guard frame.insert(key, at: place, node) else {
                throw scanner.failure("has the key \"\(key.prefix(60))\" twice", at: place)
            }
        }
        return (frame, jobs)
    }

    private func places(_ scanner: inout JSONScanner) throws -> [JobFile.Place] {
        var places: [JobFile.Place] = []
        try scanner.array { scanner in
            places.append(JobFile.Place(scanner.offset, scanner.position))
            _ = try JSONParser.node(&scanner)
        }
        return places
    }
}

// MARK: - Lines

extension JobFileReader {
    /// Where the lines begin that hold more than blanks.
    private func lines(_ bytes: UnsafeBufferPointer<UInt8>) throws -> [JobFile.Place] {
        var places: [JobFile.Place] = []
        var line = 1
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw JSONScanner(bytes, file: name).failure(
                "is UTF-16, expected UTF-8", remedy: JSONScanner.utf8Remedy)
        }
        while start < bytes.count {
            let end = Self.newline(bytes, from: start)
            let first = bytes[start..<end].firstIndex { ![0x20, 0x09, 0x0D].contains($0) }
            if let first {
                places.append(JobFile.Place(first, JSONNode.Position(line: line, column: first - start + 1)))
            }
            (start, line) = (end + 1, line + 1)
        }
        return places
    }

    private static func newline(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, bytes.count - start) else {
            return bytes.count
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Where a line's text ends, blanks and the line break left out.
    static func endOfLine(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let line = bytes[start..<newline(bytes, from: start)]
        return line.lastIndex { ![0x20, 0x09, 0x0D].contains($0) }.map { $0 + 1 } ?? start
    }
}

// MARK: - Streams

extension JobFile {
    /// A regular file by its size, anything else to its end.
    static func contents(of path: String) throws -> [UInt8] {
        switch FileSystem.kind(of: path) {
        case .pipe, .device, .socket: try stream(path)
        default: try RegularFile.contents(of: path, limit: mostBytes)
        }
    }

    private static func stream(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.system(errno, path: path, action: "opened") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = readSome(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            guard count > 0 || errno == EINTR else { throw FileError.system(errno, path: path, action: "read") }
            bytes += piece.prefix(max(0, count))
            guard bytes.count <= mostBytes else {
                throw FileError.tooLarge(path: path, size: bytes.count, limit: mostBytes)
            }
        }
    }
}

/// Outside the type, whose own `read` would hide the system's.
private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
