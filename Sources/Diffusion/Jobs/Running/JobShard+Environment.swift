extension JobShard {
    /// Where a batch system says which of its tasks this is.
    private struct Source {
        var index: String
        /// nil where the system does not tell.
        var count: String?
        var minimum: String?
        var step: String?
    }

    /// Slurm arrays, indexed jobs of Kubernetes, array jobs of AWS Batch, tasks of Google Batch and of Cloud Run.
    private static let sources = [
        Source(
            index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", minimum: "SLURM_ARRAY_TASK_MIN",
            step: "SLURM_ARRAY_TASK_STEP"),
        Source(index: "JOB_COMPLETION_INDEX"),
        Source(index: "AWS_BATCH_JOB_ARRAY_INDEX"),
        Source(index: "BATCH_TASK_INDEX", count: "BATCH_TASK_COUNT"),
        Source(index: "CLOUD_RUN_TASK_INDEX", count: "CLOUD_RUN_TASK_COUNT"),
    ]

    /// The share that the environment names; the whole where it names none.
    /// - Parameters:
    ///   - environment: the process's.
    ///   - count: how many shards there are. The task's number is then the shard's own, so that a few tasks of an array can
    ///     be submitted again by themselves; without it a Slurm array's numbers are counted from its first one.
    /// - Throws: `JobShardError`.
    public static func found(in environment: [String: String], count: Int? = nil) throws -> JobShard {
        guard let source = sources.first(where: { environment[$0.index] != nil }) else {
            guard let count, count != 1 else { return .whole }
            throw JobShardError.indexMissing(count: count)
        }
        func value(_ name: String?) throws -> Int? {
            guard let name, let text = environment[name] else { return nil }
            guard let number = number(text) else { throw JobShardError.notNumbers(origin: name, found: text) }
            return number
        }
        let task = try value(source.index) ?? 0
        if let count { return try JobShard(index: task, count: count, origin: source.index) }
        guard let total = try value(source.count) else {
            throw JobShardError.countMissing(variable: source.index)
        }
        let (first, step) = (try value(source.minimum) ?? 0, max(1, try value(source.step) ?? 1))
        // Not a multiple: the array's numbers have gaps, and a shard would go missing.
        let index = (task - first).isMultiple(of: step) ? (task - first) / step : total
        return try JobShard(index: index, count: total, origin: source.index)
    }
}
