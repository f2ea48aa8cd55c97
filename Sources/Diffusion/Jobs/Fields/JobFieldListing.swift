/// The fields of a job as the documentation lists them.
package enum JobFieldListing {
    /// All names of all fields.
    package static var names: [String] { JobField.names }

    /// A Markdown table of all fields, in their order.
    package static var table: String {
        let rows = JobField.all.map { field in
            let aliases = field.aliases.map { "`\($0)`" }.joined(separator: ", ")
            return
                "| `\(field.name)` | \(field.kind.expectation) | \(field.standard) | \(escaped(field.doc)) | \(aliases) |"
        }
        return (["| Field | Value | If absent | What it does | Also |", "| --- | --- | --- | --- | --- |"] + rows)
            .joined(separator: "\n")
    }

    /// The same of the object around the jobs.
    package static var frameTable: String {
        let output = JobOutput.fields.map { row("output", $0) }
        let run = JobRunSettings.fields.map { row("run", $0) }
        return (["| Field | Value | If absent | What it does |", "| --- | --- | --- | --- |"] + output + run)
            .joined(separator: "\n")
    }

    /// A bar would end the cell, in code too.
    private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static func row<Target>(_ part: String, _ field: JobFrameField<Target>) -> String {
        "| `\(part).\(field.name)` | \(field.kind.expectation) | \(field.standard) | \(escaped(field.doc)) |"
    }
}
