/// Walks over the tokens of one JSON document (RFC 8259) without building a tree.
///
/// `JSONParser` makes nodes from it; a reader that knows what it expects, as that of a safetensors header, uses it
/// directly and so holds nothing that it did not ask for. Strict: UTF-8 only, no byte-order mark, no trailing comma.
package struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: String
    private let allowsNonFinite: Bool
    private let maximumStringLength: Int
    private var line: Int
    private var lineStart: Int
    /// Where the next token begins, in bytes from the document's start.
    package private(set) var offset = 0

    /// - Parameters:
    ///   - allowsNonFinite: takes `NaN`, `Infinity` and `-Infinity` as numbers.
    ///   - maximumStringLength: strings of more bytes, as they are written, are an error.
    ///   - start: where `bytes` begin, if they are a part of the file.
    package init(
        _ bytes: UnsafeBufferPointer<UInt8>, file: String, allowsNonFinite: Bool = false,
        maximumStringLength: Int = .max, start: JSONNode.Position = JSONNode.Position(line: 1, column: 1)
    ) {
        self.bytes = bytes
        line = start.line
        lineStart = 1 - start.column
        self.file = file
        self.allowsNonFinite = allowsNonFinite
        self.maximumStringLength = maximumStringLength
    }

    /// The byte at hand; nil at the end.
    package var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    package var position: JSONNode.Position { JSONNode.Position(line: line, column: offset - lineStart + 1) }

    package func failure(
        _ problem: String, at place: JSONNode.Position? = nil, remedy: String? = nil
    ) -> JSONError {
        JSONError(file: file, position: place ?? position, problem: problem, offset: offset, remedy: remedy)
    }

    package static let utf8Remedy = "Save it as UTF-8 without a byte-order mark."

    /// The byte at hand, as an error calls it.
    package var found: String {
        guard let byte = current else { return "the end of the document" }
        return (0x21..<0x7F).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }

    package mutating func skipWhitespace() {
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
}

extension JSONScanner {
    /// Goes to the first token.
    package mutating func begin() throws {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw failure("begins with a byte-order mark, which JSON does not allow", remedy: Self.utf8Remedy)
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw failure("is UTF-16, expected UTF-8", remedy: Self.utf8Remedy)
        }
        skipWhitespace()
        if current == nil { throw failure("is empty, expected a JSON document") }
    }

    /// Makes sure that nothing but white space follows.
    package mutating func finish() throws {
        skipWhitespace()
        if current != nil { throw failure("has \(found) after the end of the document") }
    }

    /// Hands each member of the object at hand to `member`, which must consume its value.
    package mutating func object(
        _ member: (inout JSONScanner, _ key: String, _ place: JSONNode.Position) throws -> Void
    ) throws {
        guard current == UInt8(ascii: "{") else { throw failure("has \(found), expected an object") }
        try list(UInt8(ascii: "}")) { scanner in
            let place = scanner.position
            let key = try scanner.key()
            try member(&scanner, key, place)
        }
    }

    /// Calls `element`, which must consume a value, for each element of the array at hand.
    package mutating func array(_ element: (inout JSONScanner) throws -> Void) throws {
        guard current == UInt8(ascii: "[") else { throw failure("has \(found), expected an array") }
        try list(UInt8(ascii: "]"), element)
    }

    private mutating func list(_ bracket: UInt8, _ element: (inout JSONScanner) throws -> Void) throws {
        offset += 1
        skipWhitespace()
        if consume(bracket) { return }
        repeat { try element(&self) } while try continues(until: bracket)
    }

    /// Consumes a comma (true) or the closing bracket (false).
    private mutating func continues(until bracket: UInt8) throws -> Bool {
        skipWhitespace()
        if consume(bracket) { return false }
        let name = Character(UnicodeScalar(bracket))
        guard consume(UInt8(ascii: ",")) else { throw failure("has \(found), expected ',' or '\(name)'") }
        skipWhitespace()
        if current == bracket { throw failure("has a comma before '\(name)'") }
        return true
    }

    private mutating func key() throws -> String {
        guard current == UInt8(ascii: "\"") else { throw failure("has \(found), expected a key in quotes") }
        let key = try string()
        skipWhitespace()
        guard consume(UInt8(ascii: ":")) else {
            throw failure("has \(found), expected ':' after \"\(key.prefix(60))\"")
        }
        skipWhitespace()
        return key
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        offset += 1
        return true
    }
}

extension JSONScanner {
    /// Consumes `word`, one of `true`, `false` and `null`.
    package mutating func keyword(_ word: StaticString) throws {
        let isThere = word.withUTF8Buffer { bytes[offset...].starts(with: $0) }
        guard isThere else { throw failure("has \(found), expected a value") }
        offset += word.utf8CodeUnitCount
    }

    /// No number that means anything is longer, and texts of any length would be kept whole.
    private static let maximumNumberLength = 1000

    package mutating func number() throws -> JSONNumber {
        if let number = nonFiniteNumber() { return number }
        let start = offset
        _ = consume(UInt8(ascii: "-"))
        let integerDigits = digits()
        guard integerDigits > 0 else { throw failure("has \(found), expected a value") }
        if integerDigits > 1, bytes[offset - integerDigits] == UInt8(ascii: "0") {
            throw failure("has a number with a leading zero")
        }
        if consume(UInt8(ascii: ".")) {
            guard digits() > 0 else { throw failure("has \(found), expected a digit after '.'") }
        }
        if consume(UInt8(ascii: "e")) || consume(UInt8(ascii: "E")) {
            if !consume(UInt8(ascii: "+")) { _ = consume(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw failure("has \(found), expected an exponent") }
        }
        guard offset - start <= Self.maximumNumberLength else {
            throw failure("has a number of over \(Self.maximumNumberLength) characters")
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

    package mutating func string() throws -> String {
        guard current == UInt8(ascii: "\"") else { throw failure("has \(found), expected a string") }
        let start = position
        offset += 1
        let end = maximumStringLength < bytes.count - offset ? offset + maximumStringLength : bytes.count
        let content = plainRun(upTo: end)
        if consume(UInt8(ascii: "\"")) { return try decoded(content, at: start) }
        return try stringWithEscapes(beginning: Array(content), upTo: end, at: start)
    }

    /// The bytes from here to the next quote, backslash or control character.
    private mutating func plainRun(upTo end: Int) -> Slice<UnsafeBufferPointer<UInt8>> {
        let start = offset
        while offset < end, let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
            offset += 1
        }
        return bytes[start..<offset]
    }

    private mutating func stringWithEscapes(
        beginning: [UInt8], upTo end: Int, at start: JSONNode.Position
    ) throws -> String {
        var content = beginning
        while let byte = current {
            if consume(UInt8(ascii: "\"")) { return try decoded(content, at: start) }
            guard offset < end else { throw failure("has a string of over \(maximumStringLength) bytes", at: start) }
            guard byte >= 0x20 else { throw failure("has a control character in a string") }
            if consume(UInt8(ascii: "\\")) {
                content.append(contentsOf: UTF8.encode(try escape()) ?? UTF8.encodedReplacementCharacter)
            } else {
                content.append(contentsOf: plainRun(upTo: end))
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
}

extension JSONScanner {
    private mutating func escape() throws -> UnicodeScalar {
        guard let byte = current else { throw failure("ends inside a string") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UnicodeScalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
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
            guard byte < 0x80, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw failure("has \\u without four hexadecimal digits")
            }
            value = value * 16 + UInt32(digit)
        }
        offset += 4
        return value
    }
}
