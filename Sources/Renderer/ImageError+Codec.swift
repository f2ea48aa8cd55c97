import CDiffusionImageCodecs

extension ImageError {
    /// Throws what the C codec reported while it wrote.
    static func check(_ error: diffusion_image_error, encoding format: ImageFormat) throws {
        switch error.status {
        case DIFFUSION_IMAGE_OK: return
        case DIFFUSION_IMAGE_OUT_OF_MEMORY: throw outOfMemory(picture: "encoding a picture as \(format.name)")
        default: throw notEncodable(format: format, problem: message(of: error))
        }
    }

    /// Throws what the C codec reported while it read `file`.
    static func check(_ error: diffusion_image_error, file: String, options: ImageReadingOptions) throws {
        switch error.status {
        case DIFFUSION_IMAGE_OK: return
        case DIFFUSION_IMAGE_OUT_OF_MEMORY: throw outOfMemory(picture: file)
        case DIFFUSION_IMAGE_TOO_LARGE: throw tooLarge(file: file, limit: options.limitDescription)
        case DIFFUSION_IMAGE_TRUNCATED: throw truncated(file: file)
        case DIFFUSION_IMAGE_UNSUPPORTED: throw unsupported(file: file, problem: message(of: error))
        case DIFFUSION_IMAGE_TOO_MANY_SCANS:
            throw corrupt(file: file, problem: "it has more than \(options.maximumScanCount) scans")
        default: throw corrupt(file: file, problem: message(of: error))
        }
    }

    /// The library's words, without a full stop of their own.
    private static func message(of error: diffusion_image_error) -> String {
        let text = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let trimmed = text.hasSuffix(".") ? String(text.dropLast()) : text
        return trimmed.isEmpty ? "the decoder gives no reason" : trimmed
    }
}
