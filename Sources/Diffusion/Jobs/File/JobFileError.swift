import DiffusionBasics

/// One thing that is wrong with a job file.
public struct JobProblem: Sendable, Equatable, DescribedError {
    /// The file's name.
    public var file: String
    /// The job's id, or its place in the file from 0; nil for what belongs to no job.
    public var job: String?
    /// The field's canonical name; nil for a job or a file as a whole.
    public var field: String?
    /// Where it stands; nil for what no file holds (`--override`).
    public var position: JSONNode.Position?
    /// Stable, such as `job-file.out-of-range`.
    public var code: String
    /// A clause that goes on from the place: `steps is 0, expected 1 to 1000`.
    public var problem: String
    /// What to do about it.
    public var remedy: String?

    /// A problem at a place of a file.
    public init(
        file: String, job: String? = nil, field: String? = nil, position: JSONNode.Position? = nil, code: String,
        problem: String, remedy: String? = nil
    ) {
        (self.file, self.job, self.field, self.position) = (file, job, field, position)
        (self.code, self.problem, self.remedy) = (code, problem, remedy)
    }

    /// `jobs.json, job "castle" (line 4, column 9): steps is 0, expected 1 to 1000.`
    public var sentence: String {
        let job = job.map { ", job \"\($0.prefix(60))\"" } ?? ""
        let place = position.map { " (\($0))" } ?? ""
        return "\(file)\(job)\(place): \(problem)."
    }
}

extension JobProblem {
    /// What `code` is where the problem is the job file's own.
    enum Code: String {
        case syntax = "job-file.syntax"
        case notUTF8 = "job-file.not-utf8"
        case shape = "job-file.shape"
        case empty = "job-file.empty"
        case unknownKey = "job-file.unknown-key"
        case givenTwice = "job-file.given-twice"
        case wrongType = "job-file.wrong-type"
        case outOfRange = "job-file.out-of-range"
        case unsupported = "job-file.unsupported"
        case prompt = "job-file.prompt"
        case expansion = "job-file.expansion"
        case tooMany = "job-file.too-many"
        case overBudget = "job-file.over-budget"
        case output = "job-file.output"
        case sameOutput = "job-file.same-output"
        case sameID = "job-file.same-id"
        case missingFile = "job-file.missing-file"
        case dependency = "job-file.dependency"
        case override = "job-file.override"
    }
}

/// Everything that is wrong with a job file, the first `limit` problems of it.
public struct JobFileError: DescribedError, Equatable {
    /// One or more.
    public var problems: [JobProblem]
    /// Whether reading ended at the limit: there may be more.
    public var isCut: Bool

    /// How many problems are told at once.
    public static let limit = 20

    init(_ problems: [JobProblem], isCut: Bool) { (self.problems, self.isCut) = (problems, isCut) }

    init(_ problem: JobProblem) { self.init([problem], isCut: false) }

    /// That of the only problem, else `job-file.invalid`.
    public var code: String { problems.count == 1 ? problems[0].code : "job-file.invalid" }

    /// A line for each problem.
    public var sentence: String {
        guard problems.count > 1 else { return problems.first?.sentence ?? "" }
        let count = isCut ? "\(problems.count) problems or more" : "\(problems.count) problems"
        return "\(problems[0].file) has \(count):\n" + problems.map { "  \($0)" }.joined(separator: "\n")
    }

    /// That of the only problem.
    public var remedy: String? { problems.count == 1 ? problems[0].remedy : nil }
}
