import DiffusionTensors
import Testing

@Suite struct BufferPoolTests {
    private let pool = BufferPool()

    private func tensor(floats count: Int) throws -> Tensor { try Tensor(uninitialized: [count], pool: pool) }

    @Test func aBufferComesBackAndServesAgain() throws {
        for _ in 0..<5 { _ = try tensor(floats: 1000) }
        #expect(pool.systemAllocationCount == 1)
        #expect(pool.usedBytes == 0 && pool.freeBytes >= 4000)
        // Nearly as long fits, much shorter would waste the rest.
        _ = try tensor(floats: 900)
        #expect(pool.systemAllocationCount == 1)
        _ = try tensor(floats: 500)
        #expect(pool.systemAllocationCount == 2)
    }

    @Test func whatIsHeldIsCounted() throws {
        let held = try tensor(floats: 1 << 21)
        #expect(pool.usedBytes == 8 << 20 && pool.freeBytes == 0)
        #expect(held.shape == [1 << 21])
        pool.trim()
        #expect(pool.usedBytes == 8 << 20)
    }

    @Test func trimmingGivesEverythingBack() throws {
        _ = try tensor(floats: 3 << 20)
        _ = try tensor(floats: 10)
        #expect(pool.freeBytes > 12 << 20)
        pool.trim()
        #expect(pool.freeBytes == 0)
    }

    /// A gigabyte in sizes of which none serves for another; untouched, it takes address space only.
    @Test func whatNobodyWantsIsNotKept() throws {
        var most = 0
        for step in 0..<40 {
            _ = try tensor(floats: (16 + 8 * step) << 18)
            most = max(most, pool.freeBytes)
        }
        #expect(pool.systemAllocationCount > 10)
        #expect(most <= (256 + 16 + 8 * 40) << 20)
        _ = try tensor(floats: 1)
        #expect(pool.freeBytes <= 257 << 20)
    }

    /// What is kept is as much as was in use at once before, and a gigabyte at most. Untouched, it takes address space only.
    @Test(arguments: [(count: 4, kept: 608), (count: 12, kept: 1024)])
    func whatWasInUseAtOnceIsKept(_ sizes: (count: Int, kept: Int)) throws {
        var held = try (0..<sizes.count).map { _ in try tensor(floats: 40 << 20) }
        held.removeAll()
        #expect(pool.freeBytes == sizes.count * 160 << 20)
        let other = try tensor(floats: 8 << 20)
        #expect(pool.usedBytes == 32 << 20 && other.shape == [8 << 20])
        #expect(pool.freeBytes <= sizes.kept << 20 && pool.freeBytes > (sizes.kept - 160) << 20)
    }

    @Test func contentSurvivesInLargeBuffers() throws {
        var tensors = try (0..<3).map { _ in try tensor(floats: 2 << 20) }
        for index in tensors.indices { tensors[index].withUnsafeMutableScalars { $0.update(repeating: Float(index)) } }
        for index in tensors.indices {
            #expect(tensors[index].withUnsafeScalars { $0.allSatisfy { $0 == Float(index) } })
        }
    }

    private func filled(floats count: Int) throws -> Tensor {
        var tensor = try tensor(floats: count)
        tensor.withUnsafeMutableScalars { $0.update(repeating: 7) }
        return tensor
    }

    private func sevens(in tensor: Tensor) -> Int { tensor.withUnsafeScalars { $0.count { $0 == 7 } } }

    #if os(Linux)
    /// Moved pages keep their content, cleared ones have none.
    @Test func pagesMoveIntoLargerBuffers() throws {
        var both = [try filled(floats: 2 << 20), try filled(floats: 3 << 20)]
        both.removeAll()
        let larger = try tensor(floats: 8 << 20)
        #expect(sevens(in: larger) == 5 << 20)
        #expect(pool.freeBytes == 0 && pool.usedBytes == 32 << 20)
    }

    @Test func pagesMoveIntoSmallerBuffersAndTheRestStays() throws {
        _ = try filled(floats: 16 << 20)
        let (first, second) = (try tensor(floats: 2 << 20), try tensor(floats: 5 << 20))
        #expect(sevens(in: first) == 2 << 20 && sevens(in: second) == 5 << 20)
        #expect(pool.freeBytes == 36 << 20 && pool.usedBytes == 28 << 20)
        let rest = try tensor(floats: 9 << 20)
        #expect(sevens(in: rest) == 9 << 20 && pool.freeBytes == 0)
    }

    /// Only whole huge pages move; the ends of buffers do not.
    @Test func endsOfBuffersStayBehind() throws {
        _ = try filled(floats: (2 << 20) + 1000)
        let larger = try tensor(floats: (3 << 20) + 5)
        #expect(sevens(in: larger) == 2 << 20)
        #expect(pool.freeBytes == 0)
    }

