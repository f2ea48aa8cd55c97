import DiffusionBasics

/// Reads the JSON of a job, noting what is wrong with it and going on.
struct JobContentReader {
    /// The job's id or place; nil for `defaults`.
    let job: String?
    /// Whether `$` begins a variable.
    let hasVariables: Bool
    var content = JobContent()
    var problems: JobProblems

    init(job: String?, hasVariables: Bool = true, problems: JobProblems) {
        (self.job, self.hasVariables, self.problems) = (job, hasVariables, problems)
    }

    /// - Parameter node: a string, the prompt, or an object.
    mutating func read(_ node: JSONNode) {
        switch node.value {
        case .string: set(JobField.key("prompt"), node)
        case .object(let object):
            for member in object.members { read(member) }
            takeSamplerIndex(object)
        default:
            problems.add(
                .wrongType, job: job, at: node.position,
                "a job is \(node.kindDescription), expected an object or the text of a prompt")
        }
    }

    private mutating func read(_ member: JSONObject.Member) {
        let (key, node) = (member.key, member.node)
        if let structure = JobContent.Structure(rawValue: key) {
            if !node.isNull { read(structure, node) }
        } else if key == JobContent.overrideSettings, let object = node.object {
            for inner in object.members { readNested(inner) }
        } else if key.hasPrefix(JobContent.extraPrefix) {
            _ = content.extras.insert(key, at: member.keyPosition, node)
        } else if let target = target(key, at: member.keyPosition) {
            if !node.isNull { set(target, node) }
        } else if let foreign = JobForeignKey.named(key) {
            check(foreign, node)
        } else if key != JobContent.samplerIndex, key != JobContent.overrideSettings || !node.isNull {
            refuse(key, at: member.keyPosition)
        }
    }

    /// A1111's older name of the sampler counts where the other is absent.
    private mutating func takeSamplerIndex(_ object: JSONObject) {
        let sampler = JobField.key("sampler_name")
        guard let node = object[JobContent.samplerIndex], !node.isNull, content.settings[sampler] == nil else { return }
        set(sampler, node)
    }

    private mutating func readNested(_ member: JSONObject.Member) {
        let name = "\(JobContent.overrideSettings).\(member.key)"
        if let foreign = JobForeignKey.named(name) {
            check(foreign, member.node)
        } else if let key = JobField.key(named: name) {
            if !member.node.isNull { set(key, member.node) }
        } else {
            problems.add(
                .unsupported, job: job, field: name, at: member.keyPosition,
                "\(name.prefix(80)) is not supported, and may change the picture", remedy: "Remove it.")
        }
    }

    private mutating func read(_ structure: JobContent.Structure, _ node: JSONNode) {
        if job == nil, structure != .vars {
            problems.add(
                .shape, field: structure.rawValue, at: node.position,
                "\"\(structure.rawValue)\" stands in \"defaults\", expected in a job")
            return
        }
        switch structure {
        case .id: content.id = id(node)
        case .dependsOn: readDependencies(node)
        case .vars: readVariables(node)
        case .matrix: readMatrix(node)
        case .zip: readZip(node)
        case .exclude: readExclusions(node)
        }
    }

    private mutating func check(_ foreign: JobForeignKey, _ node: JSONNode) {
        guard !foreign.isHarmless(node) else { return }
        if foreign.isOfMasks {
            content.maskKeys.append((foreign, node))
        } else {
            problems.add(foreign, node, job: job)
        }
    }
}

// MARK: - Keys and values

extension JobContentReader {
    /// What a key of a job, a matrix, a zip or an exclusion names; nil where that is no field and no variable.
    mutating func target(_ key: String, at position: JSONNode.Position) -> JobKey? {
        guard key.hasPrefix(JobKey.variablePrefix) else { return JobField.key(named: key) }
        let name = String(key.dropFirst(JobKey.variablePrefix.count))
        guard PromptTemplateParser.isName(name) else {
            problems.add(
                .unknownKey, job: job, field: key, at: position,
                "\"\(key.prefix(60))\" is no variable's name, expected letters, digits and underscores")
            return .variable(name)
        }
        return .variable(name)
    }

