import Diffusion
import Testing

/// Case 62: which share of a job a process has, from its arguments or from a batch system.
@Suite struct JobShardTests {
    @Test func sharesAreWrittenAsIndexAndCount() throws {
        let shard = try JobShard(text: "2/8")
        #expect(shard.index == 2 && shard.count == 8 && shard.description == "2/8")
        #expect(try JobShard(text: "0/1") == .whole)
    }

    @Test(arguments: [
        "", "2", "2/", "/8", "a/8", "2/b", "-1/8", "+1/8", "1/2/3", " 1/2", "1.5/2", "99999999999999999999/2",
    ])
    func textsThatAreNoShare(_ text: String) {
        #expect(throws: JobShardError.notNumbers(origin: "--shard", found: text)) { try JobShard(text: text) }
    }

    @Test(arguments: ["8/8", "9/8", "0/0", "0/1000001"])
    func numbersOutOfRange(_ text: String) {
        #expect {
            try JobShard(text: text)
        } throws: { error in
            if case .outOfRange? = error as? JobShardError { true } else { false }
        }
    }

    @Test(
        arguments: [
            ([:], "0/1"),
            (["SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_COUNT": "8"], "5/8"),
            (["SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "3"], "2/4"),
            (
                [
                    "SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "1",
                    "SLURM_ARRAY_TASK_STEP": "4",
                ], "2/3"
            ),
            (["BATCH_TASK_INDEX": "0", "BATCH_TASK_COUNT": "3"], "0/3"),
            (["CLOUD_RUN_TASK_INDEX": "1", "CLOUD_RUN_TASK_COUNT": "3"], "1/3"),
        ] as [([String: String], String)])
    func theEnvironmentSaysWhich(_ environment: [String: String], _ expected: String) throws {
        #expect(try JobShard.found(in: environment).description == expected)
    }

    @Test(arguments: ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID"])
    func theCountMayBeGiven(_ variable: String) throws {
        // Of an array of which only one task is submitted again, Slurm counts that one.
        let environment = [variable: "6", "SLURM_ARRAY_TASK_COUNT": "1", "SLURM_ARRAY_TASK_MIN": "6"]
        #expect(try JobShard.found(in: environment, count: 8).description == "6/8")
    }

    @Test func whatIsMissingOrNoNumberIsSaid() {
        func found(_ environment: [String: String], _ count: Int? = nil) throws {
            _ = try JobShard.found(in: environment, count: count)
        }
        #expect(throws: JobShardError.countMissing(variable: "JOB_COMPLETION_INDEX")) {
            try found(["JOB_COMPLETION_INDEX": "1"])
        }
        #expect(throws: JobShardError.indexMissing(count: 8)) { try found([:], 8) }
        #expect(throws: JobShardError.notNumbers(origin: "BATCH_TASK_INDEX", found: "one")) {
            try found(["BATCH_TASK_INDEX": "one", "BATCH_TASK_COUNT": "2"])
        }
        #expect(throws: JobShardError.outOfRange(origin: "CLOUD_RUN_TASK_INDEX", index: 2, count: 2)) {
            try found(["CLOUD_RUN_TASK_INDEX": "2", "CLOUD_RUN_TASK_COUNT": "2"])
        }
        // 0, 1, 7: an array with gaps.
        #expect(throws: JobShardError.outOfRange(origin: "SLURM_ARRAY_TASK_ID", index: 7, count: 3)) {
            try found(["SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "0"])
        }
        #expect(throws: JobShardError.outOfRange(origin: "JOB_COMPLETION_INDEX", index: 8, count: 8)) {
            try found(["JOB_COMPLETION_INDEX": "8"], 8)
        }
    }
}
