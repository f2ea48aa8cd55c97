/// A file that is not the JSON it should be.
public struct JSONError: DescribedError, Equatable {
    /// The name that the reader was given.
    public var file: String
    /// Where the problem is.
    public var position: JSONNode.Position
    /// What goes on from "it": `has 'x', expected a value`.
    public var problem: String
    /// How far reading had come, in bytes from the document's start.
    public var offset: Int
    /// What to do about it, where that is not plain.
    public var remedy: String?

    /// An error at a place of a file.
    public init(file: String, position: JSONNode.Position, problem: String, offset: Int = 0, remedy: String? = nil) {
        self.file = file
        self.position = position
        self.problem = problem
        self.offset = offset
        self.remedy = remedy
    }

    /// `json.invalid`.
    public var code: String { "json.invalid" }
    /// Names file, problem, line and column.
    public var sentence: String { "\(file) is not valid JSON: it \(problem) (\(position))." }
}