    mutating func refuse(_ key: String, at position: JSONNode.Position, in place: String = "") {
        let names = JobField.names + JobContent.Structure.allCases.map(\.rawValue) + JobForeignKey.all.map(\.name)
        problems.add(
            .unknownKey, job: job, field: key, at: position,
            "the key \"\(key.prefix(60))\"\(place) means nothing here",
            remedy: nearestName(to: key, among: names).map { "Did you mean \"\($0)\"?" }
                ?? "Keys of your own begin with x_.")
    }

    mutating func set(_ key: JobKey, _ node: JSONNode) {
        guard content.settings[key] == nil else {
            problems.add(
                .givenTwice, job: job, field: key.name, at: node.position,
                "\(key.name) is given twice, under two of its names")
            return
        }
        guard let value = value(key, node) else { return }
        content.settings.set(JobSetting(key: key, value: value, position: node.position))
    }

    /// - Returns: nil, with the problem noted, where the key cannot have that value.
    mutating func value(_ key: JobKey, _ node: JSONNode) -> JobValue? {
        do {
            switch key {
            case .variable: return try Self.variable(node)
            case .field(let index): return try JobField.all[index].kind.read(node, hasVariables: hasVariables)
            }
        } catch {
            problems.add(error, of: key, job: job, at: node.position)
            return nil
        }
    }

    private static func variable(_ node: JSONNode) throws -> JobValue {
        switch node.value {
        case .string(let text) where !text.utf8.contains(0): return .text(text)
        case .number(let number): return .text(number.text)
        case .bool(let flag): return .text(String(flag))
        default:
            throw JobValueError(code: .wrongType, problem: "is \(node.kindDescription), expected a text or a number")
        }
    }

    private mutating func id(_ node: JSONNode) -> String? {
        let text = node.string ?? node.number?.text
        guard let text, !text.isEmpty, text.utf8.count <= 200, !text.utf8.contains(0) else {
            problems.add(
                .outOfRange, job: job, field: "id", at: node.position,
                "id is \(node.kindDescription), expected a text of 1 to 200 bytes")
            return nil
        }
        return text
    }

    private mutating func readDependencies(_ node: JSONNode) {
        for name in node.array ?? [node] {
            guard let text = name.string ?? name.number?.text else {
                problems.add(
                    .wrongType, job: job, field: "depends_on", at: name.position,
                    "depends_on holds \(name.kindDescription), expected the ids of jobs or the names of outputs")
                continue
            }
            content.dependsOn.append((text, name.position))
        }
    }

    private mutating func readVariables(_ node: JSONNode) {
        guard let object = node.object else {
            problems.add(
                .wrongType, job: job, field: "vars", at: node.position,
                "vars is \(node.kindDescription), expected an object of names and values")
            return
        }
        for member in object.members {
            let name = JobKey.variablePrefix + member.key
            if let key = target(name, at: member.keyPosition) { set(key, member.node) }
        }
    }
}

extension JobProblems {
    /// Takes a value of A1111's that would change the picture.
    mutating func add(_ foreign: JobForeignKey, _ node: JSONNode, job: String?) {
        add(
            .unsupported, job: job, field: foreign.name, at: node.position,
            "\(foreign.name) is \(node.kindDescription), which is not supported: expected \(foreign.harmlessListing)",
            remedy: "Remove it; the picture will differ from A1111's.")
    }

    /// Takes what is wrong with a value.
    mutating func add(_ error: any Error, of key: JobKey, job: String?, at position: JSONNode.Position?) {
        guard let error = error as? JobValueError else {
            add(error, job: job, field: key.name, at: position)
            return
        }
        add(error.code, job: job, field: key.name, at: position, "\(key.name) \(error.problem)", remedy: error.remedy)
    }
}
