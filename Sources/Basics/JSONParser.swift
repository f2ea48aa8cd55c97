/// A strict reader of JSON (RFC 8259): UTF-8 only, one document, no duplicate keys, no trailing commas, limited depth.
///
/// Configurations, tokenizers and job files are read by it, so it is safe on hostile input: time and memory are linear in
/// the input's size. Keys count as duplicates only where their code units are equal.
public enum JSONParser {
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
            try document(JSONScanner($0, file: file, allowsNonFinite: allowsNonFinite), maximumDepth)
        }
        if let parsed { return parsed }
        return try Array(bytes).withUnsafeBufferPointer {
            try document(JSONScanner($0, file: file, allowsNonFinite: allowsNonFinite), maximumDepth)
        }
    }

    private static func document(_ begun: JSONScanner, _ maximumDepth: Int) throws -> JSONNode {
        var scanner = begun
        try scanner.begin()
        let node = try node(&scanner, depthLeft: maximumDepth)
        try scanner.finish()
        return node
    }

    /// Consumes the value at hand.
    /// - Throws: `JSONError`.
    package static func node(_ scanner: inout JSONScanner, depthLeft: Int = 64) throws -> JSONNode {
        let start = scanner.position
        return JSONNode(try value(&scanner, depthLeft: depthLeft), at: start)
    }

    private static func value(_ scanner: inout JSONScanner, depthLeft: Int) throws -> JSONNode.Value {
        switch scanner.current {
        case UInt8(ascii: "{"): return .object(try object(&scanner, depthLeft: depthLeft))
        case UInt8(ascii: "["): return .array(try array(&scanner, depthLeft: depthLeft))
        case UInt8(ascii: "\""): return .string(try scanner.string())
        case UInt8(ascii: "t"):
            try scanner.keyword("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try scanner.keyword("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try scanner.keyword("null")
            return .null
        default: return .number(try scanner.number())
        }
    }

    private static func array(_ scanner: inout JSONScanner, depthLeft: Int) throws -> [JSONNode] {
        guard depthLeft > 0 else { throw scanner.failure("is nested too deeply") }
        var nodes: [JSONNode] = []
        try scanner.array { nodes.append(try node(&$0, depthLeft: depthLeft - 1)) }
        return nodes
    }

    private static func object(_ scanner: inout JSONScanner, depthLeft: Int) throws -> JSONObject {
        guard depthLeft > 0 else { throw scanner.failure("is nested too deeply") }
        var object = JSONObject()
        try scanner.object { scanner, key, place in
            guard object.insert(key, at: place, try node(&scanner, depthLeft: depthLeft - 1)) else {
                throw scanner.failure("has the key \"\(key.prefix(60))\" twice", at: place)
            }
        }
        return object
    }
}