    /// Where the system refuses a move, whatever lies at the target then is nobody's: neither used nor released.
    @Test(arguments: [0, 1, 3]) func aRefusedMoveLosesNothing(_ accepted: Int) throws {
        let pages = RefusingPages(accepted: accepted)
        let pool = BufferPool(pages: pages.movable)
        do {
            var free = try [2, 3, 4].map { try Tensor(uninitialized: [$0 << 20], pool: pool) }
            for index in free.indices { free[index].withUnsafeMutableScalars { $0.update(repeating: 7) } }
        }
        var held = try (1...3).map { _ in try Tensor(uninitialized: [6 << 20], pool: pool) }
        for index in held.indices { held[index].withUnsafeMutableScalars { $0.update(repeating: Float(index)) } }
        for index in held.indices {
            #expect(held[index].withUnsafeScalars { $0.allSatisfy { $0 == Float(index) } })
        }
        #expect(pages.refusedCount == 1)
        #expect(pool.usedBytes == 72 << 20 && pool.freeBytes == (36 - 2 * accepted) << 20)
        #expect(pages.strangersAreWhole)
        held.removeAll()
        #expect(pool.usedBytes == 0)
        pool.trim()
        #expect(pages.strangersAreWhole)
    }
    #endif

    /// The beginning keeps its memory and content; whole huge pages behind it serve others.
    @Test func theEndOfALargeBufferComesBack() throws {
        var whole = try filled(floats: 8 << 20)
        let address = whole.withUnsafeScalars { $0.baseAddress }
        let canShrink = whole.canShrink(to: [2, 1 << 20])
        #expect(canShrink)
        var front = (consume whole).shrunk(to: [2, (1 << 20) - 5])
        #expect(front.shape == [2, (1 << 20) - 5] && front.withUnsafeScalars { $0.baseAddress } == address)
        #expect(pool.usedBytes == 8 << 20 && pool.freeBytes == 24 << 20)
        var rest = try tensor(floats: 6 << 20)
        rest.withUnsafeMutableScalars { $0.update(repeating: 3) }
        #expect(pool.freeBytes == 0 && sevens(in: front) == front.shape.elementCount)
        front.withUnsafeMutableScalars { $0.update(repeating: 1) }
        #expect(rest.withUnsafeScalars { $0.allSatisfy { $0 == 3 } })
    }

    /// Between the page where the beginning ends and the next huge page nothing is kept.
    @Test func theEndBeginsWithAHugePage() throws {
        let front = try filled(floats: 8 << 20).shrunk(to: [1 << 20 | 1])
        #expect(sevens(in: front) == 1 << 20 | 1)
        #expect(pool.usedBytes > 4 << 20 && pool.usedBytes <= 5 << 20 && pool.freeBytes == 26 << 20)
    }

    /// An end too short to be mapped by itself leaves the process.
    @Test func aShortEndIsNotKept() throws {
        let front = try filled(floats: 5 << 19).shrunk(to: [1 << 21])
        #expect(sevens(in: front) == 1 << 21)
        #expect(pool.usedBytes == 8 << 20 && pool.freeBytes == 0)
    }

    @Test func sharedAndSmallBuffersStayWhole() throws {
        var shared = try filled(floats: 4 << 20)
        let other = shared
        var canShrink = shared.canShrink(to: [2 << 20])
        #expect(!canShrink)
        #expect(sevens(in: shared.shrunk(to: [2 << 20])) == 2 << 20 && sevens(in: other) == 4 << 20)
        var large = try filled(floats: 4 << 20)
        canShrink = large.canShrink(to: [1000])
        #expect(!canShrink)
        let front = (consume large).shrunk(to: [1000])
        #expect(sevens(in: front) == 1000)
    }

    /// Sizes up and down, several at once: nobody's content is anybody else's.
    @Test func movedPagesBelongToOneBuffer() throws {
        var held: [Tensor] = []
        for step in 1..<60 {
            var next = try tensor(floats: (1 + step * 7 % 13) << 20 | step)
            next.withUnsafeMutableScalars { $0.update(repeating: Float(step)) }
            held.append(next)
            if held.count > 3 { held.remove(at: step % 3) }
            for tensor in held {
                #expect(tensor.withUnsafeScalars { scalars in scalars.allSatisfy { $0 == scalars[0] } })
            }
        }
        #expect(Set(held.map { $0.withUnsafeScalars { $0[0] } }).count == held.count)
    }

    /// More than any address space has is an error, not a trap.
    @Test func theImpossibleIsRefused() {
        #expect(throws: MemoryError.self) { try tensor(floats: 1 << 58) }
    }
}
