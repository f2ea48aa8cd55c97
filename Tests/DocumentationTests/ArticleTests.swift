import Foundation
import Testing

/// The articles against the programs that they quote.
@Suite struct ArticleTests {
    private static let catalog = "Sources/Diffusion/Diffusion.docc"
    /// Programs that are compiled and run, and the manifest of one.
    private static let quoted = ["Sources/Examples", "Tests/HostPackage"]

    private static func articles() throws -> [(name: String, text: String)] {
        try Repository.files(in: [catalog], ending: "md").map {
            ($0.deletingPathExtension().lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
        }
    }

    /// Every piece of Swift stands word for word in a program that is compiled and run.
    @Test func articlesQuoteThePrograms() throws {
        let programs = try Self.quoted.flatMap { try Repository.files(in: [$0], ending: "swift") }
            .map { try String(contentsOf: $0, encoding: .utf8) }
        let texts = try Self.articles() + [(name: "README", text: Repository.text("README.md"))]
        let blocks = texts.flatMap { article in
            article.text.components(separatedBy: "```swift\n").dropFirst().map {
                (article: article.name, code: $0.components(separatedBy: "```").first ?? "")
            }
        }
        #expect(blocks.count > 15)
        for block in blocks {
            #expect(programs.contains { $0.contains(block.code) }, "\(block.article): no program has: \(block.code)")
        }
    }

    /// Every example is told of where its lines are explained.
    @Test func everyExampleHasItsArticle() throws {
        let text = try Self.articles().map(\.text).joined()
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Repository.root.appendingPathComponent("Sources/Examples").path)
        #expect(folders.count > 5)
        for folder in folders { #expect(text.contains("`Sources/Examples/\(folder)`"), "\(folder)") }
    }

    /// The front page links to every article, and links lead somewhere.
    @Test func linksLeadToArticles() throws {
        let articles = try Self.articles()
        let front = try #require(articles.first { $0.name == "Diffusion" })
        for article in articles where article.name != front.name {
            #expect(front.text.contains("<doc:\(article.name)>"), "nothing leads to \(article.name)")
            for link in article.text.matches(of: #/<doc:(\w+)/#).map({ String($0.1) }) {
                #expect(articles.contains { $0.name == link }, "\(article.name) leads to \(link)")
            }
        }
    }

    /// Symbols named in double backticks are public.
    @Test func symbolsInTheTextArePublic() throws {
        let known = try PublicSymbols().declarations.map(\.path)
        for article in try Self.articles() {
            for symbol in article.text.matches(of: #/``([^`\n]+)``/#).map({ String($0.1) }) where symbol != "Diffusion"
            {
                let path = symbol.replacing("/", with: ".", maxReplacements: 1)
                #expect(known.contains(path), "\(article.name): \(symbol)")
            }
        }
    }
}
