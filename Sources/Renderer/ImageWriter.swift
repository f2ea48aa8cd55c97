/// Turns pictures into files.
package struct ImageWriter: Sendable {
    package var format: ImageFormat
    /// JPEG's quality, 1 to 100; PNG has none.
    package var quality: Int

    package init(format: ImageFormat, quality: Int = ImageWriter.defaultQuality) {
        self.format = format
        self.quality = quality
    }

    package static let defaultQuality = 90
    /// Ours: the setting that tells a JPEG's quality, so that the file can be made again.
    package static let qualityKey = "JPEG quality"
    /// The path that stands for standard output.
    package static let standardOutputPath = "-"

    /// A picture's file as bytes.
    package struct Encoded: Sendable, Hashable {
        package var bytes: [UInt8]
        /// Whether a prompt was too long for the format's metadata and stands there in part.
        package var isPromptCut: Bool
    }

    /// - Parameter metadata: nil writes the picture alone.
    /// - Throws: `ImageError`.
    package func encode(_ image: RGBImage, metadata: ImageMetadata?) throws -> Encoded {
        switch format {
        case .png:
            return Encoded(bytes: try PNGEncoder.encode(image, texts: metadata?.pngTexts ?? []), isPromptCut: false)
        case .jpeg:
            let marks = metadata.map(tellingQuality)?.jpegSegments(width: image.width, height: image.height)
            let bytes = try JPEGEncoder.encode(image, quality: quality, segments: marks?.segments ?? [])
            return Encoded(bytes: bytes, isPromptCut: marks?.isCut ?? false)
        }
    }

    private func tellingQuality(_ metadata: ImageMetadata) -> ImageMetadata {
        var telling = metadata
        telling.parameters.settings.append(.init(Self.qualityKey, String(quality)))
        return telling
    }

    /// Encodes and writes the picture; the path `-` is standard output.
    /// - Returns: the path that the file has (nil for standard output), and whether a prompt was cut.
    /// - Throws: `ImageError`, `OutputError`, `FileSystemError`, `CancellationError`.
    @discardableResult
    package func write(
        _ image: RGBImage, metadata: ImageMetadata?, to path: String, using file: AtomicFile
    ) throws -> (path: String?, isPromptCut: Bool) {
        let encoded = try encode(image, metadata: metadata)
        guard path != Self.standardOutputPath else {
            try StandardOutput.write(encoded.bytes)
            return (nil, encoded.isPromptCut)
        }
        return (try file.write(encoded.bytes, to: path), encoded.isPromptCut)
    }
}
