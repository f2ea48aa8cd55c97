extension EXIFBlock {
    /// The block as a TIFF structure, big-endian, with the entries that EXIF requires of a JPEG of this size.
    ///
    /// The comment is UTF-16 behind `UNICODE`, as AUTOMATIC1111 writes it.
    package func encoded(width: Int, height: Int) -> [UInt8] {
        let exif = exifEntries(width: width, height: height)
        var main = mainEntries()
        // The second directory follows the first and what that points to.
        let place = 8 + TIFFDirectory(main + [.long(Tag.exifDirectory, 0)]).byteCount
        main.append(.long(Tag.exifDirectory, UInt32(place)))
        return [0x4D, 0x4D, 0, 0x2A] + bigEndian(UInt32(8)) + TIFFDirectory(main).encoded(at: 8)
            + TIFFDirectory(exif).encoded(at: place)
    }

    /// The payload of the comment in UTF-16, in bytes.
    static func commentByteCount(_ text: String) -> Int { 8 + text.utf16.count * 2 }

    private func mainEntries() -> [TIFFEntry] {
        var entries: [TIFFEntry] = [
            .rational(Tag.xResolution, 72), .rational(Tag.yResolution, 72), .short(Tag.resolutionUnit, 2),
            .short(Tag.yCbCrPositioning, 1),
        ]
        if let orientation { entries.append(.short(Tag.orientation, UInt16(orientation))) }
        if let software { entries.append(.ascii(Tag.software, software)) }
        return entries
    }

    private func exifEntries(width: Int, height: Int) -> [TIFFEntry] {
        var entries: [TIFFEntry] = [
            .undefined(Tag.exifVersion, Array("0232".utf8)), .undefined(Tag.componentsConfiguration, [1, 2, 3, 0]),
            .undefined(Tag.flashpixVersion, Array("0100".utf8)), .short(Tag.colorSpace, 1),
            .long(Tag.pixelXDimension, UInt32(width)), .long(Tag.pixelYDimension, UInt32(height)),
        ]
        if let userComment {
            let units = userComment.utf16.flatMap(bigEndian)
            entries.append(.undefined(Tag.userComment, Array("UNICODE\0".utf8) + units))
        }
        return entries
    }
}

/// One entry of a TIFF directory with its value's bytes.
private struct TIFFEntry {
    var tag: UInt16
    var kind: EXIFBlock.Kind
    var bytes: [UInt8]

    static func short(_ tag: UInt16, _ value: UInt16) -> Self { Self(tag: tag, kind: .short, bytes: bigEndian(value)) }
    static func long(_ tag: UInt16, _ value: UInt32) -> Self { Self(tag: tag, kind: .long, bytes: bigEndian(value)) }
    static func rational(_ tag: UInt16, _ value: UInt32) -> Self {
        Self(tag: tag, kind: .rational, bytes: bigEndian(value) + bigEndian(UInt32(1)))
    }
    static func undefined(_ tag: UInt16, _ bytes: [UInt8]) -> Self { Self(tag: tag, kind: .undefined, bytes: bytes) }
    static func ascii(_ tag: UInt16, _ text: String) -> Self {
        Self(tag: tag, kind: .ascii, bytes: text.utf8.filter { $0 != 0 } + [0])
    }
}

/// Entries sorted by tag, then the values that do not fit into four bytes, each at an even place.
private struct TIFFDirectory {
    let entries: [TIFFEntry]

    init(_ entries: [TIFFEntry]) { self.entries = entries.sorted { $0.tag < $1.tag } }

    private var headerByteCount: Int { 2 + entries.count * 12 + 4 }

    var byteCount: Int { entries.reduce(headerByteCount) { $0 + Self.externalByteCount($1) } }

    func encoded(at offset: Int) -> [UInt8] {
        var header = bigEndian(UInt16(entries.count))
        var values: [UInt8] = []
        for entry in entries {
            header += bigEndian(entry.tag) + bigEndian(entry.kind.rawValue)
            header += bigEndian(UInt32(entry.bytes.count / entry.kind.byteCount))
            if entry.bytes.count <= 4 {
                header += entry.bytes + Array(repeating: 0, count: 4 - entry.bytes.count)
            } else {
                header += bigEndian(UInt32(offset + headerByteCount + values.count))
                values += entry.bytes + Array(repeating: 0, count: entry.bytes.count % 2)
            }
        }
        return header + bigEndian(UInt32(0)) + values
    }

    private static func externalByteCount(_ entry: TIFFEntry) -> Int {
        entry.bytes.count <= 4 ? 0 : entry.bytes.count + entry.bytes.count % 2
    }
}

private func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
