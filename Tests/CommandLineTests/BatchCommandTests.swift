import Foundation
import TestSupport
import Testing

/// `diffuse batch` up to the run: what is refused, what a dry run says, the schema.
@Suite(.serialized) struct BatchCommandTests {
    private func run(
        _ arguments: [String], in folder: TemporaryFolder, input: String = ""
    ) async throws -> DiffuseProgram.Outcome {
        let model = ["-m", DiffuseProgram.smallModel]
        return try await DiffuseProgram(in: folder).run(arguments + model, model: nil, input: Array(input.utf8))
    }

    @Test func theSchemaIsPrinted() async throws {
        let outcome = try await DiffuseProgram(in: TemporaryFolder()).run(["batch", "--schema"], model: nil)
        #expect(outcome.code == 0)
        let schema = try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any]
        #expect(schema?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    }

    @Test(arguments: [["batch"], ["--job"], ["batch", "--job"], ["-j"]]) func aFileMayBeNamedInAnyWay(
        words: [String]
    ) async throws {
        let folder = try TemporaryFolder()
        try folder.write("jobs.json", #"["a", {"prompt": "b {c|d}", "steps": 2}]"#)
        let outcome = try await run(words + ["jobs.json", "--dry-run"], in: folder)
        #expect(outcome.code == 0 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("would render 3 pictures of 2 jobs"))
        #expect(outcome.errors.contains("s a step at") && outcome.errors.contains("disk: about"))
        #expect(try folder.names == ["jobs.json"])
    }

    @Test func aDryRunIsALineForPrograms() async throws {
        let folder = try TemporaryFolder()
        try folder.write("jobs.json", #"[{"prompt": "a", "steps": 3, "seed": 7, "n_iter": 2, "sampler_name": "ddim"}]"#)
        let outcome = try await run(["batch", "jobs.json", "--dry-run", "--progress", "json"], in: folder)
        let plan = try #require(try outcome.events.last)
        #expect(plan["event"] as? String == "plan" && plan["images"] as? Int == 2 && plan["evaluations"] as? Int == 6)
        #expect(plan["files"] as? [String] == ["0000-7.png", "0001-8.png"])
        #expect((plan["seconds"] as? Double ?? 0) > 0 && (plan["bytes"] as? Int ?? 0) > 0)
    }

    @Test func anEstimateCountsWhatStepsLeaveOut() async throws {
        let folder = try TemporaryFolder()
        let members = #""steps": 10, "sampler_name": "ddim", "cache": "deep:3", "cfg_range": "0.2..0.8""#
        try folder.write("jobs.json", #"[{"prompt": "a", \#(members)}, {"prompt": "b", "steps": 6, "width": 16}]"#)
        let outcome = try await run(["batch", "jobs.json", "--dry-run", "--progress", "json"], in: folder)
        let plan = try #require(try outcome.events.last)
        #expect(plan["evaluations"] as? Int == 16 && plan["unguided"] as? Int == 4 && plan["shallow"] as? Int == 6)
        let measured = try #require(plan["measured"] as? [[String: Any]])
        let kinds = measured.map { "\($0["width"] ?? "") \($0["guided"] ?? "") \($0["shallow"] ?? "")" }
        #expect(kinds.count == 5 && Set(kinds).count == 5, "\(kinds)")
        #expect(measured.allSatisfy { ($0["step_seconds"] as? Double ?? 0) > 0 })
        let text = try await run(["batch", "jobs.json", "--dry-run"], in: folder).errors
        #expect(text.contains("steps: 16 U-Net calls, of them 4 without guidance, 6 shallow"), "\(text)")
        #expect(text.contains(" s a shallow step at ") && text.contains(" without guidance;"), "\(text)")
    }

    @Test func standardInputMayBeLines() async throws {
        let folder = try TemporaryFolder()
        let input = "{\"prompt\": \"a\", \"seed\": 1}\n{\"prompt\": \"b\", \"seed\": 2}\n"
        let outcome = try await run(
            ["batch", "-", "--dry-run", "--override", "steps=2", "-o", "there"], in: folder, input: input)
        #expect(outcome.code == 0)
        #expect(outcome.errors.contains("0001-2.png") && outcome.errors.contains("in there"))
    }

    @Test func everythingWrongIsSaidAndNothingWritten() async throws {
        let folder = try TemporaryFolder()
        try folder.write("jobs.json", "[{\"steps\": 0},\n {\"promt\": \"a\"}]")
        let outcome = try await run(["batch", "jobs.json"], in: folder)
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("job \"0\" (line 1, column 12): steps is the number 0"))
        #expect(outcome.errors.contains("Did you mean \"prompt\"?"))
        #expect(try folder.names == ["jobs.json"])
    }

    @Test func programsGetALineForEachProblem() async throws {
        let folder = try TemporaryFolder()
        try folder.write("jobs.json", "[{\"id\": \"x\", \"steps\": 0},\n {\"promt\": \"a\"}]")
        let outcome = try await run(["batch", "jobs.json", "--progress", "json"], in: folder)
        let events = try outcome.events
        #expect(outcome.code == 2 && events.count == 2)
        #expect(events[0]["job"] as? String == "x" && events[0]["field"] as? String == "steps")
        #expect(events[1]["line"] as? Int == 2 && events[1]["column"] as? Int == 3)
    }

    @Test(arguments: [
        ["batch"], ["batch", "a.json", "b.json"], ["batch", "missing.json"], ["batch", "-", "--emit", "slurm"],
        ["batch", "jobs.json", "--on-exists", "ask"], ["batch", "jobs.json", "--override", "stepz=1"],
    ])
    func brokenCommandLinesAreRefused(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        try folder.write("jobs.json", #"["a"]"#)
        let outcome = try await run(arguments, in: folder, input: "a prompt")
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(!outcome.errors.isEmpty)
    }
}
