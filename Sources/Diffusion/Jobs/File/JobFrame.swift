import DiffusionBasics
import DiffusionRenderer

/// One field of the object around the jobs, of its `output` or its `run`.
struct JobFrameField<Target>: Sendable {
    let name: String
    let kind: JobField.Kind
    let standard: String
    let doc: String
    let apply: @Sendable (JobValue, inout Target) -> Void

    init(
        _ name: String, _ kind: JobField.Kind, standard: String, _ doc: String,
        apply: @escaping @Sendable (JobValue, inout Target) -> Void
    ) {
        (self.name, self.kind, self.standard, self.doc, self.apply) = (name, kind, standard, doc, apply)
    }
}

extension JobOutput {
    static let fields: [JobFrameField<JobOutput>] = [
        JobFrameField(
            "dir", .path, standard: "out", "The folder for all pictures, seen from the working directory.",
            apply: { if let path = $0.text { $1.directory = path } }),
        JobFrameField(
            "name", .outputName, standard: defaultName, "The template of the names in it.",
            apply: { if let name = $0.outputName { $1.name = name.source } }),
        JobFrameField(
            "on_exists", .choice(OnExists.allCases.map(\.rawValue)), standard: OnExists.resume.rawValue,
            "What happens where a file has the name already.",
            apply: { if let choice = $0.text.flatMap(OnExists.init(rawValue:)) { $1.onExists = choice } }),
        JobFrameField(
            "format", .choice(ImageFormat.allCases.map(\.rawValue)), standard: "by the name's ending",
            "The format of all pictures.",
            apply: { value, output in output.format = value.text.flatMap { ImageFormat(rawValue: $0) } }),
        JobFrameField(
            "quality", .integer(1...100), standard: "90", "Of JPEG files.",
            apply: { if let value = $0.integer { $1.quality = value } }),
        JobFrameField(
            "metadata", .choice(Metadata.allCases.map(\.rawValue)), standard: Metadata.full.rawValue,
            "What files say of their making.",
            apply: { if let choice = $0.text.flatMap(Metadata.init(rawValue:)) { $1.metadata = choice } }),
    ]
}

extension JobRunSettings {
    static let fields: [JobFrameField<JobRunSettings>] = [
        JobFrameField(
            "on_error", .choice(OnError.allCases.map(\.rawValue)), standard: OnError.continue.rawValue,
            "What happens after a render that failed; `stop` begins nothing more, in the order of rendering.",
            apply: { if let choice = $0.text.flatMap(OnError.init(rawValue:)) { $1.onError = choice } }),
        JobFrameField(
            "retries", .integer(0...100), standard: "1",
            "How often a render that failed for a passing reason is tried again.",
            apply: { if let value = $0.integer { $1.retries = value } }),
        JobFrameField(
            "max_memory", .byteCount, standard: "no limit", "What the process may take, `6GB`.",
            apply: { $1.maxMemory = $0.integer }),
        JobFrameField(
            "precision", .choice(Precision.allCases.map(\.rawValue)), standard: Precision.auto.rawValue,
            "The arithmetic, as the command line's `--precision`.",
            apply: { if let choice = $0.text.flatMap(Precision.init(rawValue:)) { $1.precision = choice } }),
        JobFrameField(
            "max_pixel_steps", .integer(1...Int.max), standard: String(defaultMaxPixelSteps),
            "The most pixels × U-Net calls of one render: a guard against slips of the keyboard.",
            apply: { if let value = $0.integer { $1.maxPixelSteps = value } }),
    ]
}

/// What the object around the jobs says.
struct JobFrame: Sendable {
    var name: String?
    var output = JobOutput()
    var run = JobRunSettings()
    var defaults = JobContent()
    /// Where the template of names stands.
    var namePosition: JSONNode.Position?

    static let keys = ["version", "name", "output", "run", "defaults", "jobs", "$schema"]
}

/// Reads the object around the jobs, noting what is wrong with it and going on.
struct JobFrameReader {
    private(set) var frame = JobFrame()
    private(set) var problems: JobProblems
    private let form: JobFile.Form

