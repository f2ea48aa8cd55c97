import DiffusionBasics

/// Reads `key=value` of the command line.
enum JobOverrides {
    /// - Parameter problems: takes what is wrong with them.
    static func settings(_ texts: [String], problems: inout JobProblems) -> JobSettings {
        var settings = JobSettings()
        for text in texts {
            guard let equals = text.firstIndex(of: "=") else {
                problems.add(.override, "--override \"\(text.prefix(80))\" has no \"=\", expected key=value")
                continue
            }
            let name = String(text[..<equals])
            let value = String(text[text.index(after: equals)...])
            if let setting = setting(name, value, problems: &problems) { settings.set(setting) }
        }
        return settings
    }

    private static func setting(_ name: String, _ text: String, problems: inout JobProblems) -> JobSetting? {
        let variable = String(name.dropFirst(JobKey.variablePrefix.count))
        if name.hasPrefix(JobKey.variablePrefix), PromptTemplateParser.isName(variable) {
            return JobSetting(key: .variable(variable), value: .text(text))
        }
        guard let key = JobField.key(named: name), case .field(let index) = key else {
            problems.add(
                .override, field: name, "--override \"\(name.prefix(60))\" is no field of a job",
                remedy: nearestName(to: name, among: JobField.names).map { "Did you mean \"\($0)\"?" })
            return nil
        }
        do {
            return JobSetting(key: key, value: try JobField.all[index].kind.read(text: text))
        } catch let error as JobValueError {
            problems.add(
                error.code, field: key.name, "--override \(key.name) \(error.problem)", remedy: error.remedy)
        } catch {
            problems.add(error, job: nil, field: "--override \(key.name)")
        }
        return nil
    }
}
