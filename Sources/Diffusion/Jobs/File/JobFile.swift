import DiffusionBasics
import DiffusionWeights

/// The text of a job file, and where its jobs stand in it.
///
/// Jobs are kept as text: what is held of a million of them is the file itself and sixteen bytes each.
public struct JobFile: Sendable {
    /// How a file is written; found out by `JobFile.init(data:name:)`.
    public enum Form: String, Sendable, CaseIterable {
        /// An object with `jobs`.
        case object
        /// An array of jobs.
        case array
        /// One job, such as AUTOMATIC1111's payload of `txt2img`.
        case payload
        /// A job a line.
        case lines
        /// A prompt a line.
        case prompts
    }

    /// Where a job's text begins.
    struct Place: Sendable {
        var offset: Int
        var line: Int32
        var column: Int32

        init(_ offset: Int, _ position: JSONNode.Position) {
            self.offset = offset
            line = Int32(clamping: position.line)
            column = Int32(clamping: position.column)
        }

        var position: JSONNode.Position { JSONNode.Position(line: Int(line), column: Int(column)) }
    }

    /// What errors call the file.
    public let name: String
    /// How the file is written.
    public let form: Form
    /// Jobs in the file.
    public var jobCount: Int { places.count }

    let bytes: [UInt8]
    let places: [Place]
    /// The members of the object around the jobs, without them; empty for other forms.
    let frame: JSONObject

    /// The longest file that is read, in bytes.
    public static let mostBytes = 512 << 20

    /// Reads a file, or a stream such as `/dev/stdin`.
    /// - Throws: `JSONError`, `JobFileError`, or an error of the file system.
    public init(contentsOf path: String) throws {
        try self.init(data: JobFile.contents(of: path), name: path)
    }

    /// - Parameters:
    ///   - data: the whole file.
    ///   - name: what errors call it; its ending tells the form where it can, see <doc:JobFiles>.
    /// - Throws: `JSONError`, `JobFileError`.
    public init(data: [UInt8], name: String) throws {
        let found = try JobFileReader(bytes: data, name: name).read()
        self.name = name
        bytes = data
        (form, places, frame) = (found.form, found.places, found.frame)
    }

    /// What a job says, with places of the whole file.
    /// - Throws: `JSONError`; only where the form is `.lines` or `.prompts`, whose lines are not looked at before.
    func node(ofJob index: Int) throws -> JSONNode {
        let place = places[index]
        guard form != .prompts else { return JSONNode(.string(try prompt(at: place)), at: place.position) }
        return try bytes.withUnsafeBufferPointer { whole in
            let end = form == .lines ? JobFileReader.endOfLine(whole, from: place.offset) : whole.count
            var scanner = JSONScanner(
                UnsafeBufferPointer(rebasing: whole[place.offset..<end]), file: name, start: place.position)
            let node = try JSONParser.node(&scanner)
            if form == .lines { try scanner.finish() }
            return node
        }
    }

    private func prompt(at place: Place) throws -> String {
        let end = bytes.withUnsafeBufferPointer { JobFileReader.endOfLine($0, from: place.offset) }
        guard let text = String(validating: bytes[place.offset..<end], as: UTF8.self) else {
            throw JobFileError(
                JobProblem(
                    file: name, position: place.position, code: JobProblem.Code.notUTF8.rawValue,
                    problem: "the line is not UTF-8",
                    remedy: "Convert it, for example with iconv."))
        }
        return text
    }
}
