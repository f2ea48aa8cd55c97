import CDiffusionImageCodecs

/// Writes baseline JPEG files.
///
/// Chroma is kept at full resolution from quality 90 on (as ImageMagick does) and halved in both directions below it
/// (libjpeg's own default); Huffman tables are optimised. Equal pictures give equal bytes.
package enum JPEGEncoder {
    /// The most that fits into one APP segment.
    package static let maximumSegmentByteCount = 65533

    /// - Parameters:
    ///   - quality: libjpeg's scale, 1 to 100.
    ///   - segments: payloads of APP1 markers, in order, each with its identifier.
    /// - Throws: `ImageError.wrongQuality`, `.notEncodable` (a side over 65,500 pixels, a segment too long) or
    ///   `.outOfMemory`.
    package static func encode(_ image: RGBImage, quality: Int, segments: [[UInt8]] = []) throws -> [UInt8] {
        guard (1...100).contains(quality) else { throw ImageError.wrongQuality(quality) }
        guard segments.allSatisfy({ $0.count <= maximumSegmentByteCount }) else {
            throw ImageError.notEncodable(format: .jpeg, problem: "its metadata is too long for one segment")
        }
        let size = try image.codecSize(for: .jpeg)
        return try withSegments(segments[...]) { segments in
            var out = diffusion_image_bytes()
            defer { diffusion_image_bytes_free(&out) }
            let error = diffusion_jpeg_write(
                image.pixels, size.width, size.height, Int32(quality), quality >= 90 ? 1 : 0, segments,
                segments.count, &out)
            try ImageError.check(error, encoding: .jpeg)
            return Array(UnsafeBufferPointer(start: out.bytes, count: out.count))
        }
    }

    private static func withSegments<Result>(
        _ segments: ArraySlice<[UInt8]>, after done: [diffusion_jpeg_segment] = [],
        _ body: ([diffusion_jpeg_segment]) throws -> Result
    ) rethrows -> Result {
        guard let first = segments.first else { return try body(done) }
        return try first.withUnsafeBufferPointer { buffer in
            let segment = diffusion_jpeg_segment(marker: app1, bytes: buffer.baseAddress, count: buffer.count)
            return try withSegments(segments.dropFirst(), after: done + [segment], body)
        }
    }

    private static let app1: Int32 = 0xE1
}
