import Diffusion

extension JobStatus {
    /// A few lines for people.
    func text(name: String) -> String {
        var lines = ["\(name): \(thereCount) of \(planCount) there, \(failedCount) failed, \(remainingCount) to do"]
        if fileCount == 0 { lines.append("no results files yet") }
        if let imagesPerHour {
            let left = secondsLeft.map { thereCount < planCount ? ", \(ProgressBar.clock($0)) left" : "" } ?? ""
            lines.append("rate: \(ProgressBar.decimal(imagesPerHour, digits: 1)) pictures an hour\(left)")
        }
        for failure in failures.prefix(Self.mostShown) {
            lines.append("render \(failure.index) (\(failure.job)): \(failure.error?.message ?? "failed")")
        }
        if failedCount > Self.mostShown { lines.append("and \(failedCount - Self.mostShown) more failed") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let mostShown = 10

    func fields(name: String) -> [JSONLine.Field] {
        let failed = failures.map { failure in
            JSONLine.Value.object([
                ("index", .integer(failure.index)), ("job", .string(failure.job)),
                ("code", .string(failure.error?.code ?? "unexpected")),
                ("message", .string(failure.error?.message ?? "")),
            ])
        }
        return [
            ("job", .string(name)), ("renders", .integer(planCount)), ("there", .integer(thereCount)),
            ("failed", .integer(failedCount)), ("remaining", .integer(remainingCount)),
            ("results_files", .integer(fileCount)),
            ("images_per_hour", imagesPerHour.map(JSONLine.Value.real) ?? .null),
            ("seconds_left", secondsLeft.map(JSONLine.Value.real) ?? .null), ("failures", .array(failed)),
        ]
    }
}
