import Foundation
import TestSupport
import Testing

/// Case 48: job files that are as long as they may be in practice, cut to what a test has time for; `Tests/Benchmarks` tells what a
/// million renders take.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BatchManyTests {
    private let batch: BatchProgram

    init() throws { batch = try BatchProgram() }

    private func writeLines(_ count: Int, as name: String) throws {
        let lines = (0..<count).map { "{\"prompt\":\"a picture of thing \($0)\",\"seed\":\($0),\"steps\":2}" }
        try batch.write(lines.joined(separator: "\n"), as: name)
    }

    /// The process begins with this one's peak.
    @Test(arguments: ["lines.jsonl", "grid.json"]) func manyRendersTakeLessThanAGigabyte(_ file: String) async throws {
        if file == "grid.json" {
            try batch.write(
                #"[{"prompt": "$a", "matrix": {"vars.a": ["x", "y"], "cfg_scale": "1..5", "seed": "1..20000"}}]"#,
                as: file)
        } else {
            try writeLines(200_000, as: file)
        }
        let outcome = try await batch.program.run(
            ["batch", file, "--dry-run", "--progress", "json", "-m", DiffuseProgram.smallModel], model: nil)
        let plan = try #require(try outcome.events.last, "\(outcome.errors.prefix(500))")
        #expect(plan["images"] as? Int == 200_000)
        #expect((plan["peak_memory"] as? Int ?? .max) < 1_000_000_000)
    }

    /// Stopped after some pictures, it goes on with the next, and memory does not grow with what is left to do.
    @Test func aLongFileIsBegunStoppedAndGoneOnWith() async throws {
        try writeLines(100_000, as: "lines.jsonl")
        var counts: [Int] = []
        for run in 0..<2 {
            let running = try batch.program.start(
                ["batch", "lines.jsonl", "-m", DiffuseProgram.smallModel, "--progress", "json"]
                    + ["width=16", "height=16"].flatMap { ["--override", $0] }, model: nil)
            try await running.wait(for: "\"event\":\"image\"")
            running.send(SIGINT)
            let outcome = try await running.outcome()
            let summary = try #require(try outcome.events.last, "\(outcome.errors.prefix(500))")
            #expect(outcome.code == 130 && summary["event"] as? String == "stopped")
            #expect(summary["skipped"] as? Int == (run == 0 ? 0 : counts[0]))
            #expect((summary["peak_memory"] as? Int ?? .max) < 1_000_000_000)
            counts.append(try #require(summary["images"] as? Int))
            #expect(counts[run] > 0 && counts[run] < 1000)
        }
        #expect(try batch.pictures().count == counts[0] + counts[1] && batch.leftovers() == [])
    }
}
