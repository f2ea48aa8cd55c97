import DiffusionBasics

extension JobResult {
    /// One line, without its end.
    package var line: String {
        JSONNode.object([
            ("index", .integer(index)), ("job", .text(job)), ("status", .text(status.rawValue)), ("key", .text(key)),
            ("file", .text(file)), ("sha256", .text(sha256)), ("parameters", parameters),
            ("seconds", seconds.json), ("peak_memory", .integer(peakMemory)),
            ("warnings", JSONNode(.array(warnings.map { .text($0) }))), ("error", error?.json ?? JSONNode(.null)),
            ("ended_at", .real(endedAt)),
        ]).serialized
    }

    /// Reads a line back; nil for what is none, such as the rest of a line that a killed process began.
    package init?(line: some StringProtocol) {
        guard let object = (try? JSONParser.parse(Array(line.utf8), file: "results"))?.object,
            let index = object["index"]?.number?.integer(as: Int.self),
            let status = object["status"]?.string.flatMap(Status.init)
        else { return nil }
        self.init(
            index: index, job: object["job"]?.string ?? "", status: status, key: object["key"]?.string,
            file: object["file"]?.string, sha256: object["sha256"]?.string,
            parameters: object["parameters"] ?? JSONNode(.null), seconds: Seconds(object["seconds"]),
            peakMemory: object["peak_memory"]?.number?.integer() ?? 0,
            warnings: object["warnings"]?.array?.compactMap(\.string) ?? [], error: Failure(object["error"]),
            endedAt: object["ended_at"]?.number?.double ?? 0)
    }
}

extension JobResult.Seconds {
    fileprivate var json: JSONNode {
        .object([
            ("encode", .real(encode)), ("denoise", .real(denoise)), ("decode", .real(decode)), ("write", .real(write)),
        ])
    }

    fileprivate init(_ node: JSONNode?) {
        func value(_ key: String) -> Double { node?.object?[key]?.number?.double ?? 0 }
        (encode, denoise, decode, write) = (value("encode"), value("denoise"), value("decode"), value("write"))
    }
}

extension JobResult.Failure {
    fileprivate var json: JSONNode {
        .object([
            ("code", .text(code)), ("message", .text(message)), ("hint", .text(hint)),
            ("transient", JSONNode(.bool(isTransient))),
        ])
    }

    fileprivate init?(_ node: JSONNode?) {
        guard let object = node?.object, let code = object["code"]?.string else { return nil }
        self.init(
            code: code, message: object["message"]?.string ?? "", hint: object["hint"]?.string,
            isTransient: object["transient"]?.bool ?? false)
    }
}
