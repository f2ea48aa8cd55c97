/// The merges that may apply to a word, the one of the lowest rank first, of equal ranks the leftmost: a binary heap.
struct MergeQueue {
    struct Candidate {
        var rank: UInt32
        var position: Int
        var joined: UInt32

        func precedes(_ other: Candidate) -> Bool {
            rank != other.rank ? rank < other.rank : position < other.position
        }
    }

    private var heap: [Candidate] = []

    mutating func insert(_ candidate: Candidate) {
        heap.append(candidate)
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> Candidate? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return first }
        heap[0] = last
        var parent = 0
        while let child = firstChild(of: parent), heap[child].precedes(heap[parent]) {
            heap.swapAt(child, parent)
            parent = child
        }
        return first
    }

    private func firstChild(of parent: Int) -> Int? {
        let left = 2 * parent + 1
        guard left < heap.count else { return nil }
        return left + 1 < heap.count && heap[left + 1].precedes(heap[left]) ? left + 1 : left
    }
}
