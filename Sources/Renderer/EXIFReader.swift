extension EXIFBlock {
    /// Reads a TIFF structure. Whatever is damaged or points outside counts as absent: a picture is not refused for its
    /// EXIF block.
    package init(parsing bytes: [UInt8]) {
        self.init()
        guard let reader = TIFFReader(bytes) else { return }
        let main = reader.entries(at: reader.firstDirectory)
        orientation = main[Tag.orientation].flatMap(reader.number)
        software = main[Tag.software].map { reader.text(reader.payload($0)) }
        if let place = main[Tag.exifDirectory].flatMap(reader.number) {
            userComment = reader.entries(at: place)[Tag.userComment].flatMap { reader.comment(reader.payload($0)) }
        }
    }
}

/// Bounds-checked access to a TIFF structure in either byte order.
private struct TIFFReader {
    struct Entry {
        var kind: EXIFBlock.Kind
        var count: Int
        /// Where the four bytes of the value, or of its offset, stand.
        var place: Int
    }

    let bytes: [UInt8]
    let isBigEndian: Bool
    var firstDirectory: Int { number32(at: 4) ?? 0 }

    init?(_ bytes: [UInt8]) {
        switch bytes.prefix(4) {
        case [0x4D, 0x4D, 0, 0x2A]: isBigEndian = true
        case [0x49, 0x49, 0x2A, 0]: isBigEndian = false
        default: return nil
        }
        self.bytes = bytes
    }

    func entries(at offset: Int) -> [UInt16: Entry] {
        guard offset >= 8, let count = number16(at: offset) else { return [:] }
        var entries: [UInt16: Entry] = [:]
        for index in 0..<count {
            let place = offset + 2 + index * 12
            guard let tag = number16(at: place), let rawKind = number16(at: place + 2),
                let count = number32(at: place + 4), place + 12 <= bytes.count
            else { break }
            guard let kind = EXIFBlock.Kind(rawValue: UInt16(rawKind)) else { continue }
            entries[UInt16(tag)] = Entry(kind: kind, count: count, place: place + 8)
        }
        return entries
    }

    func number(_ entry: Entry) -> Int? {
        switch entry.kind {
        case .short: number16(at: entry.place)
        case .long: number32(at: entry.place)
        default: nil
        }
    }

    func payload(_ entry: Entry) -> ArraySlice<UInt8> {
        let size = entry.count * entry.kind.byteCount
        let start = size <= 4 ? entry.place : number32(at: entry.place) ?? bytes.count
        guard start <= bytes.count, size <= bytes.count - start else { return [] }
        return bytes[start..<start + size]
    }

    /// Up to the first NUL, as UTF-8 where it is that.
    func text(_ payload: ArraySlice<UInt8>) -> String {
        let content = payload.prefix { $0 != 0 }
        return String(validating: content, as: UTF8.self) ?? Latin1.string(from: content)
    }

    /// A UserComment: eight bytes that name its encoding, then the text.
    func comment(_ payload: ArraySlice<UInt8>) -> String? {
        guard payload.count >= 8 else { return nil }
        let content = payload.dropFirst(8)
        switch Latin1.string(from: payload.prefix(8)) {
        case "UNICODE\0": return utf16(Array(content))
        case "ASCII\0\0\0", "\0\0\0\0\0\0\0\0": return text(content)
        default: return nil
        }
    }

    /// UTF-16 in the order its mark says, else in the order in which more of it is ASCII: writers disagree whether the
    /// block's order holds here.
    private func utf16(_ content: [UInt8]) -> String {
        let big = stride(from: 0, to: content.count - 1, by: 2).map {
            UInt16(content[$0]) << 8 | UInt16(content[$0 + 1])
        }
        let little = big.map(\.byteSwapped)
        let isBig =
            switch big.first {
            case 0xFEFF: true
            case 0xFFFE: false
            default: asciiCount(big) >= asciiCount(little)
            }
        let units = (isBig ? big : little).drop { $0 == 0xFEFF }
        return String(decoding: units.prefix { $0 != 0 }, as: UTF16.self)
    }

    private func asciiCount(_ units: [UInt16]) -> Int { units.count { $0 < 0x80 } }

    private func number16(at offset: Int) -> Int? {
        guard offset >= 0, offset + 2 <= bytes.count else { return nil }
        let (first, second) = (Int(bytes[offset]), Int(bytes[offset + 1]))
        return isBigEndian ? first << 8 | second : second << 8 | first
    }

    private func number32(at offset: Int) -> Int? {
        guard let first = number16(at: offset), let second = number16(at: offset + 2) else { return nil }
        return isBigEndian ? first << 16 | second : second << 16 | first
    }
}
