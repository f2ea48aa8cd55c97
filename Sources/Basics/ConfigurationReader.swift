/// Reads one JSON configuration object key by key, and remembers which keys were read.
///
/// A key that is absent, or null where the type has no null, takes the default given; a value of another type or out of
/// range throws `ConfigurationError` with file, key, expected and found. `unknownKeys` are those that nobody asked for.
public final class ConfigurationReader {
    /// The name errors give, for example `unet/config.json`.
    public let file: String
    private let object: JSONObject
    private var readKeys: Set<String> = []

    /// - Throws: `ConfigurationError` where the document is not an object.
    public init(_ node: JSONNode, file: String) throws {
        guard let object = node.object else {
            throw ConfigurationError.wrongType(file: file, key: "", expected: "an object", found: node.kindDescription)
        }
        self.object = object
        self.file = file
    }

    /// Keys present in the file and never read, in file order; those that begin with `_` are left out, as diffusers does.
    public var unknownKeys: [String] { object.keys.filter { !readKeys.contains($0) && !$0.hasPrefix("_") } }

    /// Counts `keys` as read: they change nothing here (`dropout`, `sample_max_value` of another class, …).
    public func ignore(_ keys: String...) { readKeys.formUnion(keys) }

    /// The value of `key`, or nil where it is absent or null.
    public func node(_ key: String) -> JSONNode? {
        readKeys.insert(key)
        guard let node = object[key], !node.isNull else { return nil }
        return node
    }

    /// Whether the file gives the key, be it null.
    public func contains(_ key: String) -> Bool { object[key] != nil }
}

extension ConfigurationReader {
    /// A whole number (`20.0` counts as one), nil where the key is absent or null.
    /// - Throws: `ConfigurationError` for another type or a value out of range.
    public func optionalInt(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) throws -> Int? {
        guard let node = node(key) else { return nil }
        guard let value = Self.wholeNumber(node) else { throw wrongType(key, "a whole number", node) }
        guard range.contains(value) else { throw outOfRange(key, "\(range.lowerBound) to \(range.upperBound)", node) }
        return value
    }

    /// A whole number.
    /// - Throws: `ConfigurationError` for another type or a value out of range.
    public func int(_ key: String, default fallback: Int, in range: ClosedRange<Int> = Int.min...Int.max) throws -> Int
    {
        try optionalInt(key, in: range) ?? fallback
    }

    /// A finite number, nil where the key is absent or null.
    /// - Throws: `ConfigurationError` for another type or a magnitude beyond Double.
    public func optionalDouble(_ key: String) throws -> Double? {
        guard let node = node(key) else { return nil }
        guard let number = node.number else { throw wrongType(key, "a number", node) }
        guard let value = number.double else { throw outOfRange(key, "a finite number", node) }
        return value
    }

    /// A finite number.
    /// - Throws: `ConfigurationError` for another type or a magnitude beyond Double.
    public func double(_ key: String, default fallback: Double) throws -> Double {
        try optionalDouble(key) ?? fallback
    }

    /// `true` or `false`, nil where the key is absent or null.
    /// - Throws: `ConfigurationError` for another type.
    public func optionalBool(_ key: String) throws -> Bool? {
        guard let node = node(key) else { return nil }
        guard let value = node.bool else { throw wrongType(key, "true or false", node) }
        return value
    }

    /// `true` or `false`.
    /// - Throws: `ConfigurationError` for another type.
    public func bool(_ key: String, default fallback: Bool) throws -> Bool { try optionalBool(key) ?? fallback }

    /// A string, nil where the key is absent or null.
    /// - Throws: `ConfigurationError` for another type.
    public func optionalString(_ key: String) throws -> String? {
        guard let node = node(key) else { return nil }
        guard let value = node.string else { throw wrongType(key, "a string", node) }
        return value
    }

    /// A string.
    /// - Throws: `ConfigurationError` for another type.
    public func string(_ key: String, default fallback: String) throws -> String {
        try optionalString(key) ?? fallback
    }
}

extension ConfigurationReader {
    /// A list, each element read by `element` (which returns nil for a wrong type); nil where the key is absent.
    public func optionalList<Element>(
        _ key: String, of expected: String, _ element: (JSONNode) -> Element?
    ) throws -> [Element]? {
        guard let node = node(key) else { return nil }
        guard let nodes = node.array else { throw wrongType(key, "a list of \(expected)", node) }
        return try nodes.map {
            guard let value = element($0) else { throw wrongType(key, "a list of \(expected)", $0) }
            return value
        }
    }

    /// A list of whole numbers, nil where the key is absent or null.
    /// - Throws: `ConfigurationError` for another type.
    public func optionalInts(_ key: String) throws -> [Int]? {
        try optionalList(key, of: "whole numbers", Self.wholeNumber)
    }

    /// A list of finite numbers, nil where the key is absent or null.
    /// - Throws: `ConfigurationError` for another type.
    public func optionalDoubles(_ key: String) throws -> [Double]? {
        try optionalList(key, of: "numbers") { $0.number?.double }
    }

    /// A list of strings, nil where the key is absent or null.
    /// - Throws: `ConfigurationError` for another type.
    public func optionalStrings(_ key: String) throws -> [String]? {
        try optionalList(key, of: "strings") { $0.string }
    }

    /// One whole number for all `count` places, or a list of `count` of them.
    public func ints(_ key: String, default fallback: Int, count: Int, in range: ClosedRange<Int>) throws -> [Int] {
        if node(key)?.array == nil {
            return Array(repeating: try int(key, default: fallback, in: range), count: count)
        }
        let list = try optionalInts(key) ?? []
        guard list.count == count, list.allSatisfy(range.contains) else {
            throw ConfigurationError.outOfRange(
                file: file, key: key, expected: "\(count) numbers from \(range.lowerBound) to \(range.upperBound)",
                found: "\(list)")
        }
        return list
    }

    /// A string that must be a case of `Choice`; anything else is unsupported and the error lists what is.
    public func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default fallback: Choice
    ) throws -> Choice where Choice.RawValue == String {
        guard let text = try optionalString(key) else { return fallback }
        guard let choice = Choice(rawValue: text) else {
            throw unsupported(key, "\"\(text)\"", supported: Choice.allCases.map { "\"\($0.rawValue)\"" })
        }
        return choice
    }

    /// Refuses any value of `key` but those listed (null and absence pass): it would change the result and is not built.
    public func require(_ key: String, in supported: [JSONNode.Value]) throws {
        guard let node = node(key), !supported.contains(node.value) else { return }
        throw unsupported(key, node.kindDescription, supported: supported.map { JSONNode($0).kindDescription })
    }

    /// The error for a value that would change the result and is not built.
    public func unsupported(_ key: String, _ value: String, supported: [String]) -> ConfigurationError {
        .unsupported(file: file, key: key, value: value, supported: supported)
    }

    private func wrongType(_ key: String, _ expected: String, _ node: JSONNode) -> ConfigurationError {
        .wrongType(file: file, key: key, expected: expected, found: node.kindDescription)
    }

    private func outOfRange(_ key: String, _ expected: String, _ node: JSONNode) -> ConfigurationError {
        .outOfRange(file: file, key: key, expected: expected, found: node.kindDescription)
    }

    /// A whole number, also where Python wrote it as `20.0`.
    private static func wholeNumber(_ node: JSONNode) -> Int? {
        guard let number = node.number else { return nil }
        return number.integer() ?? number.double.flatMap(Int.init(exactly:))
    }
}
