import Diffusion
import Foundation
import Testing

/// The page about job files: its examples are files that are expanded here, its tables those of the reader.
@Suite struct JobDocumentationTests {
    private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/Diffusion/Diffusion.docc/JobFiles.md")

    private func text() throws -> String { try String(contentsOf: Self.page, encoding: .utf8) }

    @Test func everyExampleStandsOnThePage() throws {
        let page = try text()
        let names = try JobExamples.names
        #expect(names.count == 7)
        for name in names {
            let example = try JobExamples.text(name)
            #expect(page.contains("```\(name.hasSuffix("txt") ? "text" : "json")\n\(example)```"), "\(name)")
        }
    }

    /// With the embedded model, as a reader would run them.
    @Test(arguments: [
        ("prompts.txt", 4), ("grid.json", 10), ("seeds.json", 8), ("edit.json", 4), ("cluster.json", 200),
        ("payload.json", 4), ("animals.jsonl", 2),
    ])
    func examplesExpand(name: String, count: Int) throws {
        var options = JobPlan.Options()
        options.overrides = ["model=\(Self.embeddedModel)"]
        let plan = try JobPlan(JobFile(contentsOf: JobExamples.path(name)), options: options)
        #expect(plan.renders.count == count)
        #expect(plan.warnings.isEmpty)
        #expect(Set(plan.paths).count == count)
    }

    @Test func namesAndSeedsAreAsThePageSays() throws {
        var options = JobPlan.Options()
        options.overrides = ["model=\(Self.embeddedModel)"]
        let seeds = try JobPlan(JobFile(contentsOf: JobExamples.path("seeds.json")), options: options)
        #expect(Array(seeds.paths.prefix(3)) == ["fixed/00-100.png", "fixed/01-101.png", "fixed/02-102.png"])
        let page = try text()
        for path in seeds.paths { #expect(page.contains(path), "\(path)") }
        let grid = try JobPlan(JobFile(contentsOf: JobExamples.path("grid.json")), options: options)
        for path in grid.paths { #expect(page.contains(path), "\(path)") }
        let edit = try JobPlan(JobFile(contentsOf: JobExamples.path("edit.json")), options: options)
        #expect(edit.renders.last?.initialRender == 0)
    }

    @Test func theTablesAreTheReaders() throws {
        let page = try text()
        let hint = "replace the table by this one:\n"
        #expect(page.contains(JobFieldListing.table), "\(hint)\(JobFieldListing.table)")
        #expect(page.contains(JobFieldListing.frameTable), "\(hint)\(JobFieldListing.frameTable)")
    }

    private static var embeddedModel: String {
        page.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Weights/Resources/Default").path
    }
}
