import DiffusionWeights

extension ImageReader {
    /// A picture that draws a mask, read from a file: see `decodeMask`.
    /// - Throws: `FileError` or `ImageError`, both naming the file.
    package static func readMask(_ path: String) throws -> RGBImage {
        try decodeMask(
            RegularFile.contents(of: path, limit: ImageReadingOptions().maximumFileByteCount), file: path)
    }

    /// A picture that draws a mask: its colours, an alpha channel dropped as diffusers' `load_image` does it. Where they
    /// are one colour throughout, and the transparency is not, the mask is drawn there: opaque is white, as AUTOMATIC1111
    /// takes it.
    /// - Parameter file: the name that errors give.
    /// - Throws: `ImageError`.
    package static func decodeMask(_ bytes: [UInt8], file: String) throws -> RGBImage {
        var options = ImageReadingOptions()
        options.transparency = .dropped
        let colors = try decode(bytes, file: file, options: options).image
        guard colors.isOfOneColor else { return colors }
        options.transparency = .shown
        let alpha = try decode(bytes, file: file, options: options).image
        return alpha.isOfOneColor ? colors : alpha
    }
}
