/// One way in which checkpoints name the same tensors differently, as data: a run of whole segments (`mid.block_1`) that
/// stands for another.
package struct NameRule: Sendable {
    private let old: [Substring]
    private let new: [Substring]
    private let onlyAtStart: Bool

    /// Renames names that begin with `old`; an empty `new` drops it.
    package static func prefix(_ old: String, _ new: String) -> NameRule {
        NameRule(old: segments(old), new: segments(new), onlyAtStart: true)
    }

    /// Renames the first occurrence of `old` anywhere in a name.
    package static func run(_ old: String, _ new: String) -> NameRule {
        NameRule(old: segments(old), new: segments(new), onlyAtStart: false)
    }

    private static func segments(_ text: String) -> [Substring] { text.split(separator: ".") }

    /// Renames `name`, given in segments; returns whether the rule concerned it.
    fileprivate func apply(to name: inout [Substring]) -> Bool {
        guard !old.isEmpty, name.count >= old.count else { return false }
        let lastStart = onlyAtStart ? 0 : name.count - old.count
        guard let start = (0...lastStart).first(where: { name[$0..<$0 + old.count].elementsEqual(old) }) else {
            return false
        }
        name.replaceSubrange(start..<start + old.count, with: new)
        return true
    }
}

/// How the names of a checkpoint become the names that networks ask for (those of today's diffusers and transformers).
///
/// Each stage's first rule that concerns a name is applied; the stages follow each other. A tensor whose name then ends in
/// a key of `splits` stands for several, its rows dealt out in equal parts.
package struct NameRules: Sendable {
    package var stages: [[NameRule]]
    package var splits: [String: [String]]

    package init(_ stages: [[NameRule]] = [], splits: [String: [String]] = [:]) {
        self.stages = stages
        self.splits = splits
    }

    package func renamed(_ name: String) -> String {
        var segments = name.split(separator: ".", omittingEmptySubsequences: false)
        for stage in stages {
            _ = stage.first { $0.apply(to: &segments) }
        }
        return segments.joined(separator: ".")
    }

    /// The names of the equal parts that a tensor named `name` consists of; just that name where it is one.
    package func parts(of name: String) -> [String] {
        for (ending, parts) in splits where name == ending || name.hasSuffix(".\(ending)") {
            return parts.map { name.dropLast(ending.count) + $0 }
        }
        return [name]
    }
}

extension NameRules {
    /// Text encoders: newer transformers dropped the prefix.
    package static let textEncoder = NameRules([[.prefix("text_model", "")]])

    /// Autoencoders made before diffusers 0.17 name the mid block's attention otherwise
    /// (`ModelMixin._fix_state_dict_keys_on_load`).
    package static let autoencoder = NameRules([
        ["encoder", "decoder"].flatMap { half in
            [("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")].map {
                let attention = "\(half).mid_block.attentions.0"
                return NameRule.prefix("\(attention).\($0.0)", "\(attention).\($0.1)")
            }
        }
    ])
}
