import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Plans run through the library.
@Suite(.serialized) struct JobRunnerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A plan over the small fixture model; its pictures go to `out` in the test's folder.
    private func plan(_ json: String, out: String = "out") throws -> JobPlan {
        var options = JobPlan.Options()
        options.outputDirectory = FileSystem.join(folder.path, out)
        options.overrides = ["model=\(Fixture("pipeline/sd1_ddim").path)"]
        return try JobPlan(JobFile(data: Array(json.utf8), name: "test.json"), options: options)
    }

    private static let mixed = """
        {"defaults": {"steps": 2, "width": 64, "height": 64},
         "jobs": [{"prompt": "a cat", "seed": 5, "n_iter": 3}, {"prompt": "a dog", "steps": 4},
                  {"prompt": "a cat", "width": 72, "cfg_scale": 1}, {"prompt": "a cow", "sampler_name": "Euler a"},
                  {"prompt": "a cat", "cfg_scale": 1}]}
        """

    private func results(_ events: JobEvents) async throws -> [JobResult] {
        var results: [JobResult] = []
        for try await case .ended(let result, _) in events { results.append(result) }
        return results
    }

    private func run(_ plan: JobPlan, batch: Int? = nil, shard: JobShard = .whole, threads: Int = 2) async throws
        -> [JobResult]
    {
        let options = JobRunOptions(pipeline: .init(threadCount: threads), shard: shard, batchLimit: batch)
        return try await results(JobRunner(plan, options: options).events)
    }

    private func pictures(_ out: String) throws -> [String: [UInt8]] {
        let path = FileSystem.join(folder.path, out)
        let names = try FileSystem.names(in: path).filter { $0.hasSuffix(".png") }
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try RegularFile.contents(of: "\(path)/\($0)")) })
    }

    @Test func aRenderHasTheSameBytesAloneInABatchAndInAShard() async throws {
        let alone = try await run(plan(Self.mixed, out: "alone"), batch: 1)
        #expect(alone.count == 7 && alone.allSatisfy { $0.status == .done }, "\(alone.compactMap(\.error))")
        let expected = try pictures("alone")
        #expect(expected.count == 7 && Set(expected.values).count == 7)
        for (out, batch, threads) in [("two", 2, 1), ("three", 3, 3), ("many", 16, 2)] {
            _ = try await run(plan(Self.mixed, out: out), batch: batch, threads: threads)
            #expect(try pictures(out) == expected, "\(out)")
        }
        for index in 0..<3 {
            _ = try await run(plan(Self.mixed, out: "shards"), shard: JobShard(index: index, count: 3))
        }
        #expect(try pictures("shards") == expected)
    }

    @Test func aPipelineThatIsLoadedRunsAPlan() async throws {
        let pipeline = try await DiffusionPipeline(.path(Fixture("pipeline/sd1_ddim").path))
        var names: [String] = []
        for try await event in pipeline.run(try plan(#"[{"prompt": "a cat", "steps": 2}]"#)) {
            switch event {
            case .began(let overview): names.append("began \(overview.renderCount)")
            case .loading, .loaded: names.append("loading")
            case .warning: break
            case .started(let renders): names.append("started \(renders.map(\.index))")
            case .promptEncoded: names.append("prompt")
            case .stepCompleted(let step): names.append("step \(step.evaluation)/\(step.evaluationCount)")
            case .ended(let result, _): names.append(result.status.rawValue)
            case .finished(let summary): names.append("finished \(summary.doneCount)")
            }
        }
        #expect(names == ["began 1", "started [0]", "prompt", "step 1/2", "step 2/2", "done", "finished 1"])
    }

    @Test func everyPromptIsEncodedOnceAndRendersAreGrouped() async throws {
        let json = """
            {"defaults": {"steps": 1, "negative_prompt": "b"}, "jobs": [{"prompt": "$w",
              "matrix": {"width": [64, 72], "vars.w": ["a cat", "a dog", "a cow"], "seed": "1..2"}}]}
            """
        var order: [[String]] = []
        let pipeline = try await DiffusionPipeline(.path(Fixture("pipeline/sd1_ddim").path))
        for try await event in pipeline.run(try plan(json), options: JobRunOptions(batchLimit: 1)) {
            guard case .started(let renders) = event else { continue }
            order.append(renders.map { "\($0.request.width ?? 0) \($0.request.prompt)" })
        }
        let expected = [64, 72].flatMap { width in
            ["a cat", "a dog", "a cow"].flatMap { [["\(width) \($0)"], ["\(width) \($0)"]] }
        }
        #expect(order == expected)
        // And the negative one.
        #expect(pipeline.encodedPromptCount == 4)
    }

    @Test func theResultsFileHasALineForEach() async throws {
        let plan = try plan(#"[{"id": "one", "prompt": "a cat", "steps": 2, "seed": 9, "x_note": "mine"}]"#)
        let result = try #require(try await run(plan).first)
        let text = String(
            decoding: try RegularFile.contents(of: FileSystem.join(folder.path, "out/results.0.0.jsonl")), as: UTF8.self
        )
        let lines = text.split(separator: "\n")
        #expect(lines.count == 1)
        let line = try #require(JobResult(line: lines[0]))
        #expect(line.key == result.key && line.status == .done && line.job == "one" && line.index == 0)
        let file = try #require(line.file)
        #expect(line.sha256 == SHA256.hexadecimal(try RegularFile.contents(of: file)))
        let parameters = try #require(line.parameters.object)
        #expect(parameters["prompt"]?.string == "a cat" && parameters["x_note"]?.string == "mine")
        #expect(parameters["seed"]?.number?.integer(as: Int.self) == 9)
        #expect(parameters["cfg_scale"]?.number?.double != nil && parameters["width"]?.number?.text == "64")
        #expect(line.peakMemory > 1 << 20 && line.seconds.denoise > 0 && line.endedAt > 1e9)
        #expect(line.line == lines[0])
        let head = try ImageReader.read(file).marks.parameters
        #expect(head?["Render key"] == result.key)
    }

    @Test func whatIsThereIsNotRenderedAgainAndWhatChangedIs() async throws {
        let first = try await run(plan(#"{"defaults": {"steps": 2}, "jobs": ["a cat", "a dog"]}"#))
        #expect(first.map(\.status) == [.done, .done])
        let again = try await run(plan(#"{"defaults": {"steps": 2}, "jobs": ["a cat", "a dog"]}"#))
        #expect(again.map(\.status) == [.skipped, .skipped])
        #expect(again.map(\.key) == first.map(\.key))
        let name = #"{"output": {"name": "{index}.png"}, "defaults": {"steps": STEPS, "seed": 1}, "jobs": ["a cat"]}"#
        let before = try await run(plan(name.replacing("STEPS", with: "2"), out: "named"))
        let after = try await run(plan(name.replacing("STEPS", with: "3"), out: "named"))
        #expect(after.map(\.status) == [.done] && before[0].sha256 != after[0].sha256)
        #expect(try pictures("named").count == 1)
    }

    @Test func chainsStayInTheShardOfTheirFirstRender() throws {
        let json = """
            {"output": {"name": "{index}.png"}, "defaults": {"steps": 1}, "jobs": ["a", "b", "c",
              {"id": "d", "prompt": "d", "init_images": ["OUT/1.png"]}, "e",
              {"id": "f", "prompt": "f", "depends_on": ["d"]}, {"prompt": "g", "depends_on": ["f"]}]}
            """
        let plan = try plan(json.replacing("OUT", with: FileSystem.join(folder.path, "out")))
        let shards = try (0..<3).map { JobOrder(plan, shard: try JobShard(index: $0, count: 3)).entries }
        #expect(shards.map { $0.map(\.index) } == [[0], [1, 4, 3, 5, 6], [2]])
        #expect(shards[1].map(\.level) == [0, 0, 1, 2, 3])
        #expect(JobOrder(plan, shard: .whole).entries.map(\.index) == [0, 1, 2, 4, 3, 5, 6])
    }

    @Test func cancellingEndsTheRunAndSaysSo() async throws {
        let plan = try plan(#"[{"prompt": "a cat", "steps": 900}, {"prompt": "a dog", "steps": 900}]"#)
        let task = Task {
            for try await case .stepCompleted in JobRunner(plan).events { withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        let text = String(
            decoding: try RegularFile.contents(of: FileSystem.join(folder.path, "out/results.0.0.jsonl")), as: UTF8.self
        )
        let results = text.split(separator: "\n").compactMap { JobResult(line: $0) }
        #expect(!results.isEmpty && results.allSatisfy { $0.status == .cancelled })
        #expect(try pictures("out").isEmpty)
    }

    @Test func aRunThatNobodyWatchesEnds() async throws {
        let plan = try plan(#"[{"prompt": "a cat", "steps": 2, "n_iter": 50}]"#)
        for try await case .ended in JobRunner(plan, options: JobRunOptions(batchLimit: 1)).events { break }
        try await Task.sleep(for: .milliseconds(300))
        let count = try pictures("out").count
        #expect(count < 50)
        try await Task.sleep(for: .milliseconds(200))
        #expect(try pictures("out").count == count)
    }

    @Test func stoppingFinishesWhatIsInHand() async throws {
        let runner = JobRunner(
            try plan(#"[{"prompt": "a cat", "steps": 3, "n_iter": 5}]"#), options: JobRunOptions(batchLimit: 2))
        var summary: JobSummary?
        for try await event in runner.events {
            if case .stepCompleted = event { runner.stop() }
            if case .finished(let last) = event { summary = last }
        }
        #expect(summary?.doneCount == 2 && summary?.isStopped == true)
        #expect(try pictures("out").count == 2)
    }
}
