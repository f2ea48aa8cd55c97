import DiffusionBasics

// MARK: - Fields

extension JobSchema {
    static func definition(of field: JobField) -> String { field.name }

    static func schema(of field: JobField) -> JSONNode { schema(field.kind, field.doc, field.standard) }

    /// - Parameter standard: what holds where nothing is said.
    static func schema(_ kind: JobField.Kind, _ doc: String, _ standard: String) -> JSONNode {
        described("\(doc) Standard: \(standard).", schema(kind))
    }

    static func schema(of key: JobForeignKey) -> JSONNode {
        let doc = "A1111's; means nothing here."
        guard let values = key.harmless, !key.isOfMasks else { return described(doc, []) }
        return described(doc, [("enum", array(values.map { JSONNode($0) } + [JSONNode(.null)]))])
    }

    /// `null` counts as absent.
    private static func schema(_ kind: JobField.Kind) -> [(String, JSONNode)] {
        switch kind {
        case .prompt, .sampler, .spacing: return [("type", types("string", "null"))]
        case .format(let format): return [("type", types("string", "null")), ("pattern", string(format.pattern))]
        case .outputName, .path: return [("type", types("string", "null")), ("minLength", number("1"))]
        case .integer(let range): return bounds("integer", String(range.lowerBound), String(range.upperBound))
        case .number(let range): return bounds("number", "\(range.lowerBound)", "\(range.upperBound)")
        case .seed: return bounds("integer", "-1", String(UInt64.max))
        case .flag: return [("type", types("boolean", "null"))]
        case .choice(let names): return [("enum", array(names.map(string) + [JSONNode(.null)]))]
        case .picture:
            let path = object([("type", string("string")), ("minLength", number("1"))])
            let list = object([("type", string("array")), ("maxItems", number("1")), ("items", path)])
            return [("anyOf", array([path, list, object([("type", string("null"))])]))]
        case .byteCount:
            let text = object([("type", string("string")), ("pattern", string("^[0-9.]+ *([kKmMgGtT]i?)?[bB]?$"))])
            let count = object(bounds("integer", "1", String(Int.max)))
            return [("anyOf", array([text, count]))]
        }
    }

    private static func bounds(_ type: String, _ least: String, _ most: String) -> [(String, JSONNode)] {
        [("type", types(type, "null")), ("minimum", number(least)), ("maximum", number(most))]
    }
}

// MARK: - Schema words

extension JobSchema {
    static func reference(_ name: String) -> JSONNode { object([("$ref", string("#/$defs/\(name)"))]) }

    static func described(_ doc: String, _ schema: [(String, JSONNode)]) -> JSONNode {
        object([("description", string(doc))] + schema)
    }

    /// An object of these keys and, with `extras`, keys that begin with `x_`.
    static func closedObject(
        _ properties: [(String, JSONNode)], required: [String] = [], patterns: [(String, JSONNode)] = [],
        extras: Bool = true
    ) -> JSONNode {
        var members = [("type", string("object")), ("properties", object(properties))]
        let patterns = patterns + (extras ? [("^\(JobContent.extraPrefix)", object([]))] : [])
        if !patterns.isEmpty { members.append(("patternProperties", object(patterns))) }
        if !required.isEmpty { members.append(("required", array(required.map(string)))) }
        return object(members + [("additionalProperties", bool(false))])
    }

    static func types(_ names: String...) -> JSONNode { array(names.map(string)) }
    static func string(_ text: String) -> JSONNode { JSONNode(.string(text)) }
    static func number(_ text: String) -> JSONNode { JSONNode(.number(JSONNumber(text: text))) }
    static func bool(_ flag: Bool) -> JSONNode { JSONNode(.bool(flag)) }
    static func array(_ nodes: [JSONNode]) -> JSONNode { JSONNode(.array(nodes)) }

    /// The first of two members with one key counts.
    static func object(_ members: [(String, JSONNode)]) -> JSONNode {
        var object = JSONObject()
        for (key, node) in members { _ = object.insert(key, at: JSONNode.Position(line: 1, column: 1), node) }
        return JSONNode(.object(object))
    }

    /// One member a line.
    static func indented(_ node: JSONNode, _ indent: String) -> String {
        guard let object = node.object, !object.members.isEmpty else { return node.serialized }
        let inner = indent + "  "
        let lines = object.members.map { "\(inner)\(JSONNode.quoted($0.key)): \(indented($0.node, inner))" }
        return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    }
}

extension JSONNode {
    /// Puts another value in the place of a member.
    mutating func replace(_ key: String, _ node: JSONNode) {
        guard let object else { return }
        self = JobSchema.object(object.members.map { ($0.key, $0.key == key ? node : $0.node) })
    }
}
