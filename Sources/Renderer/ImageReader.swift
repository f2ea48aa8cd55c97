import CDiffusionImageCodecs
import DiffusionWeights

/// A picture read from a file, upright and without transparency, and what the file says about it.
package struct DecodedImage: Sendable {
    package var image: RGBImage
    package var format: ImageFormat
    package var marks: ImageMarks
}

/// Reads PNG and JPEG pictures, whatever their name's ending says.
///
/// Matches what diffusers' `load_image` does with Pillow: EXIF orientation is applied (from XMP's `tiff:Orientation`
/// where EXIF has none), four-colour JPEGs are mixed without a profile, gamma and profiles are ignored, of 16 bits the
/// high ones are kept. Deviations: transparency is laid over white unless the options say otherwise, and 16-bit grey
/// keeps its tones (Pillow clips them).
package enum ImageReader {
    /// - Throws: `FileError` or `ImageError`, both naming the file.
    package static func read(_ path: String, options: ImageReadingOptions = .init()) throws -> DecodedImage {
        try decode(
            RegularFile.contents(of: path, limit: options.maximumFileByteCount), file: path, options: options)
    }

    /// - Parameter file: the name that errors give.
    /// - Throws: `ImageError`.
    package static func decode(
        _ bytes: [UInt8], file: String, options: ImageReadingOptions = .init()
    ) throws -> DecodedImage {
        let format = try ImageSignature.format(of: bytes, file: file)
        var decoded = diffusion_decoded_image()
        defer { diffusion_decoded_image_free(&decoded) }
        var limits = options.cLimits
        let error =
            switch format {
            case .png: diffusion_png_read(bytes, bytes.count, &limits, &decoded)
            case .jpeg: diffusion_jpeg_read(bytes, bytes.count, &limits, &decoded)
            }
        try ImageError.check(error, file: file, options: options)
        let marks = ImageMarks(decoded)
        let image = try RGBImage(decoded, options.transparency)
        return DecodedImage(image: try image.upright(marks.orientation), format: format, marks: marks)
    }
}

extension RGBImage {
    /// Copies the codec's pixels.
    fileprivate init(_ decoded: diffusion_decoded_image, _ transparency: ImageReadingOptions.Transparency) throws {
        let (width, height) = (Int(decoded.width), Int(decoded.height))
        let channels = Int(decoded.channels)
        let source = UnsafeBufferPointer(start: decoded.pixels, count: width * height * channels)
        let pixels =
            switch (channels, transparency) {
            case (3, .shown): Array(repeating: UInt8.max, count: source.count)
            case (3, _): Array(source)
            default: Self.flattened(source, transparency)
            }
        try self.init(width: width, height: height, pixels: pixels)
    }

    /// RGBA to RGB.
    private static func flattened(
        _ rgba: UnsafeBufferPointer<UInt8>, _ transparency: ImageReadingOptions.Transparency
    ) -> [UInt8] {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(rgba.count / 4 * 3)
        for pixel in stride(from: 0, to: rgba.count, by: 4) {
            let alpha = rgba[pixel + 3]
            switch transparency {
            case .over(let behind):
                pixels.append(blend(rgba[pixel], over: behind.red, alpha))
                pixels.append(blend(rgba[pixel + 1], over: behind.green, alpha))
                pixels.append(blend(rgba[pixel + 2], over: behind.blue, alpha))
            case .dropped: pixels += rgba[pixel..<pixel + 3]
            case .shown: pixels += [alpha, alpha, alpha]
            }
        }
        return pixels
    }

    /// `(colour × alpha + background × (255 - alpha)) / 255`, rounded.
    private static func blend(_ front: UInt8, over behind: UInt8, _ alpha: UInt8) -> UInt8 {
        let sum = UInt32(front) * UInt32(alpha) + UInt32(behind) * UInt32(255 - alpha)
        return UInt8((sum + 127) / 255)
    }
}
