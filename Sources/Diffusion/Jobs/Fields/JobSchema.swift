import DiffusionBasics

/// The JSON Schema (draft 2020-12) of job files, made from the tables that the reader uses.
public enum JobSchema {
    /// The schema as indented JSON.
    public static var text: String { indented(document, "") + "\n" }

    static var document: JSONNode {
        object([
            ("$schema", string("https://json-schema.org/draft/2020-12/schema")),
            ("title", string("Diffuse job file")),
            ("description", string("Pictures to render, for diffuse batch.")),
            ("anyOf", array([reference("file"), reference("jobs"), reference("job")])),
            ("$defs", definitions),
        ])
    }

    private static var definitions: JSONNode {
        let fields = JobField.all.map { (definition(of: $0), schema(of: $0)) }
        return object(
            [
                ("file", file), ("jobs", jobs), ("job", job), ("defaults", defaults), ("output", output), ("run", run),
                ("overrideSettings", overrideSettings), ("matrix", varied), ("range", range),
                ("variable", object([("type", types("string", "number", "boolean"))])),
            ] + fields)
    }

    // MARK: - The parts of a file

    private static var file: JSONNode {
        closedObject(
            [
                ("$schema", object([("type", string("string"))])), ("version", object([("const", number("1"))])),
                ("name", described("What the whole is called.", [("type", types("string", "null"))])),
                ("output", reference("output")), ("run", reference("run")), ("defaults", reference("defaults")),
                ("jobs", reference("jobs")),
            ], required: ["jobs"])
    }

    private static var jobs: JSONNode {
        object([
            ("type", string("array")), ("minItems", number("1")),
            ("items", object([("anyOf", array([object([("type", string("string"))]), reference("job")]))])),
        ])
    }

    /// A job as an object; also AUTOMATIC1111's payload.
    private static var job: JSONNode {
        closedObject(settings + structure, patterns: variables)
    }

    private static var defaults: JSONNode {
        closedObject(settings + [("vars", vars)], patterns: variables)
    }

    private static var output: JSONNode {
        closedObject(JobOutput.fields.map { ($0.name, schema($0.kind, $0.doc, $0.standard)) })
    }

    private static var run: JSONNode {
        closedObject(JobRunSettings.fields.map { ($0.name, schema($0.kind, $0.doc, $0.standard)) })
    }

    private static var settings: [(String, JSONNode)] {
        let fields = names { !$0.contains(".") }.map { ($0.name, reference(definition(of: $0.field))) }
        let foreign = JobForeignKey.all.filter { !$0.name.contains(".") }.map { ($0.name, schema(of: $0)) }
        return fields + foreign + [
            (JobContent.samplerIndex, reference("sampler_name")),
            (JobContent.overrideSettings, reference("overrideSettings")),
        ]
    }

    private static var overrideSettings: JSONNode {
        let prefix = "\(JobContent.overrideSettings)."
        let fields = names { $0.hasPrefix(prefix) }.map { ($0.name, reference(definition(of: $0.field))) }
        let foreign = JobForeignKey.all.filter { $0.name.hasPrefix(prefix) }.map { ($0.name, schema(of: $0)) }
        var settings = closedObject((fields + foreign).map { (String($0.0.dropFirst(prefix.count)), $0.1) })
        settings.replace("type", types("object", "null"))
        return settings
    }

    /// The fields under all their names.
    private static func names(where isWanted: (String) -> Bool) -> [(name: String, field: JobField)] {
        JobField.all.flatMap { field in ([field.name] + field.aliases).filter(isWanted).map { ($0, field) } }
    }

    // MARK: - What makes one job several

    private static var structure: [(String, JSONNode)] {
        JobContent.Structure.allCases.map { key in
            let schema: [(String, JSONNode)]
            switch key {
            case .id: schema = [("type", types("string", "number", "null")), ("minLength", number("1"))]
            case .dependsOn:
                let name = object([("type", types("string", "number"))])
                let list = object([("type", string("array")), ("items", name)])
                schema = [("anyOf", array([name, list, object([("type", string("null"))])]))]
            case .vars: return (key.rawValue, vars)
            case .matrix, .zip: schema = [("$ref", string("#/$defs/matrix"))]
            case .exclude:
                let pattern = exclusion
                let list = object([("type", string("array")), ("items", pattern)])
                schema = [("anyOf", array([pattern, list, object([("type", string("null"))])]))]
            }
            return (key.rawValue, described(key.doc, schema))
        }
    }

    private static var vars: JSONNode {
        object([
            ("description", string(JobContent.Structure.vars.doc)), ("type", types("object", "null")),
            ("patternProperties", object([("^[A-Za-z_][A-Za-z0-9_]*$", reference("variable"))])),
            ("additionalProperties", bool(false)),
        ])
    }

    private static var variables: [(String, JSONNode)] {
        [("^vars\\.[A-Za-z_][A-Za-z0-9_]*$", reference("variable"))]
    }

    private static var varied: JSONNode {
        let fields = names { _ in true }.map { ($0.name, values(reference(definition(of: $0.field)), $0.field.kind)) }
        let any = object([
            ("anyOf", array([list(of: reference("variable")), reference("range")]))
        ])
        var lists = closedObject(fields, patterns: [("^vars\\.[A-Za-z_][A-Za-z0-9_]*$", any)], extras: false)
        lists.replace("type", types("object", "null"))
        return lists
    }

    private static var exclusion: JSONNode {
        closedObject(
            names { _ in true }.map { ($0.name, reference(definition(of: $0.field))) }, patterns: variables,
            extras: false)
    }

    private static func values(_ value: JSONNode, _ kind: JobField.Kind) -> JSONNode {
        switch kind {
        case .integer, .number, .seed: object([("anyOf", array([list(of: value), reference("range")]))])
        default: list(of: value)
        }
    }

    private static func list(of value: JSONNode) -> JSONNode {
        object([("type", string("array")), ("minItems", number("1")), ("items", value)])
    }

    private static var range: JSONNode {
        let number = object([("type", string("number"))])
        let ends = closedObject(
            [("from", number), ("to", number), ("step", number)], required: ["from", "to"], extras: false)
        let text = object([
            ("type", string("string")),
            ("pattern", string("^-?[0-9.]+([eE][-+]?[0-9]+)?\\.\\.-?[0-9.]+([eE][-+]?[0-9]+)?$")),
        ])
        return described(
            "Numbers at equal distances: \"1..3\" or from, to and step.", [("anyOf", array([text, ends]))])
    }
}
