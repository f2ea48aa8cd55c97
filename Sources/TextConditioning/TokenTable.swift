/// The tokens of a vocabulary and their ids, found by their exact bytes.
///
/// Keys are UTF-8 bytes rather than `String`s, for which two spellings that are canonically equivalent are the same.
/// Open addressing over one buffer of bytes: a vocabulary of 50,000 tokens is one allocation each for bytes and slots.
struct TokenTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each token ends in `bytes`; it begins where the one before it ends.
    private var ends: [Int] = []
    private var ids: [UInt32] = []
    /// Indices into `ends` plus one, 0 for an empty slot; the count is a power of two.
    private var slots: [UInt32]
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
        let index = Int(slots[slot(of: token)])
        return index == 0 ? nil : ids[index - 1]
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
            let slot = slot(of: text)
            guard slots[slot] == 0 else { return false }
            bytes.append(contentsOf: text)
            ends.append(bytes.count)
            ids.append(id)
            slots[slot] = UInt32(count)
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

    /// Where `token` is, or the empty slot where it would go.
    private func slot(of token: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(token))
        let mask = slots.count - 1
        var slot = hasher.finalize() & mask
        while slots[slot] != 0 {
            let range = range(Int(slots[slot]) - 1)
            if range.count == token.count, bytes[range].elementsEqual(token) { return slot }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        let bytes = bytes
        bytes.withUnsafeBufferPointer { buffer in
            for index in ids.indices {
                let token = UnsafeBufferPointer(rebasing: buffer[range(index)])
                slots[slot(of: token)] = UInt32(index + 1)
            }
        }
    }
}
