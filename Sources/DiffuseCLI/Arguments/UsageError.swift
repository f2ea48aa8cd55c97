import Diffusion
import DiffusionBasics

/// A command line that cannot be carried out as it stands.
package enum UsageError: DescribedError, Equatable {
    /// The parser's own words.
    case arguments(String)
    case badValue(flag: String, found: String, expected: String)
    case unknownValue(flag: String, found: String, known: [String])
    case conflict(String, remedy: String)
    case noPrompt(example: String)
    case notUTF8(what: String)
    case unreadable(what: String, reason: String)
    case missingFolder(path: String)
    case sameName(path: String)

    /// The same of a value of the library's, whose name is a flag's.
    init?(naming error: any Error) {
        guard case RequestError.outOfRange(let field, let found, let expected) = error, !field.contains(" ") else {
            return nil
        }
        self = .badValue(flag: "--\(field)", found: found, expected: expected)
    }

    package var code: String {
        switch self {
        case .arguments: "usage.arguments"
        case .badValue, .unknownValue: "usage.bad-value"
        case .conflict: "usage.conflict"
        case .noPrompt: "usage.no-prompt"
        case .notUTF8: "usage.not-utf8"
        case .unreadable: "usage.unreadable"
        case .missingFolder: "usage.missing-folder"
        case .sameName: "usage.same-name"
        }
    }

    package var sentence: String {
        switch self {
        case .arguments(let message): message
        case .badValue(let flag, let found, let expected): "\(flag) is \"\(found)\", expected \(expected)."
        case .unknownValue(let flag, let found, let known):
            "\(flag) is \"\(found)\", expected \(known.joined(separator: ", "))."
        case .conflict(let sentence, _): sentence
        case .noPrompt: "There is no prompt to render."
        case .notUTF8(let what): "\(what) is not valid UTF-8."
        case .unreadable(let what, let reason): "\(what) cannot be read: \(reason)."
        case .missingFolder(let path): "The output folder \(path) does not exist."
        case .sameName(let path): "Two of the pictures would have the name \(path)."
        }
    }

    package var remedy: String? {
        switch self {
        case .arguments: "diffuse --help lists the options."
        case .badValue, .unreadable: nil
        case .unknownValue(_, let found, let known):
            nearestName(to: found, among: known).map { "Did you mean \($0)?" }
        case .conflict(_, let remedy): remedy
        case .noPrompt(let example): "Say what the picture shows: diffuse \"\(example)\"; diffuse --help says more."
        case .notUTF8: "Convert it, for example with iconv."
        case .missingFolder(let path): "Create it first: mkdir -p \(path)"
        case .sameName: "Put {index} or {seed} into the output name."
        }
    }
}
