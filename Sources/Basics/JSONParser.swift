/// A strict reader of JSON (RFC 8259): UTF-8 only, one document, no duplicate keys, no trailing commas, limited depth.
///
/// Safetensors headers, configurations, tokenizers and job files are all read by it, so it is safe on hostile input:
/// time and memory are linear in the input's size.
public struct JSONParser {
    /// Parses a whole file.
    /// - Parameters:
    ///   - bytes: the file's bytes.
    ///   - file: the name that errors give.
    ///   - maximumDepth: nesting beyond it is an error.
    ///   - allowsNonFinite: takes `NaN`, `Infinity` and `-Infinity`, which Python's `json` writes, as numbers.
    /// - Throws: `JSONError`.
    public static func parse(
        _ bytes: some Collection<UInt8>, file: String, maximumDepth: Int = 64, allowsNonFinite: Bool = false
    ) throws -> JSONNode {
        let parsed = try bytes.withContiguousStorageIfAvailable {
            var parser = JSONParser(bytes: $0, file: file, depthLeft: maximumDepth, allowsNonFinite: allowsNonFinite)
            return try parser.document()
        }
        if let parsed { return parsed }
        return try parse(
            ContiguousArray(bytes), file: file, maximumDepth: maximumDepth, allowsNonFinite: allowsNonFinite)
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: String
    private var depthLeft: Int
    private let allowsNonFinite: Bool
    private var offset = 0
    private var line = 1
    private var lineStart = 0

    private init(bytes: UnsafeBufferPointer<UInt8>, file: String, depthLeft: Int, allowsNonFinite: Bool) {
        self.bytes = bytes
        self.file = file
        self.depthLeft = depthLeft
        self.allowsNonFinite = allowsNonFinite
    }
}

extension JSONParser {
    private var position: JSONNode.Position { JSONNode.Position(line: line, column: offset - lineStart + 1) }
    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func failure(_ problem: String, at place: JSONNode.Position? = nil) -> JSONError {
        JSONError(file: file, position: place ?? position, problem: problem)
    }

    private mutating func document() throws -> JSONNode {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw failure("begins with a byte-order mark, which JSON does not allow")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw failure("is UTF-16, expected UTF-8")
        }
        skipWhitespace()
        if current == nil { throw failure("is empty, expected a JSON document") }
        let node = try value()
        skipWhitespace()
        if current != nil { throw failure("has \(found) after the end of the document") }
        return node
    }

    /// The byte at hand, as an error calls it.
    private var found: String {
        guard let byte = current else { return "the end of the file" }
        return (0x21..<0x7F).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }

    private mutating func skipWhitespace() {
        while let byte = current {
            switch byte {
            case 0x20, 0x09, 0x0D: offset += 1
            case 0x0A:
                offset += 1
                line += 1
                lineStart = offset
            default: return
            }
        }
    }

    private mutating func value() throws -> JSONNode {
        let start = position
        let parsed: JSONNode.Value =
            switch current {
            case UInt8(ascii: "{"): try nested { try $0.object() }
            case UInt8(ascii: "["): try nested { try $0.array() }
            case UInt8(ascii: "\""): .string(try string())
            case UInt8(ascii: "t"): try keyword("true", .bool(true))
            case UInt8(ascii: "f"): try keyword("false", .bool(false))
            case UInt8(ascii: "n"): try keyword("null", .null)
            default: .number(try number())
            }
        return JSONNode(parsed, at: start)
    }

    private mutating func nested(_ body: (inout Self) throws -> JSONNode.Value) throws -> JSONNode.Value {
        guard depthLeft > 0 else { throw failure("is nested too deeply") }
        depthLeft -= 1
        defer { depthLeft += 1 }
        offset += 1
        skipWhitespace()
        return try body(&self)
    }

    private mutating func keyword(_ word: String, _ meaning: JSONNode.Value) throws -> JSONNode.Value {
        guard bytes[offset...].starts(with: word.utf8) else { throw failure("has \(found), expected a value") }
        offset += word.utf8.count
        return meaning
    }

    private mutating func array() throws -> JSONNode.Value {
        var nodes: [JSONNode] = []
        if try closes(UInt8(ascii: "]"), first: true) { return .array(nodes) }
        repeat {
            nodes.append(try value())
        } while try !closes(UInt8(ascii: "]"), first: false)
        return .array(nodes)
    }

