/// The kinds of picture file that can be written.
public enum ImageFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// Without loss.
    case png
    /// With loss, by a quality of 1 to 100.
    case jpeg

    /// The format's name in a sentence.
    public var name: String {
        switch self {
        case .png: "PNG"
        case .jpeg: "JPEG"
        }
    }

    /// The usual ending of a file name, without the dot.
    public var fileExtension: String {
        switch self {
        case .png: "png"
        case .jpeg: "jpg"
        }
    }

    /// The format that an ending stands for, in any case and without the dot; nil where it stands for none.
    public init?(fileExtension: String) {
        switch fileExtension.lowercased() {
        case "png": self = .png
        case "jpg", "jpeg", "jpe", "jfif": self = .jpeg
        default: return nil
        }
    }

    /// The format that the end of a path stands for.
    public init?(path: String) {
        guard let ending = PathParts(path).fileExtension else { return nil }
        self.init(fileExtension: ending)
    }
}