    init(_ file: JobFile) {
        problems = JobProblems(file: file.name)
        form = file.form
        for member in file.frame.members { read(member) }
        if form == .object, file.frame["jobs"] == nil {
            problems.add(.shape, "the file has no \"jobs\"", remedy: "Add \"jobs\": [\"a prompt\"].")
        } else if file.jobCount == 0, problems.count == 0 {
            problems.add(.empty, "the file holds no job")
        }
    }

    private mutating func read(_ member: JSONObject.Member) {
        let node = member.node
        if node.isNull, JobFrame.keys.contains(member.key) { return }
        switch member.key {
        case "version": checkVersion(node)
        case "name": frame.name = text(node, "name") ?? frame.name
        case "output":
            if let object = object(node, "output") {
                frame.namePosition = object["name"]?.position
                read(object, JobOutput.fields, in: "output", into: \.output)
            }
        case "run": if let object = object(node, "run") { read(object, JobRunSettings.fields, in: "run", into: \.run) }
        case "defaults": readDefaults(node)
        case "jobs": checkJobs(node)
        case "$schema": _ = text(node, "$schema")
        case let key where key.hasPrefix(JobContent.extraPrefix):
            _ = frame.defaults.extras.insert(key, at: member.keyPosition, node)
        default: refuse(member, among: JobFrame.keys, in: "the file")
        }
    }

    private mutating func checkVersion(_ node: JSONNode) {
        guard node.number?.double != 1 else { return }
        problems.add(
            .unsupported, field: "version", at: node.position, "version is \(node.kindDescription), expected 1",
            remedy: "A newer version of this program may read it.")
    }

    private mutating func checkJobs(_ node: JSONNode) {
        if node.array != nil { return }
        problems.add(
            .wrongType, field: "jobs", at: node.position, "jobs is \(node.kindDescription), expected a list of jobs")
    }

    private mutating func readDefaults(_ node: JSONNode) {
        guard object(node, "defaults") != nil else { return }
        var reader = JobContentReader(job: nil, problems: problems)
        reader.content.extras = frame.defaults.extras
        reader.read(node)
        (frame.defaults, problems) = (reader.content, reader.problems)
    }

    private mutating func read<Target>(
        _ object: JSONObject, _ fields: [JobFrameField<Target>], in place: String,
        into target: WritableKeyPath<JobFrame, Target>
    ) {
        for member in object.members where !member.node.isNull && !member.key.hasPrefix(JobContent.extraPrefix) {
            guard let field = fields.first(where: { $0.name == member.key }) else {
                refuse(member, among: fields.map(\.name), in: "\"\(place)\"")
                continue
            }
            do {
                field.apply(try field.kind.read(member.node), &frame[keyPath: target])
            } catch let error as JobValueError {
                problems.add(
                    error.code, field: "\(place).\(field.name)", at: member.node.position,
                    "\(place).\(field.name) \(error.problem)", remedy: error.remedy)
            } catch {
                problems.add(error, job: nil, field: "\(place).\(field.name)", at: member.node.position)
            }
        }
    }

    private mutating func object(_ node: JSONNode, _ name: String) -> JSONObject? {
        if let object = node.object { return object }
        problems.add(
            .wrongType, field: name, at: node.position, "\(name) is \(node.kindDescription), expected an object")
        return nil
    }

    private mutating func text(_ node: JSONNode, _ name: String) -> String? {
        if let text = node.string, !text.isEmpty, !text.utf8.contains(0) { return text }
        problems.add(.wrongType, field: name, at: node.position, "\(name) is \(node.kindDescription), expected a text")
        return nil
    }

    private mutating func refuse(_ member: JSONObject.Member, among names: [String], in place: String) {
        let isOfJob = JobField.key(named: member.key) != nil
        problems.add(
            .unknownKey, field: member.key, at: member.keyPosition,
            "the key \"\(member.key.prefix(60))\" in \(place) means nothing here",
            remedy: isOfJob
                ? "It belongs into \"defaults\" or into a job."
                : nearestName(to: member.key, among: names).map { "Did you mean \"\($0)\"?" }
                    ?? "Keys of your own begin with x_.")
    }
}
