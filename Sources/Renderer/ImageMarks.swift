import CDiffusionImageCodecs

/// What a picture file says about itself.
package struct ImageMarks: Sendable, Hashable {
    /// Every text chunk of a PNG, in order.
    package var texts: [PNGText]
    package var exif: EXIFBlock
    /// The XMP packet's text.
    package var xmp: String?

    package init(texts: [PNGText] = [], exif: EXIFBlock = .init(), xmp: String? = nil) {
        self.texts = texts
        self.exif = exif
        self.xmp = xmp
    }

    /// What made the picture, as AUTOMATIC1111 writes it: a PNG's `parameters`, else EXIF's UserComment.
    package var parametersText: String? {
        texts.first { $0.keyword == ImageMetadata.parametersKeyword }?.text ?? exif.userComment
    }

    /// `parametersText` taken apart; nil where there is none.
    package var parameters: ImageParameters? { parametersText.map(ImageParameters.init(parsing:)) }

    /// IPTC's digital source type, a URI.
    package var digitalSourceType: String? {
        xmp.flatMap { XMPPacket.value(of: "Iptc4xmpExt:DigitalSourceType", in: $0) }
    }

    /// 1 to 8; 1 where nothing says otherwise.
    package var orientation: Int {
        if let orientation = exif.orientation { return orientation }
        return xmp.flatMap { XMPPacket.value(of: "tiff:Orientation", in: $0) }.flatMap { Int($0) } ?? 1
    }
}

extension ImageMarks {
    init(_ decoded: diffusion_decoded_image) {
        let chunks = UnsafeBufferPointer(start: decoded.texts, count: decoded.text_count)
        texts = chunks.map(PNGText.init)
        exif = EXIFBlock(parsing: Self.withoutPrefix(Self.array(decoded.exif)))
        let packet = Self.array(decoded.xmp)
        let inPNG = texts.first { $0.keyword == ImageMetadata.xmpKeyword }?.text
        xmp = packet.isEmpty ? inPNG : String(decoding: packet, as: UTF8.self)
    }

    private static func array(_ bytes: diffusion_image_bytes) -> [UInt8] {
        Array(UnsafeBufferPointer(start: bytes.bytes, count: bytes.count))
    }

    /// Some writers put JPEG's prefix into a PNG's eXIf chunk too.
    private static func withoutPrefix(_ bytes: [UInt8]) -> [UInt8] {
        bytes.starts(with: "Exif\0\0".utf8) ? Array(bytes.dropFirst(6)) : bytes
    }
}

extension PNGText {
    init(_ chunk: diffusion_image_text) {
        let keyword = UnsafeRawBufferPointer(start: chunk.keyword, count: chunk.keyword_count)
        let bytes = UnsafeRawBufferPointer(start: chunk.bytes, count: chunk.count)
        let isUTF8 = chunk.is_utf8 != 0
        self.init(
            keyword: Latin1.string(from: keyword),
            text: isUTF8 ? String(decoding: bytes, as: UTF8.self) : Latin1.string(from: bytes),
            isInternational: isUTF8)
    }
}
