import DiffusionBasics
import DiffusionTensors

/// One tile of attention in Float32: products by OpenBLAS, keys tile by tile.
struct Float32Attention {
    private let heads: Int
    private let keyCount: Int
    private let keyWidth: Int
    private let valueWidth: Int
    private let mask: AttentionMask
    private let keyTiles: Pieces

    /// Queries of a tile, keys of a tile: the scores of one are 256 KB.
    static let queryTileLength = 256
    private static let keyTileLength = 256

    /// - Parameters:
    ///   - keys: `[images, keys, heads × d]`.
    ///   - values: `[images, keys, heads × e]`.
    init(keys: Shape, values: Shape, heads: Int, mask: AttentionMask) {
        self.heads = heads
        self.mask = mask
        keyCount = keys[1]
        keyWidth = keys[2] / heads
        valueWidth = values[2] / heads
        keyTiles = Pieces(of: keyCount, atMost: Self.keyTileLength)
    }

    func run(_ tile: AttentionTile, _ keys: Tensor, _ values: Tensor, image: Int, _ context: ComputeContext) throws {
        var running = RunningSoftmax(rowCount: tile.rows.count, scale: 1 / Float(keyWidth).squareRoot())
        var scores = try context.makeTensor([tile.rows.count, keyTiles.pieceLength])
        withPointer(keys) { keys in
            withPointer(values) { values in
                scores.withUnsafeMutableScalars { buffer in
                    guard let scores = buffer.baseAddress else { return }
                    for range in visibleKeys(tile.rows) {
                        let first = (image * keyCount + range.lowerBound) * heads + tile.head
                        add(
                            range, keys + first * keyWidth, values + first * valueWidth, to: tile, scores, &running,
                            context.kernels)
                    }
                }
            }
        }
        running.finish(tile.out, valueWidth, tile.outStride, context.kernels)
    }

    private func add(
        _ range: Range<Int>, _ keys: UnsafePointer<Float>, _ values: UnsafePointer<Float>, to tile: AttentionTile,
        _ scores: UnsafeMutablePointer<Float>, _ running: inout RunningSoftmax, _ kernels: KernelTable
    ) {
        BLAS.product(
            tile.queries, stride: tile.queryStride, keys, .transposed, stride: heads * keyWidth,
            rows: tile.rows.count, columns: range.count, inner: keyWidth, accumulate: false, into: scores,
            stride: range.count)
        hideLaterKeys(scores, tile.rows, range)
        running.update(scores, range.count, tile.out, valueWidth, tile.outStride, kernels)
        BLAS.product(
            scores, stride: range.count, values, .rowMajor, stride: heads * valueWidth, rows: tile.rows.count,
            columns: valueWidth, inner: range.count, accumulate: range.lowerBound > 0, into: tile.out,
            stride: tile.outStride)
    }

    /// The tiles of keys that any of these queries sees.
    private func visibleKeys(_ rows: Range<Int>) -> [Range<Int>] {
        let tiles = (0..<keyTiles.count).map { keyTiles[$0] }
        return mask == .causal ? tiles.filter { $0.lowerBound < rows.upperBound } : tiles
    }

    private func hideLaterKeys(_ scores: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ columns: Range<Int>) {
        guard mask == .causal else { return }
        for row in rows {
            let firstHidden = max(row + 1, columns.lowerBound)
            guard firstHidden < columns.upperBound else { continue }
            let line = scores + (row - rows.lowerBound) * columns.count
            (line + (firstHidden - columns.lowerBound)).update(
                repeating: -.infinity, count: columns.upperBound - firstHidden)
        }
    }
}

/// Maximum and sum of each row so far, over the tiles of keys seen.
private struct RunningSoftmax {
    private let scale: Float
    private var maximum: [Float]
    private var sum: [Float]
    private var correction: [Float]
    private var isFirst = true

    init(rowCount: Int, scale: Float) {
        self.scale = scale
        maximum = Array(repeating: -.infinity, count: rowCount)
        sum = Array(repeating: 0, count: rowCount)
        correction = Array(repeating: 0, count: rowCount)
    }

    /// Turns scores into weights relative to the new maximum and rescales what `out` holds of earlier tiles.
    mutating func update(
        _ scores: UnsafeMutablePointer<Float>, _ columnCount: Int, _ out: UnsafeMutablePointer<Float>, _ width: Int,
        _ outStride: Int, _ kernels: KernelTable
    ) {
        kernels.functions.pointee.softmax_tile(
            scores, maximum.count, columnCount, columnCount, scale, &maximum, &sum, &correction)
        if !isFirst { kernels.functions.pointee.scale_rows(out, maximum.count, outStride, width, correction) }
        isFirst = false
    }

    func finish(_ out: UnsafeMutablePointer<Float>, _ width: Int, _ outStride: Int, _ kernels: KernelTable) {
        kernels.functions.pointee.scale_rows(out, sum.count, outStride, width, sum.map { 1 / $0 })
    }
}
