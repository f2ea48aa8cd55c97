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

    @Test func contentSurvivesInLargeBuffers() throws {
        var tensors = try (0..<3).map { _ in try tensor(floats: 2 << 20) }
        for index in tensors.indices { tensors[index].withUnsafeMutableScalars { $0.update(repeating: Float(index)) } }
        for index in tensors.indices {
            #expect(tensors[index].withUnsafeScalars { $0.allSatisfy { $0 == Float(index) } })
        }
    }

    /// More than any address space has is an error, not a trap.
    @Test func theImpossibleIsRefused() {
        #expect(throws: MemoryError.self) { try tensor(floats: 1 << 58) }
    }
}
