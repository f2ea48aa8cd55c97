import DiffusionBasics

extension JSONNode {
    /// An object of distinct keys, in this order.
    static func object(_ members: [(key: String, node: JSONNode)]) -> JSONNode {
        var object = JSONObject()
        for (key, node) in members {
            ensure(object.insert(key, at: Position(line: 1, column: 1), node), "the key \(key) twice in one object")
        }
        return JSONNode(.object(object))
    }

    /// Null where there is none.
    static func text(_ text: String?) -> JSONNode { JSONNode(text.map(Value.string) ?? .null) }

    static func integer(_ number: Int) -> JSONNode { JSONNode(.number(JSONNumber(text: String(number)))) }

    /// Milliseconds are enough for times; null where it is no number.
    static func real(_ number: Double) -> JSONNode {
        guard number.isFinite, abs(number) < 1e15 else { return JSONNode(.null) }
        let rounded = (number * 1000).rounded() / 1000
        return JSONNode(.number(JSONNumber(text: rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)")))
    }
}
