import DiffusionBasics

/// Collects what is wrong while a file is read, so that a person sees all of it at once.
struct JobProblems {
    let file: String
    private(set) var all: [JobProblem] = []
    private(set) var isFull = false

    init(file: String) { self.file = file }

    mutating func add(_ problem: JobProblem) {
        guard !isFull, !all.contains(where: { Self.isSame($0, problem) }) else { return }
        guard all.count < JobFileError.limit else {
            isFull = true
            return
        }
        all.append(problem)
    }

    /// One slip in the defaults shows in every job, another encoding in every line.
    private static func isSame(_ problem: JobProblem, _ other: JobProblem) -> Bool {
        problem.problem == other.problem
            && (problem.position == other.position || problem.code == JobProblem.Code.notUTF8.rawValue)
    }

    mutating func add(
        _ code: JobProblem.Code, job: String? = nil, field: String? = nil, at position: JSONNode.Position? = nil,
        _ problem: String, remedy: String? = nil
    ) {
        add(
            JobProblem(
                file: file, job: job, field: field, position: position, code: code.rawValue, problem: problem,
                remedy: remedy))
    }

    /// Takes an error of another part of the program.
    mutating func add(_ error: any Error, job: String?, field: String? = nil, at position: JSONNode.Position? = nil) {
        switch error {
        case let error as JobFileError: for problem in error.problems { add(problem) }
        case let error as JSONError:
            add(
                .syntax, job: job, at: error.position, "the JSON is not valid: it \(error.problem)",
                remedy: error.remedy)
        case let error as any DescribedError:
            let sentence = error.sentence.hasSuffix(".") ? String(error.sentence.dropLast()) : error.sentence
            let said = field.map { "\($0): \(sentence)" } ?? sentence
            add(
                JobProblem(
                    file: file, job: job, field: field, position: position, code: error.code, problem: said,
                    remedy: error.remedy))
        default:
            add(
                JobProblem(
                    file: file, job: job, field: field, position: position, code: "unexpected", problem: "\(error)"))
        }
    }

    var count: Int { all.count + (isFull ? 1 : 0) }

    /// - Throws: `JobFileError` where anything is wrong.
    func check() throws {
        if !all.isEmpty { throw JobFileError(all, isCut: isFull) }
    }
}
