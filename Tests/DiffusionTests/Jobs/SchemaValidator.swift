import DiffusionBasics
import Foundation

/// Judges documents by a JSON Schema (draft 2020-12), as far as the schema of job files goes. A word that it does not know
/// is a failure: nothing of the schema is passed over.
struct SchemaValidator {
    private let root: JSONNode

    init(_ schema: JSONNode) { root = schema }

    /// Why the document does not fit; nil where it does.
    func problem(_ document: JSONNode) -> String? { problem(document, root, "$") }

    private func problem(_ node: JSONNode, _ schema: JSONNode, _ path: String) -> String? {
        guard let words = schema.object else { return "the schema at \(path) is no object" }
        for word in words.members {
            if let problem = problem(node, word, of: words, path) { return problem }
        }
        return nil
    }

    private func problem(
        _ node: JSONNode, _ word: JSONObject.Member, of schema: JSONObject, _ path: String
    ) -> String? {
        let value = word.node
        func unless(_ fits: Bool) -> String? {
            fits ? nil : "\(path) breaks \(word.key) \(value.serialized.prefix(80))"
        }
        switch word.key {
        case "$schema", "title", "description", "$defs": return nil
        case "$ref":
            let name = String(value.string?.dropFirst("#/$defs/".count) ?? "")
            guard let target = root.object?["$defs"]?.object?[name] else { return "no definition \(name)" }
            return problem(node, target, path)
        case "anyOf": return unless(value.array?.contains { problem(node, $0, path) == nil } == true)
        case "type": return unless((value.array ?? [value]).contains { Self.isOf($0.string ?? "", node) })
        case "enum": return unless(value.array?.contains { Self.isEqual($0, node) } == true)
        case "const": return unless(Self.isEqual(value, node))
        case "minimum": return unless(Self.compare(node, value) { $0 >= $1 })
        case "maximum": return unless(Self.compare(node, value) { $0 <= $1 })
        case "minLength":
            return unless(node.string.map { $0.unicodeScalars.count >= value.number?.integer() ?? 0 } ?? true)
        case "pattern": return unless(node.string.map { Self.matches($0, value.string ?? "") } ?? true)
        case "minItems": return unless(node.array.map { $0.count >= value.number?.integer() ?? 0 } ?? true)
        case "maxItems": return unless(node.array.map { $0.count <= value.number?.integer() ?? 0 } ?? true)
        case "required":
            guard let object = node.object else { return nil }
            return unless((value.array ?? []).allSatisfy { object[$0.string ?? ""] != nil })
        case "items":
            return (node.array ?? []).enumerated().lazy.compactMap { problem($1, value, "\(path)[\($0)]") }.first
        case "properties", "patternProperties", "additionalProperties": return problemOfMembers(node, schema, path)
        default: return "the schema has the word \(word.key)"
        }
    }

    /// `properties`, `patternProperties` and `additionalProperties` together.
    private func problemOfMembers(_ node: JSONNode, _ schema: JSONObject, _ path: String) -> String? {
        let patterns = schema["patternProperties"]?.object?.members ?? []
        for member in node.object?.members ?? [] {
            var schemas = patterns.filter { Self.matches(member.key, $0.key) }.map(\.node)
            if let own = schema["properties"]?.object?[member.key] { schemas.append(own) }
            if schemas.isEmpty, schema["additionalProperties"]?.bool == false { return "\(path) has \(member.key)" }
            for schema in schemas {
                if let problem = problem(member.node, schema, "\(path).\(member.key)") { return problem }
            }
        }
        return nil
    }

    private static func isOf(_ type: String, _ node: JSONNode) -> Bool {
        switch type {
        case "null": node.isNull
        case "boolean": node.bool != nil
        case "string": node.string != nil
        case "array": node.array != nil
        case "object": node.object != nil
        case "number": node.number != nil
        case "integer": node.number?.double.map { $0.rounded() == $0 } ?? false
        default: false
        }
    }

    private static func isEqual(_ a: JSONNode, _ b: JSONNode) -> Bool {
        if let a = a.number?.double, let b = b.number?.double { return a == b }
        return a.serialized == b.serialized
    }

    /// What is no number passes.
    private static func compare(_ node: JSONNode, _ bound: JSONNode, _ holds: (Double, Double) -> Bool) -> Bool {
        guard let number = node.number else { return true }
        guard let value = number.double, let bound = bound.number?.double else { return false }
        return holds(value, bound)
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        text.range(of: pattern, options: .regularExpression) != nil
    }
}
