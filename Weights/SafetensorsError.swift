import DiffusionBasics

/// A file that is not the safetensors file it should be; offsets count bytes from the file's start unless said otherwise.
package enum SafetensorsError: DescribedError, Equatable {
    /// Another kind of file under this name.
    case foreign(path: String, kind: FileKind)
    case header(path: String, offset: Int, problem: String)
    case tensor(path: String, name: String, offset: Int, problem: String)
    /// The tensors do not cover the data exactly once; the offset counts from the data's start.
    case layout(path: String, offset: Int, problem: String)
    case notFinite(path: String, name: String, index: Int, value: Float)
    case unreadable(path: String, name: String, type: ElementType)

    package var code: String {
        switch self {
        case .foreign: "weights.foreign-file"
        case .header: "weights.header"
        case .tensor: "weights.tensor"
        case .layout: "weights.layout"
        case .notFinite: "weights.not-finite"
        case .unreadable: "weights.element-type"
        }
    }

    package var sentence: String {
        switch self {
        case .foreign(let path, let kind): "\(path) is not a safetensors file: it is \(kind.rawValue)."
        case .header(let path, let offset, let problem):
            "\(path) is not a valid safetensors file: \(problem) (offset \(offset))."
        case .tensor(let path, let name, let offset, let problem):
            "\(path): tensor \(shown(name)): \(problem) (header entry before offset \(offset))."
        case .layout(let path, let offset, let problem): "\(path): \(problem) (offset \(offset) of the data)."
        case .notFinite(let path, let name, let index, let value):
            "\(path): tensor \(shown(name)) is \(value) at element \(index), expected finite numbers only."
        case .unreadable(let path, let name, let type):
            "\(path): tensor \(shown(name)) has the element type \(type.rawValue), which is recognised but cannot be read."
        }
    }

    package var remedy: String? {
        switch self {
        case .foreign(_, let kind): kind.remedy
        case .header, .tensor, .layout: "The file is damaged or was cut off: download it again."
        case .notFinite: "The file is damaged, or its training or conversion went wrong."
        case .unreadable: "Take the model in float16, bfloat16 or float32."
        }
    }
}

/// A name from a file, cut and quoted so that nothing in it can disturb a terminal.
package func shown(_ name: String) -> String { JSONNode.quoted(String(name.unicodeScalars.prefix(120))) }
