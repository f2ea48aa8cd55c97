import DiffusionRenderer
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// The job files that the documentation shows, run as a reader would run them, with the embedded model.
@Suite(.serialized) struct BatchExampleTests {
    private let batch: BatchProgram
    private var folder: TemporaryFolder { batch.folder }

    init() throws { batch = try BatchProgram() }

    private func run(_ arguments: [String]) async throws -> DiffuseProgram.Outcome {
        try await batch.program.run(arguments, model: nil)
    }

    private func take(_ name: String) throws { try folder.write(name, Fixture("jobs").contents(name)) }

    /// All pictures in a folder and in those within it, by their paths in it, sorted.
    private func pictures(in output: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder.file(output))?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".png") }.sorted()
    }

    @Test(arguments: [
        ("prompts.txt", "out", 4), ("animals.jsonl", "out", 2), ("grid.json", "grid", 10), ("seeds.json", "seeds", 8),
        ("edit.json", "edit", 4), ("payload.json", "out", 4),
    ])
    func anExampleIsRenderedAsItStands(name: String, output: String, count: Int) async throws {
        try take(name)
        let outcome = try await run(["batch", name])
        #expect(outcome.code == 0 && outcome.paths.count == count, "\(outcome.errors)")
        #expect(!outcome.errors.contains("warning") && !outcome.errors.contains("failed"), "\(outcome.errors)")
        let pictures = pictures(in: output)
        #expect(pictures.map { "\(output)/\($0)" } == outcome.paths.sorted())
        for picture in pictures {
            let image = try ImageReader.read(folder.file("\(output)/\(picture)"))
            #expect(!image.image.isOfOneColor && image.marks.parameters?["Render key"]?.count == 64, "\(picture)")
        }
        let again = try await run(["batch", name])
        #expect(again.code == 0 && again.paths == [] && again.errors.contains("\(count) there already"))
        for list in try Self.lists(holding: pictures) { #expect(list.sorted() == pictures) }
    }

    /// The lists of names on the page that begin with a picture of these.
    private static func lists(holding pictures: [String]) throws -> [[String]] {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Diffusion/Diffusion.docc/JobFiles.md")
        let blocks = try String(contentsOf: page, encoding: .utf8).split(separator: "```\n").map {
            $0.split(separator: "\n").map(String.init)
        }
        return blocks.filter { $0.first.map(pictures.contains) ?? false }
    }

    /// By the script that the page has printed, in less of everything.
    @Test func theClustersExampleIsRenderedByItsScript() async throws {
        try take("cluster.json")
        let small = ["steps=1", "width=32", "height=32"].flatMap { ["--override", $0] }
        let script = try await run(["batch", "cluster.json", "--emit", "slurm", "--shards", "3"] + small)
        #expect(script.code == 0, "\(script.errors)")
        try folder.write("job.sh", script.output)
        for task in 0..<3 {
            let outcome = try await batch.program.run(
                ["job.sh"], model: nil,
                environment: ["SLURM_ARRAY_TASK_ID": "\(task)", "DIFFUSE": try DiffuseProgram.path],
                program: "/bin/bash")
            #expect(outcome.code == 0 && (66...67).contains(outcome.paths.count), "\(outcome.errors)")
        }
        #expect(pictures(in: "fruit").count == 200)
        let status = try await run(["batch", "cluster.json", "--status"] + small)
        #expect(status.paths.first == "fruit: 200 of 200 there, 0 failed, 0 to do")
    }
}
