import DiffusionBasics

/// Reads a safetensors header straight from its JSON tokens: anything unexpected ends it on the spot, so a hostile header
/// costs no more memory than the entries that it really holds.
struct SafetensorsHeaderParser {
    typealias Entry = SafetensorsHeader.Entry

    static let maximumRank = 8
    /// Ten times what any model of these families has: a table of so many costs some megabytes beside the header, so that a
    /// hostile file costs about its own size.
    private static let maximumTensorCount = 20_000
    /// What a header may cost in time and memory hangs on these.
    private static let maximumMetadataCount = 65_536
    private static let maximumStringLength = 16 << 20
    /// More than any machine can address; a shape beyond it is nonsense even where another extent is zero.
    private static let maximumBits = 1 << 50

    let path: String
    let dataSize: Int
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]
    /// Bytes of all tensors so far; over `dataSize`, some of them overlap.
    private var byteCount = 0

    init(path: String, dataSize: Int) {
        self.path = path
        self.dataSize = dataSize
    }

    /// - Throws: `SafetensorsError`.
    mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        guard bytes.first == UInt8(ascii: "{") else {
            throw SafetensorsError.header(path: path, offset: 8, problem: "its header does not begin with '{'")
        }
        var scanner = JSONScanner(bytes, file: path, maximumStringLength: Self.maximumStringLength)
        var hasMetadata = false
        do {
            try scanner.object { scanner, name, place in
                if name == "__metadata__" {
                    if hasMetadata { throw scanner.failure("has the key \(shown(name)) twice", at: place) }
                    hasMetadata = true
                    try parseMetadata(&scanner)
                } else {
                    try append(try entry(&scanner, named: name), scanner)
                }
            }
            try scanner.finish()
        } catch let error as JSONError {
            throw SafetensorsError.header(path: path, offset: 8 + error.offset, problem: "its header \(error.problem)")
        }
        try checkCover()
    }

    private mutating func append(_ entry: Entry, _ scanner: JSONScanner) throws {
        guard entries.count < Self.maximumTensorCount else {
            throw scanner.failure("lists over \(Self.maximumTensorCount) tensors")
        }
        entries.append(entry)
        byteCount += entry.range.count
        // A hostile list need not be read to its end.
        if byteCount > dataSize { try sortAndCheckOverlap() }
    }

    /// Sorts the tensors by their data and makes sure that no two share a name or a byte.
    private mutating func sortAndCheckOverlap() throws {
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        var names = Set<ExactString>(minimumCapacity: entries.count)
        for entry in entries where !names.insert(ExactString(entry.name)).inserted {
            throw SafetensorsError.tensor(
                path: path, name: entry.name, offset: entry.headerOffset, problem: "the header has this name twice")
        }
        for (first, second) in zip(entries, entries.dropFirst())
        where second.range.lowerBound < first.range.upperBound {
            throw SafetensorsError.layout(
                path: path, offset: second.range.lowerBound,
                problem: "tensors \(shown(first.name)) and \(shown(second.name)) overlap")
        }
    }

    /// Makes sure that the tensors cover the data exactly once, and leaves them in its order.
    private mutating func checkCover() throws {
        try sortAndCheckOverlap()
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                let gap = entry.range.lowerBound - end
                throw SafetensorsError.layout(
                    path: path, offset: end,
                    problem: "\(gap) bytes before tensor \(shown(entry.name)) belong to no tensor")
            }
            end = entry.range.upperBound
        }
        guard end == dataSize else {
            throw SafetensorsError.layout(
                path: path, offset: end, problem: "the file goes on for \(dataSize - end) bytes after the last tensor")
        }
    }

    private mutating func parseMetadata(_ scanner: inout JSONScanner) throws {
        if scanner.current == UInt8(ascii: "n") { return try scanner.keyword("null") }
        try scanner.object { scanner, key, place in
            guard metadata.count < Self.maximumMetadataCount else {
                throw scanner.failure("has over \(Self.maximumMetadataCount) entries in __metadata__")
            }
            guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
                throw scanner.failure("has the key \(shown(key)) twice in __metadata__", at: place)
            }
        }
    }
}

