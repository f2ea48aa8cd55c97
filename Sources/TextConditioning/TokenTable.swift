/// The tokens of a vocabulary and their ids, found by their exact bytes.
///
/// Keys are UTF-8 bytes rather than `String`s, for which two spellings that are canonically equivalent are the same.
/// Open addressing over one buffer of bytes: a vocabulary of 50,000 tokens is one allocation each for bytes and slots.
struct TokenTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each token ends in `bytes`; it begins where the one before it ends.
    private var ends: [Int] = []
    private var ids: [UInt32] = []
    /// 0 for an empty slot; else an index into `ends` plus one, above it the upper half of the token's hash. The count is
    /// a power of two.
    private var slots: [UInt64]
    /// Indices into `ends`, by ascending id.
    private var order: [Int] = []

    init(minimumCapacity: Int) {
        var count = 16
        while count < minimumCapacity * 2 { count *= 2 }
        slots = Array(repeating: 0, count: count)
        ends.reserveCapacity(minimumCapacity)
        ids.reserveCapacity(minimumCapacity)
    }

    var count: Int { ids.count }

    /// The id of the token that consists of these bytes.
    func id(of token: UnsafeBufferPointer<UInt8>) -> UInt32? {
        let found = slots[place(of: token).slot]
        return found == 0 ? nil : ids[Self.index(found)]
    }

    func id(of token: String) -> UInt32? {
        var token = token
        return token.withUTF8 { id(of: $0) }
    }

    /// Adds a token; does nothing but return false where it is there already.
    mutating func insert(_ token: String, id: UInt32) -> Bool {
        if (count + 1) * 2 > slots.count { grow() }
        var token = token
        return token.withUTF8 { text in
            let place = place(of: text)
            guard slots[place.slot] == 0 else { return false }
            bytes.append(contentsOf: text)
            ends.append(bytes.count)
            ids.append(id)
            slots[place.slot] = place.tag | UInt64(count)
            return true
        }
    }
}

extension TokenTable {
    /// Makes `token(_:)` work; call it once all tokens are in.
    /// - Returns: two tokens that share an id, if any do.
    mutating func sortByID() -> (id: UInt32, first: String, second: String)? {
        order = ids.indices.sorted { ids[$0] < ids[$1] }
        guard let place = order.indices.dropFirst().first(where: { ids[order[$0]] == ids[order[$0 - 1]] }) else {
            return nil
        }
        return (ids[order[place]], text(order[place - 1]), text(order[place]))
    }

    /// The token whose id is `id`.
    func token(_ id: UInt32) -> String? {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if ids[order[middle]] < id { low = middle + 1 } else { high = middle }
        }
        guard low < order.count, ids[order[low]] == id else { return nil }
        return text(order[low])
    }

    var highestID: UInt32? { order.last.map { ids[$0] } }

    private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    private func text(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

    private static func index(_ slot: UInt64) -> Int { Int(slot & 0xFFFF_FFFF) - 1 }

    /// The slot where `token` is, or the empty one where it would go, and the part of its hash that goes with it.
    private func place(of token: UnsafeBufferPointer<UInt8>) -> (slot: Int, tag: UInt64) {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(token))
        let hash = hasher.finalize()
        let tag = UInt64(truncatingIfNeeded: hash) & ~0xFFFF_FFFF
        let mask = slots.count - 1
        var slot = hash & mask
        while slots[slot] != 0 {
            if slots[slot] & ~0xFFFF_FFFF == tag, holds(token, at: Self.index(slots[slot])) { break }
            slot = (slot + 1) & mask
        }
        return (slot, tag)
    }

    private func holds(_ token: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        let range = range(index)
        guard range.count == token.count else { return false }
        return bytes.withUnsafeBufferPointer { buffer in
            token.indices.allSatisfy { token[$0] == buffer[range.lowerBound + $0] }
        }
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        let bytes = bytes
        bytes.withUnsafeBufferPointer { buffer in
            for index in ids.indices {
                let place = place(of: UnsafeBufferPointer(rebasing: buffer[range(index)]))
                slots[place.slot] = place.tag | UInt64(index + 1)
            }
        }
    }
}
