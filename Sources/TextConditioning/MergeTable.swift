import DiffusionBasics

/// The merges of a byte-pair encoding: for two neighbouring tokens, how early they are joined and what they become.
struct MergeTable: Sendable {
    struct Merge: Sendable {
        /// The line of the merge: lower ones come first.
        var rank: UInt32
        /// The id of the joined token.
        var joined: UInt32
    }

    private var merges: [UInt64: Merge] = [:]

    func merge(of left: UInt32, _ right: UInt32) -> Merge? { merges[Self.key(left, right)] }

    private static func key(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }
}

extension MergeTable {
    /// `merges.txt`: two tokens separated by one blank a line; lines that begin with `#version` are skipped, and so are
    /// empty ones, where transformers refuses the file.
    /// - Throws: `TokenizerError`.
    init(text: [UInt8], vocabulary: TokenTable, file: String) throws {
        try text.withUnsafeBufferPointer { buffer in
            merges.reserveCapacity(buffer.count / 8)
            var builder = Builder(vocabulary: vocabulary, file: file)
            var line = 0
            var start = 0
            while start < buffer.count {
                let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) ?? buffer.count
                line += 1
                try add(buffer[start..<end], line: line, &builder)
                start = end + 1
            }
        }
    }

    private mutating func add(_ line: Slice<UnsafeBufferPointer<UInt8>>, line number: Int, _ builder: inout Builder)
        throws
    {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        if line.isEmpty || line.starts(with: "#version".utf8) { return }
        guard let blank = line.firstIndex(of: UInt8(ascii: " ")), !line[(blank + 1)...].contains(UInt8(ascii: " "))
        else {
            throw TokenizerError.malformedMerge(
                file: builder.file, place: "line \(number)",
                found: "\"\(String(decoding: line.prefix(60), as: UTF8.self))\"")
        }
        try add(
            UnsafeBufferPointer(rebasing: line[..<blank]), UnsafeBufferPointer(rebasing: line[(blank + 1)...]),
            place: "line \(number)", &builder)
    }

    /// The `merges` of `tokenizer.json`: strings with one blank, or pairs.
    /// - Throws: `TokenizerError`.
    init(nodes: [JSONNode], vocabulary: TokenTable, file: String) throws {
        merges.reserveCapacity(nodes.count)
        var builder = Builder(vocabulary: vocabulary, file: file)
        for node in nodes {
            guard var (left, right) = Self.pair(node) else {
                throw TokenizerError.malformedMerge(
                    file: file, place: node.position.description, found: node.kindDescription)
            }
            try left.withUTF8 { left in
                try right.withUTF8 { try add(left, $0, place: node.position.description, &builder) }
            }
        }
    }

    private static func pair(_ node: JSONNode) -> (String, String)? {
        if let text = node.string {
            let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            return parts.count == 2 ? (String(Substring(parts[0])), String(Substring(parts[1]))) : nil
        }
        guard let parts = node.array, parts.count == 2, let left = parts[0].string, let right = parts[1].string else {
            return nil
        }
        return (left, right)
    }
}

extension MergeTable {
    private struct Builder {
        let vocabulary: TokenTable
        let file: String
        var rank: UInt32 = 0
        var joined: [UInt8] = []
    }

    /// Adds the next merge; of two for the same pair the later one counts, as in the tokenizers library.
    private mutating func add(
        _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, place: @autoclosure () -> String,
        _ builder: inout Builder
    ) throws {
        func id(_ token: UnsafeBufferPointer<UInt8>) throws -> UInt32 {
            if let id = builder.vocabulary.id(of: token) { return id }
            throw TokenizerError.mergeOutsideVocabulary(
                file: builder.file, place: place(), token: String(decoding: token.prefix(60), as: UTF8.self))
        }
        builder.joined.removeAll(keepingCapacity: true)
        builder.joined.append(contentsOf: left)
        builder.joined.append(contentsOf: right)
        let joined = try builder.joined.withUnsafeBufferPointer(id)
        merges[Self.key(try id(left), try id(right))] = Merge(rank: builder.rank, joined: joined)
        builder.rank += 1
    }
}
