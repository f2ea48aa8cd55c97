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
    }

    static func text(_ fields: [Field]) -> String {
        "{" + fields.map { "\(JSONNode.quoted($0.key)):\($0.value.text)" }.joined(separator: ",") + "}"
    }
}
