/// A file that is not the JSON it should be.
public struct JSONError: DescribedError, Equatable {
    public var file: String
    public var position: JSONNode.Position
    public var problem: String
    /// How far reading had come, in bytes from the document's start.
    public var offset: Int

    public init(file: String, position: JSONNode.Position, problem: String, offset: Int = 0) {
        self.file = file
        self.position = position
        self.problem = problem
        self.offset = offset
    }

    public var code: String { "json.invalid" }
    public var sentence: String { "\(file) is not valid JSON: it \(problem) (\(position))." }
}
