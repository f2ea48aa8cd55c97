/// Cuts a prompt into literals, variables and alternatives.
struct PromptTemplateParser {
    private let scalars: [UnicodeScalar]
    private let hasVariables: Bool
    /// For each opening brace with a bar inside, where its other half stands.
    private let groups: [Int: Int]
    private var position = 0

    static let deepest = 32

    init(_ text: String, hasVariables: Bool) {
        scalars = Array(text.unicodeScalars)
        self.hasVariables = hasVariables
        groups = Self.groups(in: scalars)
    }

    mutating func template(source: String) throws -> PromptTemplate {
        try PromptTemplate(source: source, pieces: try pieces(until: scalars.count, depth: 0))
    }

    /// Pairs of braces between which a bar stands that belongs to them.
    private static func groups(in scalars: [UnicodeScalar]) -> [Int: Int] {
        var groups: [Int: Int] = [:]
        var open: [(start: Int, hasBar: Bool)] = []
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "\\" where isSign(scalars, index + 1): index += 1
            case "{": open.append((index, false))
            case "|": if let last = open.indices.last { open[last].hasBar = true }
            case "}": if let group = open.popLast(), group.hasBar { groups[group.start] = index }
            default: break
            }
            index += 1
        }
        return groups
    }

    private static func isSign(_ scalars: [UnicodeScalar], _ index: Int) -> Bool {
        index < scalars.count && ["{", "|", "}", "$"].contains(scalars[index])
    }

    private mutating func pieces(until end: Int, depth: Int) throws -> [PromptTemplate.Piece] {
        guard depth <= Self.deepest else { throw PromptTemplateError.tooDeep }
        var pieces: [PromptTemplate.Piece] = []
        var literal = String.UnicodeScalarView()
        func flush() {
            if !literal.isEmpty { pieces.append(.literal(String(literal))) }
            literal = String.UnicodeScalarView()
        }
        while position < end {
            if scalars[position] == "\\", Self.isSign(scalars, position + 1) {
                literal.append(scalars[position + 1])
                position += 2
            } else if scalars[position] == "{", let close = groups[position] {
                flush()
                pieces.append(.alternatives(try options(until: close, depth: depth + 1)))
            } else if let name = variable(before: end) {
                flush()
                pieces.append(.variable(name))
            } else {
                literal.append(scalars[position])
                position += 1
            }
        }
        flush()
        return pieces
    }

    /// The options of the group at hand.
    private mutating func options(until close: Int, depth: Int) throws -> [PromptTemplate] {
        position += 1
        var options: [PromptTemplate] = []
        while position <= close {
            let end = endOfOption(before: close)
            let text = String(String.UnicodeScalarView(scalars[position..<end]))
            options.append(try PromptTemplate(source: text, pieces: try pieces(until: end, depth: depth)))
            position = end + 1
        }
        return options
    }

    /// The next bar that belongs to the group ending at `close`, or `close`.
    private func endOfOption(before close: Int) -> Int {
        var index = position
        var depth = 0
        while index < close {
            switch scalars[index] {
            case "\\" where Self.isSign(scalars, index + 1): index += 1
            case "{": depth += 1
            case "}": depth -= 1
            case "|" where depth == 0: return index
            default: break
            }
            index += 1
        }
        return close
    }

    /// Consumes a variable, if one is at hand.
    private mutating func variable(before end: Int) -> String? {
        guard hasVariables, scalars[position] == "$" else { return nil }
        let braced = position + 1 < end && scalars[position + 1] == "{"
        let start = position + (braced ? 2 : 1)
        var last = start
        while last < end, Self.isNameScalar(scalars[last], isFirst: last == start) { last += 1 }
        guard last > start, !braced || last < end && scalars[last] == "}" else { return nil }
        position = braced ? last + 1 : last
        return String(String.UnicodeScalarView(scalars[start..<last]))
    }

    private static func isNameScalar(_ scalar: UnicodeScalar, isFirst: Bool) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_": true
        case "0"..."9": !isFirst
        default: false
        }
    }

    /// Whether a text can be a variable's name.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.unicodeScalars.enumerated().allSatisfy { isNameScalar($1, isFirst: $0 == 0) }
    }
}
