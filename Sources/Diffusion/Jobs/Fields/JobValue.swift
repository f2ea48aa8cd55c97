import DiffusionBasics
import DiffusionRenderer

/// A field's value, read and checked by itself.
enum JobValue: Sendable, Equatable {
    case integer(Int)
    /// nil for -1: to be made from the job's text.
    case seed(UInt64?)
    case number(Double)
    case flag(Bool)
    case text(String)
    case texts([String])
    case prompt(PromptTemplate)
    case outputName(OutputNameTemplate)

    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var texts: [String]? { if case .texts(let value) = self { value } else { nil } }
    var outputName: OutputNameTemplate? { if case .outputName(let value) = self { value } else { nil } }
    var prompt: PromptTemplate? { if case .prompt(let value) = self { value } else { nil } }
}

/// What a value is given to.
enum JobKey: Sendable, Hashable {
    /// A place in `JobField.all`.
    case field(Int)
    /// `vars.NAME`.
    case variable(String)

    static let variablePrefix = "vars."

    /// As job files write it.
    var name: String {
        switch self {
        case .field(let index): JobField.all[index].name
        case .variable(let name): Self.variablePrefix + name
        }
    }
}

/// A value and where it stands; nil for the command line.
struct JobSetting: Sendable {
    var key: JobKey
    var value: JobValue
    var position: JSONNode.Position?
}

/// Settings by key, the last given first in force. A job has a dozen at most, so they are searched from end to end.
struct JobSettings: Sendable {
    private(set) var all: [JobSetting] = []

    subscript(key: JobKey) -> JobSetting? { all.first { $0.key == key } }

    /// Takes a setting in place of the one with its key.
    mutating func set(_ setting: JobSetting) {
        if let index = all.firstIndex(where: { $0.key == setting.key }) {
            all[index] = setting
        } else {
            all.append(setting)
        }
    }

    /// These settings, `stronger` ones in place of those with the same keys.
    func merged(with stronger: JobSettings) -> JobSettings {
        if all.isEmpty { return stronger }
        var merged = self
        for setting in stronger.all { merged.set(setting) }
        return merged
    }
}
