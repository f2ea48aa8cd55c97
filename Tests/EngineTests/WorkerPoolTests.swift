import DiffusionEngine
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
    private struct Failure: Error, Equatable {
        var index: Int
    }

    /// Many short runs: a lost wake-up hangs, a piece run twice or not at all shows.
    @Test(arguments: [1, 2, 3, 8]) func everyPieceRunsOnce(_ threadCount: Int) {
        let pool = WorkerPool(threadCount: threadCount)
        for run in 0..<2000 {
            let count = run % 17
            let seen = Mutex([Int](repeating: 0, count: count))
            pool.run(count) { index in seen.withLock { $0[index] += 1 } }
            #expect(seen.withLock { $0 } == Array(repeating: 1, count: count))
        }
    }

    @Test(arguments: [1, 4]) func theErrorOfTheLowestIndexIsThrown(_ threadCount: Int) {
        let pool = WorkerPool(threadCount: threadCount)
        let ran = Atomic<Int>(0)
        #expect(throws: Failure(index: 3)) {
            try pool.runThrowing(20) { index in
                ran.wrappingAdd(1, ordering: .relaxed)
                if index == 3 || index == 11 { throw Failure(index: index) }
            }
        }
        #expect(ran.load(ordering: .relaxed) == 20)
    }

    /// Pieces that have not begun when the wish to stop comes are left out.
    @Test(arguments: [1, 4]) func cancellationSkipsTheRest(_ threadCount: Int) throws {
        let context = try ComputeContext(threadCount: threadCount)
        let ran = Atomic<Int>(0)
        #expect(throws: CancellationError.self) {
            try context.run(1000) { index in
                ran.wrappingAdd(1, ordering: .relaxed)
                if index == 0 { context.cancel() }
            }
        }
        #expect(ran.load(ordering: .relaxed) < 1000)
        // The others of the family go on.
        try context.separatelyCancelled().run(3) { _ in }
    }

    @Test func poolsCanBeMadeAndLeftInNumbers() {
        for _ in 0..<200 {
            let pool = WorkerPool(threadCount: 4)
            pool.run(8) { _ in }
        }
    }
}
