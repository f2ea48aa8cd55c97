import DiffusionBasics

/// A JSON object on one line, its keys in the order given.
enum JSONLine {
    typealias Field = (key: String, value: Value)

    indirect enum Value {
        case null
        case bool(Bool)
        case string(String)
        case integer(Int)
        case unsigned(UInt64)
        /// Null where it is no number.
        case real(Double)
        case array([Value])
        case object([Field])

        fileprivate var text: String {
            switch self {
            case .null: "null"
            case .bool(let flag): String(flag)
            case .string(let text): JSONNode.quoted(text)
            case .integer(let number): String(number)
            case .unsigned(let number): String(number)
            case .real(let number): number.isFinite ? String(number) : "null"
            case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
            case .object(let fields): JSONLine.text(fields)
            }
        }

        /// A string without its quotes.
        fileprivate var plainText: String { if case .string(let text) = self { text } else { text } }
    }

    /// For people: a key and its value a line, what is inside indented; null is left out.
    static func paragraphs(_ fields: [Field], indent: String = "") -> String {
        fields.map { key, value in
            switch value {
            case .null: ""
            case .object(let inner): "\(indent)\(key):\n" + paragraphs(inner, indent: indent + "  ")
            case .string(let text): "\(indent)\(key): \(text.replacing("\n", with: "\n\(indent)  "))\n"
            case .array(let values):
                values.isEmpty ? "" : "\(indent)\(key): \(values.map(\.plainText).joined(separator: ", "))\n"
            default: "\(indent)\(key): \(value.plainText)\n"
            }
        }.joined()
    }

    static func text(_ fields: [Field]) -> String {
        "{" + fields.map { "\(JSONNode.quoted($0.key)):\($0.value.text)" }.joined(separator: ",") + "}"
    }
}
