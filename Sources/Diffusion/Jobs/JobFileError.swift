import DiffusionBasics

/// One thing that is wrong with a job file.
public struct JobProblem: Sendable, Equatable, DescribedError {
    /// The file's name.
    public var file: String
    /// The job's id or place, nil for what belongs to no job.
    public var job: String?
    /// The field's name as the contract has it, nil for a job as a whole.
    public var field: String?
    /// Where the value stands, nil for what is in no file (`--override`).
    public var position: JSONNode.Position?
    public var code: String
    /// What is wrong, a clause: `is 0, expected 1 to 1000`.
    public var problem: String
    public var remedy: String?

    public var sentence: String { "\(file): \(problem)." }
}

/// Everything that is wrong with a job file, up to `limit` problems.
public struct JobFileError: DescribedError, Equatable {
    public var problems: [JobProblem]
    /// Whether there are more than those.
    public var isCut: Bool

    public static let limit = 20

    public var code: String { "job-file.invalid" }
    public var sentence: String { problems.map(\.description).joined(separator: "\n") }
}
