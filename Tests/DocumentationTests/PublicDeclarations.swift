import Foundation

/// A declaration that a program outside of the package can see.
struct PublicDeclaration: Hashable {
    /// As DocC writes it: `Tensor`, `Tensor.init(zeros:)`, `Scheduler.step(from:modelOutput:at:using:)`.
    var path: String
    var hasDocumentation: Bool
    /// Where it is, for messages.
    var place: String

    /// The type it belongs to; empty for a type at the top.
    var owner: String { path.lastIndex(of: ".").map { String(path[..<$0]) } ?? "" }
    /// Its name within that type.
    var member: String { path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path }
}

/// Reads the public declarations out of Swift sources, formatted as in this package: a declaration begins its line.
///
/// A scan and no compiler: it knows braces, strings, comments and the heads of declarations. `public extension` is not
/// used here, and reported.
struct DeclarationScanner {
    private struct Scope {
        /// Empty where the braces are no type's.
        var path: String
        var keyword: String
        var isPublic: Bool
    }

    private struct Head {
        var isPublic: Bool
        var keyword: String
        /// Behind the keyword.
        var rest: Substring
    }

    private(set) var declarations: [PublicDeclaration] = []
    /// Requirements of public protocols, by their member names.
    private(set) var requirements: Set<String> = []
    private(set) var protocols: Set<String> = []
    private var types: Set<String> = []
    private var scopes: [Scope] = []

    /// Declarations whose types are all public.
    var visibleDeclarations: [PublicDeclaration] {
        declarations.filter { $0.owner.isEmpty || types.contains($0.owner) }
    }

    /// Takes over what another scan found of these types.
    mutating func add(_ other: DeclarationScanner, only names: Set<String>) {
        let isTaken = { (path: String) in names.contains(String(path.prefix { $0 != "." })) }
        declarations += other.declarations.filter { isTaken($0.path) }
        types.formUnion(other.types.filter(isTaken))
        protocols.formUnion(other.protocols.filter(isTaken))
        requirements.formUnion(other.requirements)
    }