extension SafetensorsHeaderParser {
    /// The three fields of a tensor as they come.
    private struct Fields {
        var type: ElementType?
        var shape: [Int]?
        var offsets: [Int]?
    }

    private func entry(_ scanner: inout JSONScanner, named name: String) throws -> Entry {
        var fields = Fields()
        try scanner.object { scanner, field, place in
            let isFirst: Bool
            switch field {
            case "dtype":
                isFirst = fields.type == nil
                fields.type = try elementType(&scanner, of: name)
            case "shape":
                isFirst = fields.shape == nil
                fields.shape = try wholeNumbers(&scanner, field: "shape", of: name, limit: Self.maximumRank)
            case "data_offsets":
                isFirst = fields.offsets == nil
                fields.offsets = try wholeNumbers(&scanner, field: "data_offsets", of: name, limit: 2)
            default: throw failure(name, scanner, "it has the unknown field \(shown(field))")
            }
            guard isFirst else { throw failure(name, scanner, "it has the field \(field) twice") }
        }
        return try checked(fields, name, scanner)
    }

    private func elementType(_ scanner: inout JSONScanner, of name: String) throws -> ElementType {
        let text = try scanner.string()
        guard let type = ElementType(rawValue: text) else {
            throw failure(name, scanner, "its dtype \(shown(text)) is unknown")
        }
        return type
    }

    private func wholeNumbers(
        _ scanner: inout JSONScanner, field: String, of name: String, limit: Int
    ) throws -> [Int] {
        var numbers: [Int] = []
        try scanner.array { scanner in
            guard numbers.count < limit else { throw failure(name, scanner, "its \(field) has over \(limit) numbers") }
            let number = try scanner.number()
            guard let value: Int = number.integer(), value >= 0, !number.text.hasPrefix("-") else {
                throw failure(name, scanner, "its \(field) holds \(number.text.prefix(40)), which is no possible size")
            }
            numbers.append(value)
        }
        return numbers
    }

    private func checked(_ fields: Fields, _ name: String, _ scanner: JSONScanner) throws -> Entry {
        guard let type = fields.type else { throw failure(name, scanner, "it has no dtype") }
        guard let shape = fields.shape else { throw failure(name, scanner, "it has no shape") }
        guard let offsets = fields.offsets else { throw failure(name, scanner, "it has no data_offsets") }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw failure(name, scanner, "its data_offsets are \(offsets), expected a begin and an end not before it")
        }
        guard let bits = Self.bitCount(type, shape) else {
            throw failure(name, scanner, "its shape \(shape) is larger than any memory")
        }
        guard bits % 8 == 0, bits / 8 == offsets[1] - offsets[0] else {
            let problem =
                "\(type.rawValue) of shape \(shape) takes \(bits) bits, its data_offsets \(offsets) hold "
                + "\(offsets[1] - offsets[0]) bytes"
            throw failure(name, scanner, problem)
        }
        guard offsets[1] <= dataSize else {
            let problem = "its data ends at byte \(offsets[1]) of the data, the file holds \(dataSize): it was cut off"
            throw failure(name, scanner, problem)
        }
        return Entry(
            name: name, type: type, shape: shape, range: offsets[0]..<offsets[1], headerOffset: 8 + scanner.offset)
    }

    /// The size of a tensor, nil where its extents other than zero go beyond all measure.
    private static func bitCount(_ type: ElementType, _ shape: [Int]) -> Int? {
        var bits = type.bitWidth
        for extent in shape where extent != 0 {
            let (product, overflow) = bits.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= maximumBits else { return nil }
            bits = product
        }
        return shape.contains(0) ? 0 : bits
    }

    private func failure(_ name: String, _ scanner: JSONScanner, _ problem: String) -> SafetensorsError {
        .tensor(path: path, name: name, offset: 8 + scanner.offset, problem: problem)
    }
}
