import DiffusionBasics
import DiffusionRenderer
import DiffusionSchedulers

/// Why a value cannot be a field's.
struct JobValueError: Error {
    var code: JobProblem.Code
    /// `is 0, expected 1 to 1000`.
    var problem: String
    var remedy: String?
}

extension JobField.Kind {
    /// - Throws: `JobValueError`, or what is wrong with a sampler's or an output's name.
    func read(_ node: JSONNode, hasVariables: Bool = true) throws -> JobValue {
        switch self {
        case .prompt: return .prompt(try Self.prompt(text(node), hasVariables: hasVariables))
        case .integer(let range): return .integer(try integer(node, range))
        case .number(let range): return .number(try number(node, range))
        case .seed: return .seed(try seed(node))
        case .flag:
            guard let flag = node.bool else { throw wrongType(node) }
            return .flag(flag)
        case .choice(let names):
            let name = try text(node)
            guard names.contains(name) else { throw unknown(name, among: names) }
            return .text(name)
        case .format(let format):
            let value = try text(node)
            guard format.isValid(value) else { throw outOfRange(node) }
            return .text(value)
        case .sampler:
            let name = try text(node)
            return .text(try Self.samplerNames[name] ?? SamplerRegistry.displayName(of: name))
        case .spacing: return .text(try Self.spacing(text(node)))
        case .path: return .text(try notEmpty(text(node)))
        case .picture: return .texts(try picture(node))
        case .byteCount: return .integer(try byteCount(node))
        case .outputName: return .outputName(try OutputNameTemplate(text(node), origin: .jobFile))
        }
    }

    /// A value of the command line: numbers and flags as JSON writes them, texts as they are.
    /// - Throws: as `read`.
    func read(text: String) throws -> JobValue {
        switch self {
        case .integer, .number, .seed, .flag:
            let node = try? JSONParser.parse(Array(text.utf8), file: "")
            return try read(node ?? JSONNode(.string(text)))
        default: return try read(JSONNode(.string(text)))
        }
    }

    /// What a value must be, for people.
    var expectation: String {
        switch self {
        case .prompt, .path, .outputName: "a text"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            "a number from \(Self.shortest(range.lowerBound)) to \(Self.shortest(range.upperBound))"
        case .seed: "a whole number from 0 to \(UInt64.max), or -1"
        case .flag: "true or false"
        case .choice(let names): names.joined(separator: " or ")
        case .format(let format): format.expectation
        case .sampler: "a sampler's name"
        case .spacing: "the name of a spacing"
        case .picture: "a path in a list of one"
        case .byteCount: "a size such as \"6GB\""
        }
    }

    /// The spellings that the registry lists: a million jobs name their sampler, and searching it takes a while.
    private static let samplerNames: [String: String] = {
        let spellings = SamplerRegistry.entries.flatMap { entry in
            [entry.className, entry.displayName] + entry.aliases + entry.presets.flatMap { [$0.alias, $0.displayName] }
        }
        return spellings.reduce(into: [:]) { $0[$1] = try? SamplerRegistry.displayName(of: $1) }
    }()

    private static func prompt(_ text: String, hasVariables: Bool) throws -> PromptTemplate {
        do {
            return try PromptTemplate(text, hasVariables: hasVariables)
        } catch let error as PromptTemplateError {
            throw JobValueError(
                code: .prompt, problem: error.problem, remedy: "Write \\{ and \\| where a brace or bar is meant.")
        }
    }

    private func text(_ node: JSONNode) throws -> String {
        guard let text = node.string else { throw wrongType(node) }
        guard !text.utf8.contains(0) else {
            throw JobValueError(code: .outOfRange, problem: "holds a NUL character", remedy: "Remove it.")
        }
        return text
    }

    private func notEmpty(_ text: String) throws -> String {
        guard !text.isEmpty else {
            throw JobValueError(code: .outOfRange, problem: "is empty", remedy: "Leave it out.")
        }
        return text
    }

    private func integer(_ node: JSONNode, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = node.number else { throw wrongType(node) }
        guard let value = number.integer() ?? number.double.flatMap(Int.init(exactly:)) else {
            throw number.double.map { abs($0) < 1e15 } ?? false ? wrongType(node) : outOfRange(node)
        }
        guard range.contains(value) else { throw outOfRange(node) }
        return value
    }

    private func number(_ node: JSONNode, _ range: ClosedRange<Double>) throws -> Double {
        guard let number = node.number else { throw wrongType(node) }
        guard let value = number.double, range.contains(value) else { throw outOfRange(node) }
        return value
    }

    private func seed(_ node: JSONNode) throws -> UInt64? {
        guard let number = node.number else { throw wrongType(node) }
        if let value = number.integer(as: UInt64.self) { return value }
        guard let value = number.double.flatMap(Int64.init(exactly:)), value >= -1 else {
            let isWhole = number.double.map { $0.rounded() == $0 } ?? true
            throw isWhole ? outOfRange(node) : wrongType(node)
        }
        return value == -1 ? nil : UInt64(value)
    }

    private func byteCount(_ node: JSONNode) throws -> Int {
        guard let text = node.string ?? node.number?.text,
            node.number == nil || node.number?.integer(as: Int.self) != nil
        else { throw wrongType(node) }
        guard let count = ByteCount.parse(text), count > 0 else { throw outOfRange(node) }
        return count
    }

    private func picture(_ node: JSONNode) throws -> [String] {
        if let nodes = node.array {
            guard nodes.count == 1 else {
                if nodes.isEmpty { return [] }
                throw JobValueError(
                    code: .outOfRange, problem: "holds \(nodes.count) pictures, expected one",
                    remedy: "Write a job for each, or put them into \"matrix\".")
            }
            return [try notEmpty(text(nodes[0]))]
        }
        return [try notEmpty(text(node))]
    }

    private static func spacing(_ text: String) throws -> String {
        if text.isEmpty || text.lowercased() == "automatic" { return "" }
        do {
            let options = try SamplerRegistry.spacing(named: text)
            return options.sigmaSpacing?.rawValue ?? options.timestepSpacing?.rawValue ?? text
        } catch {
            if let sampler = try? SamplerRegistry.displayName(of: text) { return sampler }
            throw error
        }
    }

    func wrongType(_ node: JSONNode) -> JobValueError {
        var remedy: String?
        if node.array != nil || node.object != nil { remedy = "Lists and ranges stand in \"matrix\" or \"zip\"." }
        if case .string(let text) = node.value, JobRange(text: text) != nil {
            remedy = "Ranges stand in \"matrix\" or \"zip\"."
        }
        return JobValueError(
            code: .wrongType, problem: "is \(node.kindDescription), expected \(expectation)", remedy: remedy)
    }

    private func outOfRange(_ node: JSONNode) -> JobValueError {
        JobValueError(code: .outOfRange, problem: "is \(node.kindDescription), expected \(expectation)")
    }

    private func unknown(_ name: String, among names: [String]) -> JobValueError {
        JobValueError(
            code: .outOfRange, problem: "is \"\(name.prefix(60))\", expected \(expectation)",
            remedy: nearestName(to: name, among: names).map { "Did you mean \"\($0)\"?" })
    }

    private static func shortest(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}
