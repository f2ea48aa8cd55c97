import DiffusionBasics

/// A path with placeholders, filled in for each picture: `{job}/{index:04}-{seed}.png`.
package struct OutputNameTemplate: Sendable, Hashable {
    package enum Placeholder: String, Sendable, CaseIterable {
        case seed
        case index
        case job
        /// The prompt's letters and digits, lower-cased, with hyphens between.
        case promptSlug = "prompt_slug"
        case width
        case height
        case steps
        case guidanceScale = "cfg_scale"
        case sampler = "sampler_name"

        static var listing: String { allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ") }
        fileprivate var isNumber: Bool { [.seed, .index, .width, .height, .steps].contains(self) }
    }

    /// Who wrote the template: a person at the command line may name any place, a job file only places within its own
    /// output folder.
    package enum Origin: Sendable {
        case commandLine
        case jobFile
    }

    /// What one picture puts in.
    package struct Values: Sendable {
        package var seed: UInt64
        package var index: Int
        package var job: String
        package var prompt: String
        package var width = 0
        package var height = 0
        package var steps = 0
        package var guidanceScale = 0.0
        package var sampler = ""

        package init(seed: UInt64, index: Int, job: String, prompt: String) {
            self.seed = seed
            self.index = index
            self.job = job
            self.prompt = prompt
        }
    }

    enum Piece: Sendable, Hashable {
        case literal(String)
        /// Numbers are filled with zeros to `width` digits.
        case placeholder(Placeholder, width: Int)
    }

    /// As it was written.
    package let source: String
    let pieces: [Piece]
    private let origin: Origin

    /// - Throws: `OutputNameError` for anything that no values could make right.
    package init(_ text: String, origin: Origin) throws {
        guard !text.isEmpty else { throw OutputNameError.empty }
        source = text
        pieces = try OutputNameParser.pieces(of: text)
        self.origin = origin
        _ = try path(for: Values(seed: 0, index: 0, job: "j", prompt: "p"))
    }

    /// Which placeholders occur: a name that varies with nothing cannot serve several pictures.
    package var placeholders: Set<Placeholder> {
        Set(pieces.compactMap { if case .placeholder(let placeholder, _) = $0 { placeholder } else { nil } })
    }

    /// - Throws: `OutputNameError` where the values make a name that no file can have.
    package func path(for values: Values) throws -> String {
        let path = pieces.map { Self.text(of: $0, values) }.joined()
        try OutputNameRules.check(path, origin: origin)
        return path
    }

    private static func text(of piece: Piece, _ values: Values) -> String {
        switch piece {
        case .literal(let text): text
        case .placeholder(.seed, let width): padded(String(values.seed), width)
        case .placeholder(.index, let width): padded(String(values.index), width)
        case .placeholder(.job, _): OutputNameRules.component(values.job)
        case .placeholder(.promptSlug, _): OutputNameRules.slug(values.prompt)
        case .placeholder(.width, let width): padded(String(values.width), width)
        case .placeholder(.height, let width): padded(String(values.height), width)
        case .placeholder(.steps, let width): padded(String(values.steps), width)
        case .placeholder(.guidanceScale, _):
            Int(exactly: values.guidanceScale).map(String.init) ?? "\(values.guidanceScale)"
        case .placeholder(.sampler, _): OutputNameRules.slug(values.sampler)
        }
    }

    private static func padded(_ digits: String, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// What Linux and macOS allow one part of a path.
    package static let maximumNameByteCount = 255
}

/// Cuts a template into literals and placeholders.
private struct OutputNameParser {
    static func pieces(of template: String) throws -> [OutputNameTemplate.Piece] {
        var pieces: [OutputNameTemplate.Piece] = []
        var literal = String.UnicodeScalarView()
        var rest = template.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            let isDoubled = rest.first == scalar
            switch scalar {
            case "{" where isDoubled, "}" where isDoubled: literal.append(rest.removeFirst())
            case "{":
                guard let end = rest.firstIndex(of: "}") else { throw OutputNameError.strayBrace(template: template) }
                pieces += [.literal(String(literal)), try placeholder(Substring(rest[..<end]), template: template)]
                literal.removeAll()
                rest = rest[rest.index(after: end)...]
            case "}": throw OutputNameError.strayBrace(template: template)
            default: literal.append(scalar)
            }
        }
        return pieces + [.literal(String(literal))]
    }

    private static func placeholder(_ text: Substring, template: String) throws -> OutputNameTemplate.Piece {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let placeholder = OutputNameTemplate.Placeholder(rawValue: name) else {
            let nearest = nearestName(to: name, among: OutputNameTemplate.Placeholder.allCases.map(\.rawValue))
            throw OutputNameError.unknownPlaceholder(name: name, template: template, nearest: nearest)
        }
        guard parts.count == 2 else { return .placeholder(placeholder, width: 0) }
        guard placeholder.isNumber, let width = width(parts[1]) else {
            throw OutputNameError.wrongFormat(placeholder: name, format: String(parts[1]))
        }
        return .placeholder(placeholder, width: width)
    }

    /// `04`: a zero, then how many digits, 1 to 20.
    private static func width(_ format: Substring) -> Int? {
        guard format.first == "0", let width = Int(format), (1...20).contains(width) else { return nil }
        return width
    }
}
