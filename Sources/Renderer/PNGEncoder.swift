import CDiffusionImageCodecs

/// Writes 8-bit RGB PNG files.
///
/// Equal pictures give equal bytes: nothing but the picture and the texts goes in, no time stamp, no programme name.
package enum PNGEncoder {
    /// zlib's level. Of a photograph of 512×512, level 4 makes 414 KB in 97 ms, level 6 410 KB in 192 ms, level 3
    /// 444 KB in 58 ms.
    static let compressionLevel: Int32 = 4
    /// libpng's mask of the filters it may choose from, row by row (`PNG_ALL_FILTERS`). Without a filter the same
    /// photograph takes 570 KB.
    static let filters: Int32 = 0xF8

    /// - Throws: `ImageError.notEncodable` or `.outOfMemory`.
    package static func encode(_ image: RGBImage, texts: [PNGText] = []) throws -> [UInt8] {
        let size = try image.codecSize(for: .png)
        return try withChunks(texts) { chunks in
            var out = diffusion_image_bytes()
            defer { diffusion_image_bytes_free(&out) }
            let error = diffusion_png_write(
                image.pixels, size.width, size.height, chunks.baseAddress, chunks.count, compressionLevel, filters,
                &out)
            try ImageError.check(error, encoding: .png)
            return Array(UnsafeBufferPointer(start: out.bytes, count: out.count))
        }
    }

    private static func withChunks<Result>(
        _ texts: [PNGText], _ body: (UnsafeBufferPointer<diffusion_image_text>) throws -> Result
    ) rethrows -> Result {
        let chunks = texts.map(TextChunk.init)
        defer { chunks.forEach { $0.free() } }
        return try chunks.map(\.cValue).withUnsafeBufferPointer(body)
    }
}

/// The bytes of one text chunk, NUL-terminated, at addresses that stay.
private struct TextChunk {
    let keyword: UnsafeMutableBufferPointer<CChar>
    let bytes: UnsafeMutableBufferPointer<CChar>
    let isUTF8: Bool

    init(_ text: PNGText) {
        let latin1 = text.isInternational ? nil : Latin1.bytes(of: text.text)
        keyword = Self.terminated(Latin1.bytes(of: text.keyword) ?? [])
        bytes = Self.terminated(latin1 ?? Array(text.text.utf8))
        isUTF8 = latin1 == nil
    }

    var cValue: diffusion_image_text {
        diffusion_image_text(
            keyword: keyword.baseAddress, keyword_count: keyword.count - 1, bytes: bytes.baseAddress,
            count: bytes.count - 1, is_utf8: isUTF8 ? 1 : 0)
    }

    func free() {
        keyword.deallocate()
        bytes.deallocate()
    }

    /// PNG has no place for NUL in a text: a question mark stands for it.
    private static func terminated(_ bytes: [UInt8]) -> UnsafeMutableBufferPointer<CChar> {
        let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count + 1)
        for (index, byte) in bytes.enumerated() {
            buffer[index] = CChar(bitPattern: byte == 0 ? UInt8(ascii: "?") : byte)
        }
        buffer[bytes.count] = 0
        return buffer
    }
}

extension RGBImage {
    /// The size as the C codecs take it.
    func codecSize(for format: ImageFormat) throws -> (width: UInt32, height: UInt32) {
        guard let width = UInt32(exactly: width), let height = UInt32(exactly: height) else {
            throw ImageError.notEncodable(format: format, problem: "it has more than 2^32 pixels in a row or column")
        }
        return (width, height)
    }
}
