import Foundation
import Testing

/// The page of public symbols, and the words above each of them, against the sources.
@Suite struct PublicSymbolTests {
    private let symbols: PublicSymbols

    init() throws { symbols = try PublicSymbols() }

    @Test func theScanSeesEveryKindOfDeclaration() {
        let paths = Set(symbols.declarations.map(\.path))
        for path in [
            "GenerationRequest.NoiseSource.torchCPU", "GenerationRequest.init(prompt:)", "Tensor.+(_:_:)",
            "Shape.subscript(_:)", "Scheduler.step(from:modelOutput:at:using:)",
            "SchedulerError.unsupportedOption(sampler:option:value:supported:)", "DescribedError.remedy",
            "RGBImage.subscript(_:_:)", "DiffusionPipeline.encode(prompt:clipSkip:)",
        ] {
            #expect(paths.contains(path), "\(path)")
        }
        for path in ["BufferPool", "WeightScope", "JSONParser", "Shape.last", "ImageWriter", "UsageError"] {
            #expect(!paths.contains(path), "\(path)")
        }
    }

    @Test func thePageListsEverySymbolAndNoOther() throws {
        let listed = try PublicSymbolsPage().paths
        let known = Set(symbols.declarations.map(\.path))
        #expect(listed.subtracting(known).sorted() == [], "on the page, and nowhere in the code")
        let missing = symbols.declarations.filter { !symbols.isRequirement($0) && !listed.contains($0.path) }
        #expect(missing.map { "\($0.path) (\($0.place))" } == [], "public, and not on the page")
    }

    @Test func everySymbolHasAReason() throws {
        #expect(try PublicSymbolsPage().rowsWithoutReason == [])
    }

    @Test func everySymbolIsDocumented() {
        let bare = symbols.declarations.filter { !$0.hasDocumentation && !symbols.isRequirement($0) }
        #expect(bare.map { "\($0.path) (\($0.place))" } == [], "public, without a comment")
    }
}

/// `PublicSymbols.md`: a heading of types, a table of their members.
private struct PublicSymbolsPage {
    private(set) var paths: Set<String> = []
    private(set) var rowsWithoutReason: [String] = []

    init() throws {
        let page = Repository.root.appendingPathComponent("Sources/Diffusion/Diffusion.docc/PublicSymbols.md")
        var types: [String] = []
        for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n") {
            let spans = { (text: Substring) in text.matches(of: #/`([^`]+)`/#).map { String($0.1) } }
            if line.hasPrefix("### ") {
                types = spans(line)
                paths.formUnion(types)
            } else if line.hasPrefix("| `") {
                let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                for member in spans(cells[0][...]) { paths.formUnion(types.map { "\($0).\(member)" }) }
                if cells.count < 2 || cells[1].isEmpty { rowsWithoutReason.append(String(line)) }
            }
        }
    }
}
