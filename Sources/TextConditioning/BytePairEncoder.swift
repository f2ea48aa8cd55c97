import DiffusionBasics

/// Byte-pair encoding over the byte alphabet, whose last character of a word carries the suffix `</w>`.
///
/// Matches the tokenizers library's `BPE` model as transformers' `CLIPTokenizer` sets it up: no prefix, no dropout, one
/// unknown token for each character that the vocabulary lacks.
struct BytePairEncoder: Sendable {
    static let suffix = "</w>"

    let vocabulary: TokenTable
    private let merges: MergeTable
    private let unknownToken: String
    private let folder: String
    /// By byte: the id of its character inside a word, and at its end.
    private let innerIDs: [UInt32?]
    private let finalIDs: [UInt32?]

    init(vocabulary: TokenTable, merges: MergeTable, unknownToken: String, folder: String) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.unknownToken = unknownToken
        self.folder = folder
        innerIDs = ByteAlphabet.characters.map { vocabulary.id(of: String($0)) }
        finalIDs = ByteAlphabet.characters.map { vocabulary.id(of: String($0) + Self.suffix) }
    }

    /// The ids of one piece of a prompt.
    /// - Throws: `TokenizerError.unknownTokenOutsideVocabulary`.
    func ids(of piece: some Sequence<Unicode.Scalar>) throws -> [UInt32] {
        let bytes = piece.flatMap { UTF8.encode($0).map(Array.init) ?? [] }
        var word = Word(try bytes.indices.map { try id(of: bytes[$0], isFinal: $0 == bytes.count - 1, in: bytes) })
        word.merge(by: merges)
        return word.ids
    }

    private func id(of byte: UInt8, isFinal: Bool, in piece: [UInt8]) throws -> UInt32 {
        if let id = (isFinal ? finalIDs : innerIDs)[Int(byte)] { return id }
        if let id = vocabulary.id(of: unknownToken) { return id }
        throw TokenizerError.unknownTokenOutsideVocabulary(
            folder: folder, unknown: unknownToken, piece: String(decoding: piece.prefix(60), as: UTF8.self))
    }
}

/// A word being merged: a linked list of tokens in place, so that joining two costs no copy.
private struct Word {
    private struct Symbol {
        var id: UInt32
        var previous: Int
        var next: Int
        var isRemoved = false
    }

    private var symbols: [Symbol]

    init(_ ids: [UInt32]) {
        symbols = ids.indices.map { Symbol(id: ids[$0], previous: $0 - 1, next: $0 + 1) }
    }

    var ids: [UInt32] { symbols.filter { !$0.isRemoved }.map(\.id) }

    /// Joins neighbours until no merge applies, always the one of the lowest rank, of equal ones the leftmost.
    mutating func merge(by merges: MergeTable) {
        var queue = MergeQueue()
        for position in symbols.indices.dropLast() { enqueue(position, &queue, merges) }
        while let candidate = queue.popFirst() {
            let symbol = symbols[candidate.position]
            guard !symbol.isRemoved, symbol.next < symbols.count else { continue }
            let right = symbols[symbol.next]
            // A stale candidate still counts if the pair now there gives the same token, as in the tokenizers library.
            guard merges.merge(of: symbol.id, right.id)?.joined == candidate.joined else { continue }
            symbols[symbol.next].isRemoved = true
            symbols[candidate.position].id = candidate.joined
            symbols[candidate.position].next = right.next
            if right.next < symbols.count { symbols[right.next].previous = candidate.position }
            if symbol.previous >= 0 { enqueue(symbol.previous, &queue, merges) }
            if right.next < symbols.count { enqueue(candidate.position, &queue, merges) }
        }
    }

    private func enqueue(_ position: Int, _ queue: inout MergeQueue, _ merges: MergeTable) {
        let symbol = symbols[position]
        guard let merge = merges.merge(of: symbol.id, symbols[symbol.next].id) else { return }
        queue.insert(MergeQueue.Candidate(rank: merge.rank, position: position, joined: merge.joined))
    }
}
