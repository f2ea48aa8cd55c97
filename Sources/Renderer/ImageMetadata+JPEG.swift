extension ImageMetadata {
    /// The APP1 segments of a JPEG of this size: EXIF (Software, and the parameters as UserComment) and XMP.
    ///
    /// A segment holds 65,533 bytes. A prompt too long for that is cut in the EXIF comment and left out of XMP, and
    /// `isCut` says so; the picture is written all the same.
    package func jpegSegments(width: Int, height: Int) -> (segments: [[UInt8]], isCut: Bool) {
        let exif = fittingComment()
        let block = EXIFBlock(software: software, userComment: exif.text).encoded(width: width, height: height)
        var packet = xmpSegment(includesPrompt: includesPrompt)
        let packetFits = packet.count <= JPEGEncoder.maximumSegmentByteCount
        if !packetFits { packet = xmpSegment(includesPrompt: false) }
        return ([Array("Exif\0\0".utf8) + block, packet], exif.isCut || !packetFits)
    }

    private func xmpSegment(includesPrompt: Bool) -> [UInt8] {
        Array("http://ns.adobe.com/xap/1.0/\0".utf8) + Array(xmp(includesPrompt: includesPrompt).text.utf8)
    }

    /// What is left for the comment beside the block's other entries.
    private static let maximumCommentByteCount = JPEGEncoder.maximumSegmentByteCount - 1024

    private func fittingComment() -> (text: String, isCut: Bool) {
        let whole = writtenParameters.text
        if Self.fits(whole) { return (whole, false) }
        for length in Self.shrinkingLengths {
            let cut = writtenParameters.cut(to: length)
            if Self.fits(cut.text) { return (cut.text, true) }
        }
        return (writtenParameters.withoutPrompt.text, true)
    }

    /// A prompt can stand in the text twice, in the negative one and in JSON escapes: tried from long to short.
    private static let shrinkingLengths = [30_000, 14_000, 7_000, 3_000, 1_000]

    private static func fits(_ text: String) -> Bool { EXIFBlock.commentByteCount(text) <= maximumCommentByteCount }
}

extension ImageParameters {
    /// The same with prompts of at most `length` UTF-16 units, which says so.
    fileprivate func cut(to length: Int) -> ImageParameters {
        var cut = self
        cut.prompt = Self.prefix(prompt, length)
        cut.negativePrompt = Self.prefix(negativePrompt, length)
        if cut.prompt != prompt { cut.settings.append(Setting(Self.promptKeptKey, Self.keptInPart)) }
        if cut.negativePrompt != negativePrompt {
            cut.settings.append(Setting(Self.negativePromptKeptKey, Self.keptInPart))
        }
        return cut
    }

    /// Scalars up to a number of UTF-16 units, with an ellipsis where some are missing.
    private static func prefix(_ text: String, _ length: Int) -> String {
        guard text.utf16.count > length else { return text }
        var kept = String.UnicodeScalarView()
        var units = 0
        for scalar in text.unicodeScalars {
            units += UTF16.width(scalar)
            if units > length { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }
}
