import DiffusionBasics

/// Weights that do not belong to the network that asks for them.
package enum WeightsError: DescribedError, Equatable {
    package struct WrongShape: Sendable, Equatable {
        package var name: String
        package var found: [Int]
        package var expected: [Int]
    }

    /// All that is wrong, at once. `examples` are names that the files do hold.
    case unfit(source: String, asked: Int, missing: [String], wrong: [WrongShape], examples: [String])
    /// What is wrong with more than one part of a model.
    indirect case several([WeightsError])
    case duplicate(name: String, first: String, second: String)

    package var code: String {
        switch self {
        case .unfit(_, _, let missing, _, _): missing.isEmpty ? "weights.wrong-shapes" : "weights.missing-tensors"
        case .several(let errors):
            errors.map(\.code).first { $0 == "weights.missing-tensors" } ?? "weights.wrong-shapes"
        case .duplicate: "weights.duplicate"
        }
    }

    package var sentence: String {
        switch self {
        case .unfit(let source, let asked, let missing, let wrong, _):
            let parts = [Self.describe(missing, of: asked), Self.describe(wrong)].compactMap(\.self)
            return "\(source) does not fit its configuration: \(parts.joined(separator: "; "))."
        case .several(let errors): return errors.map(\.sentence).joined(separator: " ")
        case .duplicate(let name, let first, let second):
            return "Tensor \(shown(name)) is in \(first) and in \(second)."
        }
    }

    package var remedy: String? {
        if case .several(let errors) = self { return errors.lazy.compactMap(\.remedy).first }
        guard case .unfit(_, let asked, let missing, _, let examples) = self, missing.count * 2 > asked else {
            return nil
        }
        let names = examples.isEmpty ? "it holds no tensors" : "its tensors are named like \(Self.list(examples))"
        return "These look like the weights of another architecture: \(names)."
    }

    private static func describe(_ missing: [String], of asked: Int) -> String? {
        guard !missing.isEmpty else { return nil }
        return "\(missing.count) of \(asked) tensors \(missing.count == 1 ? "is" : "are") missing: \(list(missing))"
    }

    private static func describe(_ wrong: [WrongShape]) -> String? {
        guard !wrong.isEmpty else { return nil }
        let shapes = wrong.prefix(limit).map { "\(shown($0.name)) is \($0.found), expected \($0.expected)" }
        return "\(wrong.count) \(wrong.count == 1 ? "has" : "have") another shape: "
            + shapes.joined(separator: ", ") + rest(wrong.count)
    }

    /// Names shown before the rest is only counted.
    private static let limit = 20

    private static func list(_ names: [String]) -> String {
        names.prefix(limit).map(shown).joined(separator: ", ") + rest(names.count)
    }

    private static func rest(_ count: Int) -> String { count > limit ? " and \(count - limit) more" : "" }
}
