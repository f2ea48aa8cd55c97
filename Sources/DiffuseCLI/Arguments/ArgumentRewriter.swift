/// Brings arguments into the one form that the parser reads without doubt: `--name=value`, `--switch`, then `--` and the
/// positional ones.
///
/// swift-argument-parser has no hidden aliases and takes a value that begins with a dash (`--seed -1`, a prompt) for a
/// flag. Names that mean nothing pass through, so that the parser reports them.
package struct ArgumentRewriter {
    private let table: FlagTable
    private var flags: [String] = []
    private var positionals: [String] = []

    private init(_ table: FlagTable) { self.table = table }

    /// - Throws: `UsageError` for a pair such as `--size` whose value is none, and for an empty path.
    package static func rewrite(_ arguments: [String], _ table: FlagTable) throws -> [String] {
        var rewriter = ArgumentRewriter(table)
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                rewriter.positionals += rest
                break
            }
            try rewriter.take(argument, &rest)
        }
        return rewriter.flags + (rewriter.positionals.isEmpty ? [] : ["--"] + rewriter.positionals)
    }

    private mutating func take(_ argument: String, _ rest: inout ArraySlice<String>) throws {
        guard Self.isFlag(argument) else {
            positionals.append(argument)
            return
        }
        if let cluster = switchCluster(argument) {
            flags += cluster
            return
        }
        guard let (name, attached) = split(argument) else {
            flags.append(argument)
            return
        }
        guard !table.switches.contains(name) else {
            flags += Self.joined(name, attached)
            return
        }
        let value = attached ?? rest.first.flatMap { Self.isLongFlag($0) ? nil : $0 }
        if attached == nil, value != nil { rest.removeFirst() }
        try add(name, value)
    }

    private mutating func add(_ name: String, _ value: String?) throws {
        guard value != "" || !FlagTable.paths.contains(name) else {
            throw UsageError.badValue(flag: "--\(name)", found: "", expected: "a path")
        }
        guard let (first, second) = table.pairs[name], let value else {
            flags += Self.joined(name, value)
            return
        }
        let parts = value.split(omittingEmptySubsequences: false) { "xX×*".contains($0) }
        guard parts.count == 2 else {
            throw UsageError.badValue(flag: "--\(name)", found: value, expected: "two numbers such as 512x768")
        }
        flags += zip([first, second], parts).flatMap { Self.joined($0, String($1)) }
    }

    /// The long name behind any spelling, and the value where it is attached; nil where the letter is unknown.
    private func split(_ argument: String) -> (name: String, value: String?)? {
        let body = argument.drop { $0 == "-" }
        let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count == 2 ? String(parts[1]) : nil
        if argument.hasPrefix("--") {
            let name = String(parts[0].map { $0 == "_" ? "-" : $0 })
            return (table.aliases[name] ?? name, value)
        }
        guard let letter = body.first, let name = table.shortNames[letter] else { return nil }
        if parts[0].count == 1 { return (name, value) }
        // `-s42`: only a number, or a misspelled long flag would be read as a short one's value.
        let attached = body.dropFirst()
        return attached.first?.isWholeNumber == true ? (name, String(attached)) : nil
    }

    /// `-qv` as its two switches.
    private func switchCluster(_ argument: String) -> [String]? {
        guard !argument.hasPrefix("--") else { return nil }
        let names = argument.dropFirst().map { table.shortNames[$0] }
        let switches = names.compactMap { name in name.flatMap { table.switches.contains($0) ? $0 : nil } }
        return switches.count == names.count ? switches.map { "--\($0)" } : nil
    }

    /// A text with a blank in it is a prompt, even behind a dash; a dash alone is standard input.
    private static func isFlag(_ argument: String) -> Bool {
        argument.count > 1 && argument.hasPrefix("-") && !head(of: argument).contains(where: \.isWhitespace)
    }

    /// Whether an argument cannot be the value of the flag before it.
    private static func isLongFlag(_ argument: String) -> Bool {
        let name = head(of: argument).dropFirst(2)
        return argument.hasPrefix("--") && name.first?.isLetter == true
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    private static func head(of argument: String) -> Substring { argument.prefix { $0 != "=" } }

    /// An empty value stands by itself, or the parser would miss it.
    private static func joined(_ name: String, _ value: String?) -> [String] {
        switch value {
        case nil: ["--\(name)"]
        case "": ["--\(name)", ""]
        case let value?: ["--\(name)=\(value)"]
        }
    }
}
