import DiffusionBasics

/// An output name or template that cannot be used.
package enum OutputNameError: DescribedError, Equatable {
    case empty
    case unknownPlaceholder(name: String, template: String, nearest: String?)
    case wrongFormat(placeholder: String, format: String)
    /// A brace without its other half.
    case strayBrace(template: String)
    case absolute(path: String)
    /// A part of the path is `..`.
    case leavesFolder(path: String)
    case controlCharacter(path: String)
    case tooLong(name: String, byteCount: Int)
    case trailingDot(path: String)
    /// The path ends in a slash, or a part of it is empty where it must not be.
    case noName(path: String)

    package var code: String {
        switch self {
        case .empty: "output-name.empty"
        case .unknownPlaceholder: "output-name.unknown-placeholder"
        case .wrongFormat: "output-name.wrong-format"
        case .strayBrace: "output-name.stray-brace"
        case .absolute: "output-name.absolute"
        case .leavesFolder: "output-name.leaves-folder"
        case .controlCharacter: "output-name.control-character"
        case .tooLong: "output-name.too-long"
        case .trailingDot: "output-name.trailing-dot"
        case .noName: "output-name.no-name"
        }
    }

    package var sentence: String {
        switch self {
        case .empty: "The output name is empty."
        case .unknownPlaceholder(let name, let template, _):
            "The output name \"\(template)\" holds {\(name)}, which stands for nothing."
        case .wrongFormat(let placeholder, let format):
            "{\(placeholder):\(format)} in the output name is no format, expected for example {index:04}."
        case .strayBrace(let template): "The output name \"\(template)\" has a brace without its other half."
        case .absolute(let path): "The output name \"\(path)\" is absolute, expected one within the output folder."
        case .leavesFolder(let path): "The output name \"\(path)\" leaves the output folder."
        case .controlCharacter(let path):
            "The output name \"\(path.escapingControls)\" holds a line break or another control character."
        case .tooLong(let name, let byteCount):
            "The output name \"\(name.prefix(40))…\" is \(byteCount) bytes long, expected at most \(OutputNameTemplate.maximumNameByteCount)."
        case .trailingDot(let path): "A part of the output name \"\(path)\" ends in a dot."
        case .noName(let path): "The output name \"\(path)\" names no file."
        }
    }

    package var remedy: String? {
        switch self {
        case .unknownPlaceholder(_, _, let nearest):
            nearest.map { "Did you mean {\($0)}?" }
                ?? "There are \(OutputNameTemplate.Placeholder.listing); write {{ and }} for braces."
        case .strayBrace: "Write {{ and }} for braces."
        default: nil
        }
    }
}

extension String {
    /// Control characters as `\u{…}`, so that a terminal shows them and obeys none.
    fileprivate var escapingControls: String {
        unicodeScalars.map { $0.isControlOrBreak ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}

extension UnicodeScalar {
    /// Whether it is a control character, a line separator or a paragraph separator.
    var isControlOrBreak: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