    /// - Parameter name: the file's, for messages.
    mutating func scan(_ source: String, name: String) {
        let code = Self.withoutTextAndComments(source)
        let sourceLines = source.split(separator: "\n", omittingEmptySubsequences: false)
        var pending: Scope?
        var start = code.startIndex
        for (number, line) in code.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if scopes.allSatisfy({ !$0.path.isEmpty }), let head = Self.head(of: line) {
                let isDocumented = Self.isDocumented(number, sourceLines)
                let place = "\(name):\(number + 1)"
                pending = take(head, code[start...], isDocumented, place) ?? pending
            }
            for character in line {
                if character == "{" {
                    scopes.append(pending ?? Scope(path: "", keyword: "", isPublic: false))
                    pending = nil
                } else if character == "}" {
                    _ = scopes.popLast()
                }
            }
            start = line.endIndex == code.endIndex ? code.endIndex : code.index(after: line.endIndex)
        }
    }

    /// Notes a declaration; returns the scope that it opens, if it opens one.
    private mutating func take(_ head: Head, _ code: Substring, _ isDocumented: Bool, _ place: String) -> Scope? {
        let owner = scopes.last
        let prefix = owner.map { "\($0.path)." } ?? ""
        let isRequirement = owner?.keyword == "protocol" && head.keyword != "case"
        let isCase = head.keyword == "case" && owner?.keyword == "enum"
        let isPublic = head.isPublic || (isRequirement || isCase) && owner?.isPublic == true
        if Self.typeKeywords.contains(head.keyword) {
            let typeName = String(head.rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
            if isPublic, head.keyword != "extension" {
                note(prefix + typeName, isDocumented, place)
                types.insert(prefix + typeName)
                if head.keyword == "protocol" { protocols.insert(prefix + typeName) }
            }
            return Scope(path: prefix + typeName, keyword: head.keyword, isPublic: isPublic)
        }
        guard isPublic, head.keyword != "case" || isCase else { return nil }
        for name in Self.names(head, code) {
            note(prefix + name, isDocumented, place)
            if isRequirement { requirements.insert(name) }
        }
        return nil
    }

    private mutating func note(_ path: String, _ isDocumented: Bool, _ place: String) {
        declarations.append(PublicDeclaration(path: path, hasDocumentation: isDocumented, place: place))
    }

    // MARK: Heads

    private static let typeKeywords: Set<String> = ["struct", "enum", "class", "actor", "protocol", "extension"]
    private static let memberKeywords: Set<String> = [
        "func", "var", "let", "init", "init?", "subscript", "case", "typealias", "associatedtype",
    ]
    private static let modifiers: Set<String> = [
        "public", "package", "internal", "private", "fileprivate", "open", "static", "class", "final", "mutating",
        "nonisolated", "convenience", "override", "indirect", "lazy", "weak", "unowned", "borrowing", "consuming",
        "private(set)", "required", "dynamic", "package(set)",
    ]

    /// The access and the keyword of a line that begins a declaration.
    private static func head(of line: Substring) -> Head? {
        var rest = line.drop { $0 == " " }
        var isPublic = false
        while true {
            let word = rest.prefix {
                $0 != " " && $0 != ":" && $0 != "<" && $0 != "[" && !($0 == "(" && !isSetter(rest))
            }
            let behind = rest.dropFirst(word.count)
            if word.hasPrefix("@") {
                rest = behind.drop { $0 == "(" || $0 == ")" || $0 == " " }
            } else if typeKeywords.contains(String(word)), !(word == "class" && isModifier(behind)) {
                return Head(isPublic: isPublic, keyword: String(word), rest: behind.drop { $0 == " " })
            } else if memberKeywords.contains(String(word)) {
                let isFailable = word == "init?"
                return Head(
                    isPublic: isPublic, keyword: isFailable ? "init" : String(word), rest: behind.drop { $0 == " " })
            } else if modifiers.contains(String(word)) {
                if word == "public" || word == "open" { isPublic = true }
                rest = behind.drop { $0 == " " }
            } else {
                return nil
            }
        }
    }

    private static func isSetter(_ rest: Substring) -> Bool { rest.prefix { $0 != " " }.hasSuffix("(set)") }

    /// `class func` and the like.
    private static func isModifier(_ behind: Substring) -> Bool {
        ["func", "var", "let"].contains(String(behind.drop { $0 == " " }.prefix { $0 != " " }))
    }

    // MARK: Names

    private static func names(_ head: Head, _ code: Substring) -> [String] {
        switch head.keyword {
        case "func", "init", "subscript":
            let name =
                head.keyword == "func"
                ? String(head.rest.prefix { $0 != "(" && $0 != "<" && $0 != " " }) : head.keyword
            let operatorName = name.isEmpty ? String(head.rest.prefix { $0 != " " && $0 != "(" }) : name
            let isOperator = head.keyword == "func" && operatorName.first?.isLetter == false
            if isOperator { return [operatorName + "(_:_:)"] }
            return [operatorName + labels(in: code, isSubscript: head.keyword == "subscript")]
        case "case":
            return topLevelParts(String(code.prefix { $0 != "\n" }).replacing(#/^\s*(indirect )?case /#, with: "")).map
            {
                let name = $0.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "`" }
                return name.replacing("`", with: "") + ($0.contains("(") ? labels(in: $0[...], isSubscript: false) : "")
            }
        default: return [String(head.rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })]
        }
    }

    /// `(from:at:)` of the first parentheses in `code`.
    private static func labels(in code: Substring, isSubscript: Bool) -> String {
        guard let open = code.firstIndex(of: "(") else { return "" }
        var depth = 0
        var inside = ""
        for character in code[open...] {
            if character == ")" || character == "]" { depth -= 1 }
            if depth == 0, character == ")" { break }
            if depth > 0 { inside.append(character) }
            if character == "(" || character == "[" { depth += 1 }
        }
        let labels = topLevelParts(inside).map { part -> String in
            let words = part.prefix { $0 != ":" }.split { $0 == " " || $0 == "\n" }
            guard part.contains(":"), let first = words.first else { return "_:" }
            return isSubscript && words.count == 1 ? "_:" : "\(first):"
        }
        return "(\(labels.joined()))"
    }

    /// Parts between commas that are in no brackets.
    private static func topLevelParts(_ text: String) -> [String] {
        var (parts, depth, last) = ([String](), 0, Character(" "))
        var part = ""
        for character in text {
            if "([<{".contains(character) { depth += 1 }
            if ")]}".contains(character) || character == ">" && last != "-" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append(part)
                part = ""
            } else {
                part.append(character)
            }
            last = character
        }
        return (parts + [part]).map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
    }

    // MARK: Text

    /// Whether `///` stands above a line, attributes left out.
    private static func isDocumented(_ number: Int, _ lines: [Substring]) -> Bool {
        let above = lines[..<number].reversed().lazy.map { $0.drop { $0 == " " } }
        return above.first { !$0.hasPrefix("@") }?.hasPrefix("///") == true
    }

    /// The code alone, every character of strings and comments a blank, lines kept.
    static func withoutTextAndComments(_ source: String) -> String {
        var (result, rest) = ("", source[...])
        while let first = rest.first {
            let pattern: Regex<Substring>? =
                switch first {
                case "/": #/\/\/[^\n]*|\/\*[\s\S]*?\*\//#
                case "#": #/#"[\s\S]*?"#/#
                case "\"": #/"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"/#
                default: nil
                }
            if let pattern, let match = rest.prefixMatch(of: pattern) {
                result += match.output.map { $0 == "\n" ? "\n" : " " }
                rest = rest[match.range.upperBound...]
            } else {
                result.append(first)
                rest.removeFirst()
            }
        }
        return result
    }
}
