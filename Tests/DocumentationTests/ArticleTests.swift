import Foundation
import Testing

/// The documentation against the code it speaks of.
@Suite struct ArticleTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let catalog = root.appendingPathComponent("Sources/Diffusion/Diffusion.docc")

    /// Every piece of Swift in the articles stands word for word in an example that is compiled and run.
    @Test(arguments: ["Diffusion.md", "GettingStarted.md", "OwnScheduler.md"])
    func articlesQuoteTheExamples(_ article: String) throws {
        let text = try String(contentsOf: Self.catalog.appendingPathComponent(article), encoding: .utf8)
        let examples = try Self.swiftFiles(in: ["Sources/Examples"]).map { try String(contentsOf: $0, encoding: .utf8) }
        let blocks = text.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(!blocks.isEmpty)
        for block in blocks {
            #expect(examples.contains { $0.contains(block) }, "no example holds: \(block)")
        }
    }

    /// The table of errors lists exactly the codes in the sources.
    @Test func everyErrorCodeIsDocumented() throws {
        let table = try String(contentsOf: Self.catalog.appendingPathComponent("Errors.md"), encoding: .utf8)
        let documented = Self.codes(in: table, #/\| `([a-z-]+\.[a-z0-9-]+)` \|/#)
        let folders = ["Sources", "Schedulers", "Weights"]
        let sources = try Self.swiftFiles(in: folders).map { try String(contentsOf: $0, encoding: .utf8) }
        let thrown = sources.filter { $0.contains("DescribedError") }.reduce(into: Set<String>()) {
            $0.formUnion(Self.codes(in: $1, #/"([a-z-]+\.[a-z0-9-]+)"/#))
            $0.formUnion(Self.codes(in: $1, #/Meaning\(\s*code: "([a-z-]+)"/#).map { "file.\($0)" })
        }
        let codes = thrown.filter { code in Self.areas.contains { code.hasPrefix("\($0).") } }
        #expect(codes.count > 60)
        #expect(documented.subtracting(codes) == [], "documented, and nowhere in the code")
        #expect(codes.subtracting(documented) == [], "in the code, and not documented")
    }

    /// What codes begin with; other strings with a dot in them are file names.
    private static let areas = [
        "config", "engine", "file", "generation", "image", "job-file", "json", "memory", "model", "output",
        "output-name",
        "request",
        "sampler", "text", "tokenizer", "usage", "weights",
    ]

    private static func codes(in text: String, _ pattern: Regex<(Substring, Substring)>) -> Set<String> {
        Set(text.matches(of: pattern).map { String($0.1) })
    }

    private static func swiftFiles(in folders: [String]) throws -> [URL] {
        folders.flatMap { folder in
            let files = FileManager.default.enumerator(
                at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
            return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
        }
    }
}
