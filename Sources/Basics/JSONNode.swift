/// A JSON value together with the place in its file where it begins.
public struct JSONNode: Sendable, Equatable {
    /// Where a value begins, counted from 1; columns count bytes.
    public struct Position: Sendable, Equatable, CustomStringConvertible {
        public var line: Int
        public var column: Int
        public var description: String { "line \(line), column \(column)" }

        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// The six kinds of JSON value; objects keep the order of their keys.
    public enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        case number(JSONNumber)
        case string(String)
        case array([JSONNode])
        case object(JSONObject)
    }

    public var value: Value
    public var position: Position

    public init(_ value: Value, at position: Position = Position(line: 1, column: 1)) {
        self.value = value
        self.position = position
    }
}

/// A number kept as it was written, so that an integer of 64 bits loses nothing.
public struct JSONNumber: Sendable, Equatable {
    /// The literal text, valid by the JSON grammar (or `NaN`, `Infinity`, `-Infinity` where the parser was to allow them).
    public var text: String

    public init(text: String) { self.text = text }

    /// The value, if the text is a whole number (`20`, not `2e1` nor `20.0`) that fits.
    public func integer<Integer: FixedWidthInteger>(as type: Integer.Type = Integer.self) -> Integer? { Integer(text) }

    /// The nearest finite Double; `nil` where the magnitude is out of range.
    public var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

/// An object's members in the order of the file; no key occurs twice.
public struct JSONObject: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        public var key: String
        public var keyPosition: JSONNode.Position
        public var node: JSONNode
    }

    public private(set) var members: [Member] = []
    private var indices: [ExactString: Int] = [:]

    public init() {}

    public var keys: [String] { members.map(\.key) }

    public subscript(key: String) -> JSONNode? { indices[ExactString(key)].map { members[$0].node } }

    /// Adds a member; returns false and changes nothing if the key, code unit by code unit, is there already.
    public mutating func insert(_ key: String, at position: JSONNode.Position, _ node: JSONNode) -> Bool {
        let index = indices[ExactString(key), default: members.count]
        guard index == members.count else { return false }
        indices[ExactString(key)] = index
        members.append(Member(key: key, keyPosition: position, node: node))
        return true
    }
}

extension JSONNode {
    public var string: String? { if case .string(let text) = value { text } else { nil } }
    public var array: [JSONNode]? { if case .array(let nodes) = value { nodes } else { nil } }
    public var object: JSONObject? { if case .object(let object) = value { object } else { nil } }
    public var bool: Bool? { if case .bool(let flag) = value { flag } else { nil } }
    public var number: JSONNumber? { if case .number(let number) = value { number } else { nil } }
    public var isNull: Bool { value == .null }

    /// What an error calls this value: "the string \"x\"", "the number 3", "an array", …
    public var kindDescription: String {
        switch value {
        case .null: "null"
        case .bool(let flag): String(flag)
        case .number(let number): "the number \(number.text.prefix(60))"
        case .string(let text): "the string \"\(text.prefix(60))\""
        case .array: "an array"
        case .object: "an object"
        }
    }
}
