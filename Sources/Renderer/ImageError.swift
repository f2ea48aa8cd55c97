import DiffusionBasics

/// A picture that cannot be read, made or encoded.
package enum ImageError: DescribedError, Equatable {
    case wrongSize(width: Int, height: Int, byteCount: Int)
    /// The bytes are no PNG and no JPEG; `found` says what they look like.
    case unknownFormat(file: String, found: String)
    case tooLarge(file: String, limit: String)
    case truncated(file: String)
    /// `problem` is the decoder's own words.
    case corrupt(file: String, problem: String)
    case unsupported(file: String, problem: String)
    case outOfMemory(picture: String)
    case notEncodable(format: ImageFormat, problem: String)
    case wrongQuality(Int)
    /// `mask` and `picture` are sizes.
    case maskOfOtherSize(mask: String, picture: String)

    package var code: String {
        switch self {
        case .wrongSize: "image.wrong-size"
        case .unknownFormat: "image.unknown-format"
        case .tooLarge: "image.too-large"
        case .truncated: "image.truncated"
        case .corrupt: "image.corrupt"
        case .unsupported: "image.unsupported"
        case .outOfMemory: "image.out-of-memory"
        case .notEncodable: "image.not-encodable"
        case .wrongQuality: "image.wrong-quality"
        case .maskOfOtherSize: "image.mask-size"
        }
    }

    package var sentence: String {
        switch self {
        case .wrongSize(let width, let height, let byteCount):
            "A picture of \(width)×\(height) pixels cannot be made of \(byteCount) bytes."
        case .unknownFormat(let file, let found): "\(file) is \(found), expected a PNG or JPEG picture."
        case .tooLarge(let file, let limit): "\(file) is larger than the limit of \(limit)."
        case .truncated(let file): "\(file) ends before the picture does."
        case .corrupt(let file, let problem): "\(file) is damaged: \(problem)."
        case .unsupported(let file, let problem): "\(file) is of a kind that cannot be read: \(problem)."
        case .outOfMemory(let picture): "There is not enough memory for \(picture)."
        case .notEncodable(let format, let problem): "The picture cannot be written as \(format.name): \(problem)."
        case .wrongQuality(let quality): "The JPEG quality is \(quality), expected 1 to 100."
        case .maskOfOtherSize(let mask, let picture): "The mask has \(mask) pixels, but its picture has \(picture)."
        }
    }

    package var remedy: String? {
        switch self {
        case .unknownFormat, .unsupported: "Save it as an ordinary PNG or JPEG first."
        case .tooLarge: "Scale it down first."
        case .truncated: "Fetch or export the file again."
        case .maskOfOtherSize: "Scale the mask to the picture's size."
        default: nil
        }
    }

    package var isTransient: Bool { if case .outOfMemory = self { true } else { false } }
}
