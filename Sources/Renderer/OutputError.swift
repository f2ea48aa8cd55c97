import DiffusionBasics

/// A place that a picture cannot be written to.
package enum OutputError: DescribedError, Equatable {
    case exists(path: String)
    case isFolder(path: String)
    /// A device, a pipe or a socket stands there.
    case isNoFile(path: String)
    case hasNoName(path: String)
    case noFreeNumber(path: String, tried: Int)
    /// Whoever read standard output has gone.
    case readerGone
    /// A part of a path within an output folder is a symbolic link.
    case leavesFolder(path: String)

    package var code: String {
        switch self {
        case .exists: "output.exists"
        case .isFolder: "output.is-folder"
        case .isNoFile: "output.is-no-file"
        case .hasNoName: "output.no-name"
        case .noFreeNumber: "output.no-free-number"
        case .readerGone: "output.reader-gone"
        case .leavesFolder: "output.leaves-folder"
        }
    }

    package var sentence: String {
        switch self {
        case .exists(let path): "\(path) exists already."
        case .isFolder(let path): "\(path) is a folder, expected the name of a file."
        case .isNoFile(let path): "\(path) is a device or a pipe, expected an ordinary file."
        case .hasNoName(let path): "\"\(path)\" names no file."
        case .noFreeNumber(let path, let tried): "\(path) and the \(tried) numbered names after it exist already."
        case .readerGone: "Standard output was closed before the picture was written."
        case .leavesFolder(let path): "\(path) is a symbolic link, which may lead out of the output folder."
        }
    }

    package var remedy: String? {
        switch self {
        case .exists: "Give another name, or --force to replace it."
        case .isNoFile: "Give - as the output for a pipe."
        case .noFreeNumber: "Give another name or folder."
        case .leavesFolder: "Put a folder in its place."
        default: nil
        }
    }
}
