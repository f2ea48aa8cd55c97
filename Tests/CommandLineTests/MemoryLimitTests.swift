import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// `--max-memory` and `run.max_memory`, on the real program (reliability: memory is estimated first).
@Suite(.serialized) struct MemoryLimitTests {
    private let program: DiffuseProgram

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    private static let words = ["a red apple", "--steps", "3", "--seed", "5", "--threads", "2"]

    private func run(_ arguments: String..., model: String? = nil) async throws -> DiffuseProgram.Outcome {
        try await program.run(Self.words + arguments, model: model)
    }

    /// What `--dry-run` says of memory, in bytes.
    private func estimate() async throws -> (smallest: Int, unlimited: Int) {
        let outcome = try await run("--dry-run", "--progress", "json")
        let memory = try #require(Self.events(outcome).compactMap { $0["memory"] as? [String: Any] }.first)
        return (try #require(memory["smallest"] as? Int), try #require(memory["unlimited"] as? Int))
    }

    private static func events(_ outcome: DiffuseProgram.Outcome) -> [[String: Any]] {
        outcome.errors.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }
    }

    private static func peak(_ outcome: DiffuseProgram.Outcome) throws -> Int {
        try #require(events(outcome).compactMap { $0["peak_memory"] as? Int }.last)
    }

    @Test func tooLittleIsRefusedBeforeAnythingIsDone() async throws {
        let smallest = try await estimate().smallest / 1_000_000
        let outcome = try await run("--max-memory", "\(smallest - 1)MB")
        #expect(outcome.code == 2 && outcome.paths.isEmpty)
        #expect(outcome.errors.contains("--max-memory is \(smallest - 1)MB"), "\(outcome.errors)")
        #expect(outcome.errors.contains("the smallest that would do is \(smallest)MB"), "\(outcome.errors)")
        #expect(try FileSystem.names(in: program.folder.path).isEmpty)
    }

    /// The smallest limit is kept; without one the estimate holds too.
    @Test func theSmallestWorksAndIsKept() async throws {
        let (smallest, unlimited) = try await estimate()
        let tight = try await run(
            "--max-memory", "\(smallest / 1_000_000)MB", "--progress", "json", "-v", "-o", "tight.png")
        #expect(tight.code == 0 && tight.paths == ["tight.png"], "\(tight.errors)")
        #expect(try Self.peak(tight) <= smallest)
        let free = try await run("--progress", "json", "-v", "-o", "free.png")
        #expect(free.code == 0)
        #expect(try Self.peak(free) <= unlimited)
    }

    /// Where everything fits, nothing changes; a picture made with less says so and is made again alike.
    @Test func bytesAreThoseOfTheSamePlans() async throws {
        _ = try await run("-o", "free.png")
        _ = try await run("-o", "roomy.png", "--max-memory", "8GB")
        #expect(try program.folder.bytes("free.png") == program.folder.bytes("roomy.png"))
        let smallest = try await estimate().smallest / 1_000_000
        _ = try await run("-o", "tight.png", "--max-memory", "\(smallest)MB")
        let again = try await program.run(
            ["--from-image", "tight.png", "-o", "again.png", "--threads", "1"], model: nil)
        #expect(again.code == 0, "\(again.errors)")
        #expect(try program.folder.bytes("tight.png") == program.folder.bytes("again.png"))
    }

    @Test(arguments: ["", "much", "-1", "0", "2XB"]) func whatIsNoSizeIsRefused(_ size: String) async throws {
        let outcome = try await run("--max-memory=\(size)")
        #expect(outcome.code == 2 && outcome.errors.contains("--max-memory"), "\(outcome.errors)")
    }

    @Test func aJobFilesLimitIsKeptAndTheFlagIsStronger() async throws {
        let batch = try BatchProgram()
        try batch.write(
            #"{"run": {"max_memory": "40MB"}, "defaults": {"steps": 2, "seed": 1},"#
                + #" "jobs": [{"id": "cat", "prompt": "a cat"}]}"#)
        let refused = try await batch.run()
        #expect(refused.code == 2)
        #expect(refused.errors.contains(#"job "cat""#) && refused.errors.contains("run.max_memory is 40MB"))
        #expect(try batch.pictures().isEmpty)
        let made = try await batch.run(["--max-memory", "4GB"])
        #expect(made.code == 0, "\(made.errors)")
        #expect(try batch.pictures().count == 1)
        let script = try await batch.run(["--emit", "slurm", "--max-memory", "4GB"])
        #expect(String(decoding: script.output, as: UTF8.self).contains("--max-memory 4GB"), "\(script.errors)")
    }
}
