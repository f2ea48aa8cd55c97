/// A file that is not the JSON it should be.
public struct JSONError: DescribedError, Equatable {
    public var file: String
    public var position: JSONNode.Position
    public var problem: String

    public init(file: String, position: JSONNode.Position, problem: String) {
        self.file = file
        self.position = position
        self.problem = problem
    }

    public var code: String { "json.invalid" }
    public var sentence: String { "\(file) is not valid JSON: it \(problem) (\(position))." }
}
