import DiffusionBasics

/// A file or folder that cannot be used as it is on the disk.
package enum FileError: DescribedError, Equatable {
    case missing(path: String)
    /// Something else than `expected` stands there.
    case wrongKind(path: String, found: FileSystem.Kind, expected: String)
    case tooLarge(path: String, size: Int, limit: Int)
    case refused(path: String, action: String, reason: String)
    /// Trouble that may pass: too many open files, an input or output error, a full disk.
    case failing(path: String, action: String, reason: String)
    /// Fewer bytes were there than when the file was opened.
    case shrank(path: String, offset: Int)
    /// Somebody wrote to it while it was read.
    case changed(path: String)

    package var code: String {
        switch self {
        case .missing: "file.missing"
        case .wrongKind: "file.wrong-kind"
        case .tooLarge: "file.too-large"
        case .refused: "file.refused"
        case .failing: "file.failing"
        case .shrank: "file.shrank"
        case .changed: "file.changed"
        }
    }

    package var sentence: String {
        switch self {
        case .missing(let path): "\(path) does not exist."
        case .wrongKind(let path, let found, let expected): "\(path) is \(found), expected \(expected)."
        case .tooLarge(let path, let size, let limit): "\(path) is \(size) bytes long, the limit is \(limit)."
        case .refused(let path, let action, let reason), .failing(let path, let action, let reason):
            "\(path) cannot be \(action): \(reason)."
        case .shrank(let path, let offset): "\(path) shrank while it was read: nothing is left at offset \(offset)."
        case .changed(let path): "\(path) changed while it was read."
        }
    }

    package var isTransient: Bool {
        switch self {
        case .failing, .shrank, .changed: true
        default: false
        }
    }

    /// The error that `errno` stands for.
    package static func system(_ number: Int32, path: String, action: String) -> FileError {
        let reason = FileSystem.reason(number)
        switch number {
        case FileSystem.missingCode, FileSystem.notFolderCode: return .missing(path: path)
        case _ where FileSystem.passingCodes.contains(number):
            return .failing(path: path, action: action, reason: reason)
        default: return .refused(path: path, action: action, reason: reason)
        }
    }
}
