import DiffusionBasics

/// What keeps one render of a job from being made.
public enum JobRunError: DescribedError, Equatable {
    /// A file that carries no render's key has the picture's name.
    case notOurs(path: String)
    /// A render whose picture this one begins with was not made.
    case dependencyFailed(job: String, index: Int)

    public var code: String {
        switch self {
        case .notOurs: "job.not-ours"
        case .dependencyFailed: "job.dependency-failed"
        }
    }

    public var sentence: String {
        switch self {
        case .notOurs(let path): "\(path) is there and was not made by a job file."
        case .dependencyFailed(let job, let index):
            "Render \(index) of the job \"\(job)\", which this one needs, was not made."
        }
    }

    public var remedy: String? {
        switch self {
        case .notOurs: "Move it away, or set on_exists to overwrite or number."
        case .dependencyFailed: "Run the job again when what it needs is there."
        }
    }
}
