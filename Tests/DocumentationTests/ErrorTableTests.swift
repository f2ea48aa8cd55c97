import Foundation
import Testing

/// The table of errors against the types that make them.
@Suite struct ErrorTableTests {
    /// What the program and the library may report.
    private static let folders = ["Sources", "Schedulers", "Weights"]

    private static let boxes: Set<String> = [
        "InitialPictureFailure", "JobValueError", "PromptTemplateError", "ResultsError",
    ]

    private static func sources() throws -> [(name: String, text: String)] {
        try Repository.files(in: folders, ending: "swift").filter { !$0.path.contains("/Examples/") }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
    }

    private static func documented() throws -> [String] {
        try Repository.text("Sources/Diffusion/Diffusion.docc/Errors.md").matches(
            of: #/\n\| `([a-z-]+(?:\.[a-z0-9-]+)?)` \|/#
        )
        .map { String($0.1) }
    }

    /// The codes of one file: strings of that form within `code` properties and the raw values of enums named `Code`, what
    /// is given as `code:`, and `file.…` of the system's error numbers.
    private static func codes(in text: String) -> Set<String> {
        let bodies =
            bodies(in: text, after: #/var code: String \{/#) + bodies(in: text, after: #/enum Code: String \{/#)
        let literals = bodies.flatMap { $0.matches(of: #/"([a-z-]+\.[a-z0-9-]+)"/#).map { String($0.1) } }
        let given = text.matches(of: #/(Meaning\(\s*)?\bcode: "([a-z.-]+)"/#).map {
            $0.1 == nil ? String($0.2) : "file.\($0.2)"
        }
        return Set(literals + given)
    }

    private static func bodies(in text: String, after opening: some RegexComponent) -> [String] {
        text.ranges(of: opening).map { range in
            var depth = 1
            let body = text[range.upperBound...].prefix { character in
                depth += character == "{" ? 1 : character == "}" ? -1 : 0
                return depth > 0
            }
            return String(body)
        }
    }

    /// The table lists exactly the codes that the sources can make.
    @Test func everyErrorCodeIsDocumented() throws {
        let codes = try Self.sources().reduce(into: Set<String>()) { $0.formUnion(Self.codes(in: $1.text)) }
        let documented = try Self.documented()
        #expect(codes.count > 80)
        #expect(Set(documented).subtracting(codes).sorted() == [], "documented, and nowhere in the code")
        #expect(codes.subtracting(documented).sorted() == [], "in the code, and not documented")
        #expect(
            documented.count == Set(documented).count,
            "twice: \(documented.filter { code in documented.filter { $0 == code }.count > 1 })")
    }

    /// A type that conforms says its codes as literals where the scan finds them: none is built at run time but the
    /// system's.
    @Test func everyErrorTypeSaysItsCodes() throws {
        for (name, text) in try Self.sources() {
            let types = text.matches(of: #/(?:enum|struct|extension) (\w+):[^{\n]*\bDescribedError\b/#).map {
                String($0.1)
            }
            guard !types.isEmpty else { continue }
            let properties = Self.bodies(in: text, after: #/var code: String \{/#)
            let isGiven = text.contains("var code: String\n") || text.contains("let code: String")
            #expect(properties.count + (isGiven ? 1 : 0) >= types.count, "\(name): \(types) without a code")
            for property in properties {
                let cases = property.matches(of: #/case (\.\w+)/#).count
                let isFixed = property.contains("\"") || property.contains("meaning") || property.contains(".code")
                #expect(isFixed, "\(name): a code that is no literal: \(property)")
                if property.contains("switch self") { #expect(cases > 0 && !property.contains("default:"), "\(name)") }
            }
        }
    }

    /// No error leaves the package that people cannot read: every type that conforms to `Error` conforms to
    /// `DescribedError`, but for boxes that are opened again where they are made.
    @Test func everyErrorIsDescribed() throws {
        for (name, text) in try Self.sources() {
            let bare = text.matches(of: #/(?:enum|struct|class) (\w+):([^{\n]*)\{/#).filter {
                $0.2.split { !$0.isLetter }.contains("Error")
            }
            #expect(bare.map { String($0.1) }.filter { !Self.boxes.contains($0) } == [], "\(name)")
        }
    }
}
