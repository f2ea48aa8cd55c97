/// The text of a job file and where its jobs stand in it.
public struct JobFile: Sendable {
    /// What errors call it.
    public let name: String

    /// Reads a file, or a stream such as `/dev/stdin`.
    /// - Throws: `JobFileError`, `JSONError`, or an error of the file system.
    public init(contentsOf path: String) throws {
        try self.init(data: [], name: path)
    }

    /// - Parameters:
    ///   - data: the whole file.
    ///   - name: what errors call it; its ending says which form the text has, see <doc:JobFiles>.
    /// - Throws: `JobFileError`, `JSONError`.
    public init(data: [UInt8], name: String) throws {
        self.name = name
    }
}
