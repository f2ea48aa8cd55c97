import DiffusionBasics

/// A tokenizer folder that cannot be used, or a vocabulary that a prompt leaves.
package enum TokenizerError: DescribedError, Equatable {
    /// The folder holds neither `tokenizer.json` nor `vocab.json` with `merges.txt`.
    case missingFiles(folder: String, found: [String])
    case emptyVocabulary(file: String)
    case invalidID(file: String, place: String, token: String, found: String)
    case repeatedID(file: String, id: UInt32, first: String, second: String)
    case malformedMerge(file: String, place: String, found: String)
    /// A merge joins pieces, or makes a token, that the vocabulary lacks.
    case mergeOutsideVocabulary(file: String, place: String, token: String)
    case missingSpecialToken(file: String, key: String)
    case missingLengthLimit(file: String)
    /// A character has no token, and the token for unknown ones is itself not in the vocabulary.
    case unknownTokenOutsideVocabulary(folder: String, unknown: String, piece: String)

    package var code: String {
        switch self {
        case .missingFiles: "tokenizer.missing-files"
        case .emptyVocabulary: "tokenizer.empty-vocabulary"
        case .invalidID: "tokenizer.invalid-id"
        case .repeatedID: "tokenizer.repeated-id"
        case .malformedMerge: "tokenizer.malformed-merge"
        case .mergeOutsideVocabulary: "tokenizer.merge-outside-vocabulary"
        case .missingSpecialToken: "tokenizer.missing-special-token"
        case .missingLengthLimit: "tokenizer.missing-length-limit"
        case .unknownTokenOutsideVocabulary: "tokenizer.unknown-token-outside-vocabulary"
        }
    }

    package var sentence: String {
        switch self {
        case .missingFiles(let folder, let found):
            "\(folder) needs tokenizer.json, or vocab.json and merges.txt; it has \(Self.list(found))."
        case .emptyVocabulary(let file): "\(file) has no tokens."
        case .missingSpecialToken(let file, let key): "\(file): \"\(key)\" is null, expected a token."
        case .missingLengthLimit(let file):
            "\(file) gives no \"model_max_length\", and neither does the text encoder's configuration."
        default: vocabularySentence
        }
    }

    private var vocabularySentence: String {
        switch self {
        case .invalidID(let file, let place, let token, let found):
            "\(file): the id of \"\(token)\" (\(place)) is \(found), expected a whole number from 0 to \(UInt32.max)."
        case .repeatedID(let file, let id, let first, let second):
            "\(file) gives the id \(id) to both \"\(first)\" and \"\(second)\"."
        case .malformedMerge(let file, let place, let found):
            "\(file): the merge at \(place) is \(found), expected two tokens separated by one blank."
        case .mergeOutsideVocabulary(let file, let place, let token):
            "\(file): the merge at \(place) needs the token \"\(token)\", which is not in the vocabulary."
        case .unknownTokenOutsideVocabulary(let folder, let unknown, let piece):
            "\(folder): the prompt's piece \"\(piece)\" has no token, and the vocabulary lacks the token for unknown pieces, \"\(unknown)\"."
        default: ""
        }
    }

    package var remedy: String? {
        switch self {
        case .missingFiles: "Point to a folder in diffusers layout, with its tokenizer folder complete."
        case .mergeOutsideVocabulary, .repeatedID, .malformedMerge:
            "The vocabulary and the merges must come from one model: copy both files again."
        default: nil
        }
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none of them" : names.joined(separator: ", ")
    }
}
