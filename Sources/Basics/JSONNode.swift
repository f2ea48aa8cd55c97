/// A JSON value together with the place in its file where it begins.
public struct JSONNode: Sendable, Equatable {
    /// Where a value begins, counted from 1; columns count bytes.
    public struct Position: Sendable, Equatable, CustomStringConvertible {
        /// From 1.
        public var line: Int
        /// In bytes, from 1.
        public var column: Int
        /// `line 3, column 8`.
        public var description: String { "line \(line), column \(column)" }

        /// A place in a file, both counted from 1.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// The six kinds of JSON value; objects keep the order of their keys.
    public enum Value: Sendable, Equatable {
        /// `null`.
        case null
        /// `true` or `false`.
        case bool(Bool)
        /// A number as it was written.
        case number(JSONNumber)
        /// Text.
        case string(String)
        /// Values in order.
        case array([JSONNode])
        /// Members in order.
        case object(JSONObject)
    }

    /// What the node holds.
    public var value: Value
    /// Where it begins in its file.
    public var position: Position

    /// A node; those that no file holds begin at line 1, column 1.
    public init(_ value: Value, at position: Position = Position(line: 1, column: 1)) {
        self.value = value
        self.position = position
    }
}

/// A number kept as it was written, so that an integer of 64 bits loses nothing.
public struct JSONNumber: Sendable, Equatable {
    /// The literal text, valid by the JSON grammar (or `NaN`, `Infinity`, `-Infinity` where the parser was to allow them).
    public var text: String

    /// A number; `text` must be valid by the JSON grammar.
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
    /// One key and its value.
    public struct Member: Sendable, Equatable {
        /// As the file has it, escapes decoded.
        public var key: String
        /// Where the key's quotes open.
        public var keyPosition: JSONNode.Position
        /// The value.
        public var node: JSONNode
    }

    /// In the order of the file.
    public private(set) var members: [Member] = []
    private var indices: [ExactString: Int] = [:]

    /// An object without members.
    public init() {}

    /// In the order of the file.
    public var keys: [String] { members.map(\.key) }

    /// The value of a key, compared code unit by code unit; nil where it is absent.
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
    /// The value of a string, nil for other kinds; so with those below.
    public var string: String? { if case .string(let text) = value { text } else { nil } }
    /// The elements of an array.
    public var array: [JSONNode]? { if case .array(let nodes) = value { nodes } else { nil } }
    /// The members of an object.
    public var object: JSONObject? { if case .object(let object) = value { object } else { nil } }
    /// The value of `true` or `false`.
    public var bool: Bool? { if case .bool(let flag) = value { flag } else { nil } }
    /// The text of a number.
    public var number: JSONNumber? { if case .number(let number) = value { number } else { nil } }
    /// Whether the node is `null`.
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
