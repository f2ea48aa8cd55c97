import CDiffusionKernels
import Foundation
import Testing

/// Tiles in sequence give the softmax of the whole row.
@Suite("Running softmax") struct RunningSoftmaxTests {
    /// Softmax over a row's tiles as attention does it: earlier exponentials shrink by each later correction.
    private func tiledSoftmax(_ kernels: Kernels, _ scores: [Float], tile: Int, scale: Float) -> [Float] {
        var exponentials: [Float] = [], largest = -Float.infinity, sum: Float = 0
        for start in stride(from: 0, to: scores.count, by: tile) {
            var scores = Array(scores[start..<min(start + tile, scores.count)])
            var correction: Float = .nan
            kernels.pointee.softmax_tile(&scores, 1, scores.count, scores.count, scale, &largest, &sum, &correction)
            exponentials = exponentials.map { $0 * correction } + scores
        }
        return exponentials.map { $0 / sum }
    }

    private func softmax(_ scores: [Float], scale: Float) -> [Double] {
        let scaled = scores.map { Double($0) * Double(scale) }, largest = scaled.max() ?? 0
        let exponentials = scaled.map { exp($0 - largest) }, sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }

    @Test("tiles of any width give the softmax of the row", arguments: KernelPath.available, [1, 7, 16, 64, 500])
    func tilesGiveWholeSoftmax(path: KernelPath, tile: Int) throws {
        let scores = awkwardValues(400, seed: 30, scale: 20)
        let found = tiledSoftmax(try path.table(), scores, tile: tile, scale: 0.25)
        let worst = zip(found, softmax(scores, scale: 0.25)).map { abs(Double($0) - $1) }.max()
        #expect(try #require(worst) <= 1e-6)
    }

    @Test("masked tiles before the first score leave no trace", arguments: KernelPath.available)
    func maskedTilesLeaveNoTrace(path: KernelPath) throws {
        let masked = [Float](repeating: -.infinity, count: 40), scores = awkwardValues(40, seed: 31)
        let table = try path.table()
        let found = tiledSoftmax(table, masked + scores + masked, tile: 20, scale: 0.5)
        #expect(found.prefix(40).allSatisfy { $0 == 0 } && found.suffix(40).allSatisfy { $0 == 0 })
        #expect(Array(found[40..<80]) == tiledSoftmax(table, scores, tile: 20, scale: 0.5))
    }
}