    private mutating func object() throws -> JSONNode.Value {
        var object = JSONObject()
        if try closes(UInt8(ascii: "}"), first: true) { return .object(object) }
        repeat {
            let place = position
            guard current == UInt8(ascii: "\"") else { throw failure("has \(found), expected a key in quotes") }
            let key = try string()
            skipWhitespace()
            guard current == UInt8(ascii: ":") else {
                throw failure("has \(found), expected ':' after \"\(key.prefix(60))\"")
            }
            offset += 1
            skipWhitespace()
            guard object.insert(key, at: place, try value()) else {
                throw failure("has the key \"\(key.prefix(60))\" twice", at: place)
            }
        } while try !closes(UInt8(ascii: "}"), first: false)
        return .object(object)
    }

    /// Consumes a closing bracket (true) or a comma (false).
    private mutating func closes(_ bracket: UInt8, first: Bool) throws -> Bool {
        skipWhitespace()
        if current == bracket {
            offset += 1
            return true
        }
        if first { return false }
        guard current == UInt8(ascii: ",") else {
            throw failure("has \(found), expected ',' or '\(Character(UnicodeScalar(bracket)))'")
        }
        offset += 1
        skipWhitespace()
        if current == bracket { throw failure("has a comma before '\(Character(UnicodeScalar(bracket)))'") }
        return false
    }

    private mutating func number() throws -> JSONNumber {
        if let number = nonFiniteNumber() { return number }
        let start = offset
        if current == UInt8(ascii: "-") { offset += 1 }
        let integerDigits = digits()
        guard integerDigits > 0 else { throw failure("has \(found), expected a value") }
        if integerDigits > 1, bytes[offset - integerDigits] == UInt8(ascii: "0") {
            throw failure("has a number with a leading zero")
        }
        if current == UInt8(ascii: ".") {
            offset += 1
            guard digits() > 0 else { throw failure("has \(found), expected a digit after '.'") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            offset += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
            guard digits() > 0 else { throw failure("has \(found), expected an exponent") }
        }
        return JSONNumber(text: String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    private mutating func nonFiniteNumber() -> JSONNumber? {
        guard allowsNonFinite else { return nil }
        let rest = bytes[offset...]
        guard let word = ["NaN", "Infinity", "-Infinity"].first(where: { rest.starts(with: $0.utf8) }) else {
            return nil
        }
        offset += word.utf8.count
        return JSONNumber(text: word)
    }

    private mutating func digits() -> Int {
        let start = offset
        while let byte = current, (0x30...0x39).contains(byte) { offset += 1 }
        return offset - start
    }
}

extension JSONParser {
    private mutating func string() throws -> String {
        let start = position
        offset += 1
        let contentStart = offset
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { offset += 1 }
        if current == UInt8(ascii: "\"") {
            defer { offset += 1 }
            return try decoded(bytes[contentStart..<offset], at: start)
        }
        return try stringWithEscapes(beginning: Array(bytes[contentStart..<offset]), at: start)
    }

    private mutating func stringWithEscapes(beginning: [UInt8], at start: JSONNode.Position) throws -> String {
        var content = beginning
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return try decoded(content, at: start)
            case UInt8(ascii: "\\"):
                content.append(contentsOf: Array(String(try escape()).utf8))
            case 0..<0x20:
                throw failure("has a control character in a string")
            default:
                content.append(byte)
                offset += 1
            }
        }
        throw failure("ends inside the string that begins at \(start)")
    }

    private func decoded(_ content: some Collection<UInt8>, at start: JSONNode.Position) throws -> String {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw failure("has a string that is not valid UTF-8", at: start)
        }
        return text
    }

    private mutating func escape() throws -> Character {
        offset += 1
        guard let byte = current else { throw failure("ends inside a string") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(UnicodeScalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try unicodeEscape())
        default: throw failure("has an unknown escape in a string")
        }
    }

    private mutating func unicodeEscape() throws -> UnicodeScalar {
        let high = try hexQuad()
        if let scalar = UnicodeScalar(high) { return scalar }
        guard (0xD800..<0xDC00).contains(high), bytes[offset...].starts(with: "\\u".utf8) else {
            throw failure("has half of a surrogate pair in a string")
        }
        offset += 2
        let low = try hexQuad()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = UnicodeScalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        else { throw failure("has half of a surrogate pair in a string") }
        return scalar
    }

    private mutating func hexQuad() throws -> UInt32 {
        guard offset + 4 <= bytes.count else { throw failure("ends inside a string") }
        var value: UInt32 = 0
        for byte in bytes[offset..<offset + 4] {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("has \\u without four hexadecimal digits")
            }
            value = value * 16 + UInt32(digit)
        }
        offset += 4
        return value
    }
}
