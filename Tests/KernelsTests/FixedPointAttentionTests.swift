import CDiffusionKernels
import Foundation
import Testing

/// Attention made of the fixed-point product and the running softmax: keys are the outputs of one product, the values'
/// columns those of another, whose rows are the exponentials of a tile.
@Suite("Fixed-point attention") struct FixedPointAttentionTests {
    @Test("the pieces make attention", arguments: KernelPath.availableForFixedPoint, [8, 40, 65])
    func piecesMakeAttention(path: KernelPath, width: Int) throws {
        let problem = Attention(queryCount: 13, keyCount: 300, width: width)
        let found = try problem.tiled(path, tile: 128), exact = problem.exact()
        var error = 0.0, energy = 0.0
        for (value, expected) in zip(found, exact) {
            error += (Double(value) - expected) * (Double(value) - expected)
            energy += expected * expected
        }
        #expect((error / energy).squareRoot() <= 1e-3)
        #expect(try found.map(\.bitPattern) == problem.tiled(.portable, tile: 128).map(\.bitPattern))
    }
}

/// One head: dense queries, keys and values [token][width].
private struct Attention {
    let queryCount: Int
    let keyCount: Int
    let width: Int
    let queries: [Float]
    let keys: [Float]
    let values: [Float]
    var scale: Float { 1 / Float(width).squareRoot() }

    init(queryCount: Int, keyCount: Int, width: Int) {
        self.queryCount = queryCount
        self.keyCount = keyCount
        self.width = width
        queries = awkwardValues(queryCount * width, seed: 70, scale: 1.5)
        keys = awkwardValues(keyCount * width, seed: 71, scale: 1.5)
        values = awkwardValues(keyCount * width, seed: 72, scale: 1)
    }

    func tiled(_ path: KernelPath, tile: Int) throws -> [Float] {
        let fixed = try path.fixedTable(), kernels = try path.table()
        let rows = QuantisedRows(fixed, queries, rowCount: queryCount, channels: width)
        var state = RunningState(queryCount: queryCount, width: width)
        for first in stride(from: 0, to: keyCount, by: tile) {
            let tokens = first..<min(first + tile, keyCount)
            let packedKeys = PackedWeights(
                fixed, Array(keys[tokens.lowerBound * width..<tokens.upperBound * width]), outputs: tokens.count,
                channels: width, blockLength: dk_fixed_row_length(width))
            let columns = (0..<width).flatMap { column in tokens.map { values[$0 * width + column] } }
            let packedValues = PackedWeights(
                fixed, columns, outputs: width, channels: tokens.count, blockLength: 128)
            let scores = withoutGaps(fixedProduct(fixed, rows, packedKeys, bias: nil), columns: tokens.count)
            let exponentials = state.exponentials(kernels, scores, scale: scale)
            let weights = QuantisedRows(fixed, exponentials, rowCount: queryCount, channels: tokens.count)
            state.add(kernels, withoutGaps(fixedProduct(fixed, weights, packedValues, bias: nil), columns: width))
        }
        return state.result(kernels)
    }

    /// `fixedProduct` leaves three elements between rows.
    private func withoutGaps(_ rows: [Float], columns: Int) -> [Float] {
        (0..<queryCount).flatMap { query -> ArraySlice<Float> in
            let start = query * (columns + 3)
            return rows[start..<start + columns]
        }
    }

    func exact() -> [Double] {
        (0..<queryCount).flatMap { query -> [Double] in
            let scores = (0..<keyCount).map { key in dot(query, key) / Double(width).squareRoot() }
            let largest = scores.max() ?? 0, exponentials = scores.map { exp($0 - largest) }
            let sum = exponentials.reduce(0, +)
            return (0..<width).map { column in
                var total = 0.0
                for key in 0..<keyCount { total += exponentials[key] * Double(values[key * width + column]) }
                return total / sum
            }
        }
    }

    private func dot(_ query: Int, _ key: Int) -> Double {
        var sum = 0.0
        for i in 0..<width { sum += Double(queries[query * width + i]) * Double(keys[key * width + i]) }
        return sum
    }
}

/// What a block of queries carries from tile to tile.
private struct RunningState {
    let width: Int
    var largest: [Float]
    var sum: [Float]
    var correction: [Float]
    var output: [Float]

    init(queryCount: Int, width: Int) {
        self.width = width
        largest = Array(repeating: -.infinity, count: queryCount)
        sum = Array(repeating: 0, count: queryCount)
        correction = sum
        output = Array(repeating: 0, count: queryCount * width)
    }

    mutating func exponentials(_ kernels: Kernels, _ scores: [Float], scale: Float) -> [Float] {
        var scores = scores
        let columns = scores.count / largest.count
        kernels.pointee.softmax_tile(&scores, largest.count, columns, columns, scale, &largest, &sum, &correction)
        return scores
    }

    mutating func add(_ kernels: Kernels, _ part: [Float]) {
        kernels.pointee.scale_rows(&output, largest.count, width, width, correction)
        output.withUnsafeMutableBufferPointer { output in
            guard let base = output.baseAddress else { return }
            kernels.pointee.add(base, base, part, output.count)
        }
    }

    func result(_ kernels: Kernels) -> [Float] {
        var output = output
        kernels.pointee.scale_rows(&output, largest.count, width, width, sum.map { 1 / $0 })
        return output
    }
}
