/// A prompt with alternatives, `a castle, {winter|summer} light`, and variables, `portrait of a $animal`.
///
/// A brace opens alternatives only where a bar stands between it and its other half, so emphasis in braces passes through.
/// Alternatives may hold alternatives. A variable is `$` and a name of letters, digits and underscores that begins with no
/// digit, or the same as `${name}`. A backslash before `{`, `|`, `}` or `$` takes the sign's meaning away; before anything
/// else it stays, as A1111's `\(` needs it. The values of variables are put in as they are.
struct PromptTemplate: Sendable, Equatable {
    indirect enum Piece: Sendable, Equatable {
        case literal(String)
        case variable(String)
        case alternatives([PromptTemplate])
    }

    /// As it was written.
    let source: String
    let pieces: [Piece]
    /// How many prompts it stands for.
    let count: Int

    /// A text that is taken as it is.
    init(literal: String) {
        (source, pieces, count) = (literal, [.literal(literal)], 1)
    }

    /// - Throws: `PromptTemplateError` where alternatives are nested too deeply, or stand for too many prompts.
    init(_ text: String, hasVariables: Bool = true) throws {
        guard text.utf8.contains(where: { Self.signs.contains($0) }) else {
            self.init(literal: text)
            return
        }
        var parser = PromptTemplateParser(text, hasVariables: hasVariables)
        self = try parser.template(source: text)
    }

    init(source: String, pieces: [Piece]) throws {
        var count = 1
        for case .alternatives(let options) in pieces {
            let optionCount = options.reduce(0) { $0 + $1.count }
            let (product, overflow) = count.multipliedReportingOverflow(by: optionCount)
            guard !overflow, product <= JobPlan.mostRenders else { throw PromptTemplateError.tooMany }
            count = product
        }
        (self.source, self.pieces, self.count) = (source, pieces, count)
    }

    /// `{`, `\`, `$`.
    private static let signs: [UInt8] = [0x7B, 0x5C, 0x24]

    /// The names of all variables in it.
    var variables: [String] {
        pieces.flatMap { piece -> [String] in
            switch piece {
            case .literal: []
            case .variable(let name): [name]
            case .alternatives(let options): options.flatMap(\.variables)
            }
        }
    }

    /// Prompt `index` of `count`; the rightmost alternatives change fastest.
    func text(_ index: Int, value: (String) -> String) -> String {
        if case .literal(let text) = pieces.first, pieces.count == 1 { return text }
        var rest = index
        var parts: [String] = []
        for piece in pieces.reversed() {
            switch piece {
            case .literal(let text): parts.append(text)
            case .variable(let name): parts.append(value(name))
            case .alternatives(let options):
                let optionCount = options.reduce(0) { $0 + $1.count }
                parts.append(Self.text(rest % optionCount, of: options, value: value))
                rest /= optionCount
            }
        }
        return parts.reversed().joined()
    }

    private static func text(_ index: Int, of options: [PromptTemplate], value: (String) -> String) -> String {
        var rest = index
        for option in options {
            if rest < option.count { return option.text(rest, value: value) }
            rest -= option.count
        }
        return ""
    }
}

enum PromptTemplateError: Error, Equatable {
    case tooDeep
    case tooMany

    var problem: String {
        switch self {
        case .tooDeep: "nests alternatives more than \(PromptTemplateParser.deepest) deep"
        case .tooMany: "stands for more than \(JobPlan.mostRenders) prompts"
        }
    }
}
