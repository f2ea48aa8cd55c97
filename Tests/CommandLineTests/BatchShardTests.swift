import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Shards, what the results files add up to, and scripts for several machines.
@Suite(.serialized) struct BatchShardTests {
    private let batch: BatchProgram

    init() throws { batch = try BatchProgram() }

    private static let job = """
        {"name": "Castles & co", "run": {"max_memory": "6GB"}, "defaults": {"steps": 2},
         "jobs": [{"prompt": "a cat", "seed": 1, "n_iter": 10}]}
        """

    @Test func shardsMakeWhatOneRunMakes() async throws {
        try batch.write(Self.job)
        #expect(try await batch.run(["-o", "whole"]).code == 0)
        #expect(try await batch.run(["--shard", "0/3"]).paths.count == 4)
        let slurm = ["SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "0"]
        #expect(try await batch.run(environment: slurm).paths.count == 3)
        #expect(try await batch.run(["--shards", "3"], environment: ["JOB_COMPLETION_INDEX": "2"]).paths.count == 3)
        #expect(try batch.bytes(ofPictures: "out") == batch.bytes(ofPictures: "whole"))
        let names = try FileSystem.names(in: batch.folder.file("out")).filter { $0.hasSuffix(".jsonl") }
        #expect(names == ["results.0.0.jsonl", "results.1.0.jsonl", "results.2.0.jsonl"])
    }

    @Test(arguments: [
        ["--shard", "3/3"], ["--shard", "x"], ["--shards", "3"], ["--shards", "0"], ["--batch", "0"],
    ])
    func numbersThatAreNoneAreRefused(_ arguments: [String]) async throws {
        try batch.write(Self.job)
        let outcome = try await batch.run(arguments)
        #expect(outcome.code == 2 && outcome.errors.hasPrefix("error: "), "\(outcome.errors)")
        #expect(!FileSystem.isFolder(batch.folder.file("out")))
    }

    @Test func theStatusAddsUpWhatAllRunsDid() async throws {
        try batch.write(Self.job)
        let before = try await batch.run(["--status"])
        #expect(before.code == 0 && before.paths.first == "Castles & co: 0 of 10 there, 0 failed, 10 to do")
        _ = try await batch.run(["--shard", "0/2"])
        try batch.folder.write("out/0001-2.png", "mine")
        _ = try await batch.run(["--shard", "1/2"])
        // A line that a killed process began.
        try batch.folder.write("out/results.1.7.jsonl", #"{"index": 1, "job": "0", "sta"#)
        let text = try await batch.run(["--status"])
        #expect(text.paths.first == "Castles & co: 9 of 10 there, 1 failed, 0 to do")
        #expect(text.paths.contains { $0.hasPrefix("render 1 (0): ") })
        let json = try await batch.run(["--status", "--json"])
        let object = try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any]
        #expect(object?["there"] as? Int == 9 && object?["failed"] as? Int == 1 && object?["renders"] as? Int == 10)
        #expect(object?["results_files"] as? Int == 3 && object?["images_per_hour"] as? Double != nil)
        try FileManager.default.removeItem(atPath: batch.folder.file("out/0001-2.png"))
        _ = try await batch.run()
        #expect(try await batch.run(["--status"]).paths.first == "Castles & co: 10 of 10 there, 0 failed, 0 to do")
        // Another job under the same names: nothing of it is there.
        try batch.write(Self.job.replacing("\"steps\": 2", with: "\"steps\": 3"))
        #expect(try await batch.run(["--status"]).paths.first == "Castles & co: 0 of 10 there, 0 failed, 10 to do")
    }

    @Test(arguments: ["slurm", "kubernetes", "parallel"])
    func scriptsAreAsRecorded(_ kind: String) async throws {
        try batch.write(Self.job, as: "my jobs.json")
        let outcome = try await batch.program.run(
            ["batch", "my jobs.json", "--emit", kind, "--shards", "5", "--threads", "4", "--precision", "f32"],
            model: nil)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let golden = try RegularFile.contents(of: Fixture("scripts").file("\(kind).txt"))
        #expect(String(decoding: outcome.output, as: UTF8.self) == String(decoding: golden, as: UTF8.self))
    }

    /// What a cluster's own languages would read into the words of a job.
    @Test func scriptsKeepTheWordsOfAJob() async throws {
        try batch.write(Self.job.replacing("Castles & co", with: String(repeating: "long-name ", count: 9)))
        let prompt = "prompt=it's \\$HOME $(id) {1} {} {x|{.}} \"q\" `ls` \\\\n %d"
        let words = ["--shards", "2", "--override", prompt, "--override", "n_iter=2"]
        for kind in ["slurm", "parallel"] {
            let script = try await batch.run(words + ["--emit", kind])
            #expect(script.code == 0, "\(script.errors)")
            try batch.folder.write("\(kind).sh", script.output)
            #expect(try await batch.program.run(["-n", "\(kind).sh"], model: nil, program: "/bin/bash").code == 0)
        }
        let direct = try await batch.run(["-o", "direct", "--override", prompt, "--override", "n_iter=2"])
        #expect(direct.code == 0 && direct.paths.count == 4, "\(direct.errors)")
        for task in 0..<2 {
            let outcome = try await batch.program.run(
                ["slurm.sh"], model: nil,
                environment: ["SLURM_ARRAY_TASK_ID": "\(task)", "DIFFUSE": try DiffuseProgram.path],
                program: "/bin/bash")
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
        #expect(try batch.bytes(ofPictures: "out") == batch.bytes(ofPictures: "direct"))
        let kubernetes = try await batch.run(words + ["--emit", "kubernetes"]).paths
        let name = try #require(kubernetes.first { $0.hasPrefix("  name: ") }).dropFirst(8)
        #expect(name.count <= 50 && !name.hasSuffix("-"))
        #expect(kubernetes.contains { $0.contains("$HOME $$(id) {1}") })
    }

    @Test(.enabled(if: FileSystem.isFile("/usr/bin/parallel"), "needs GNU parallel"))
    func theParallelScriptRuns() async throws {
        try batch.write(Self.job)
        let words = ["--override", "prompt={1} {} {a|{.}}", "--override", "n_iter=2"]
        #expect(try await batch.run(["-o", "direct"] + words).code == 0)
        let script = try await batch.run(["--emit", "parallel", "--shards", "3"] + words)
        try batch.folder.write("job.sh", script.output)
        let outcome = try await batch.program.run(
            ["job.sh"], model: nil, environment: ["DIFFUSE": try DiffuseProgram.path, "JOBS": "2"], program: "/bin/sh")
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try batch.bytes(ofPictures: "out") == batch.bytes(ofPictures: "direct"))
    }

    @Test func anArrayHasAtMostAThousandTasks() async throws {
        try batch.write(Self.job.replacing("\"n_iter\": 10", with: "\"n_iter\": 30000"))
        let outcome = try await batch.run(["--emit", "slurm"])
        #expect(outcome.paths.contains { $0.hasPrefix("#SBATCH --array=0-") && (Int($0.dropFirst(18)) ?? 9999) < 1000 })
        #expect(try await batch.run(["--emit", "slurm", "--shards", "1001"]).code == 2)
        #expect(try await batch.run(["--emit", "pbs"]).code == 2)
    }

    /// The script that `--emit slurm` prints, run as Slurm runs it: with its variables, one task after the other.
    @Test func theSlurmScriptRuns() async throws {
        try batch.write(Self.job)
        let script = try await batch.run(["--emit", "slurm", "--shards", "3"])
        try batch.folder.write("job.sh", script.output)
        for task in 0..<3 {
            let outcome = try await batch.program.run(
                ["job.sh"], model: nil,
                environment: ["SLURM_ARRAY_TASK_ID": "\(task)", "DIFFUSE": try DiffuseProgram.path],
                program: "/bin/bash")
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
        #expect(try batch.pictures().count == 10)
    }
}
