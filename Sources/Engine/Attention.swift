import DiffusionBasics
import DiffusionTensors

/// Which keys a query sees.
package enum AttentionMask: Sendable {
    case none
    /// Query i sees keys 0…i.
    case causal
}

/// softmax(q·kᵀ / √d)·v for each head, tiled over the keys with a running maximum and sum (Dao et al. 2022, algorithm 1,
/// forward): the matrix of all scores never exists.
/// - Parameters:
///   - query: `[images, queries, heads × d]`.
///   - key: `[images, keys, heads × d]`.
///   - value: `[images, keys, heads × e]`.
/// - Returns: `[images, queries, heads × e]`.
package func attention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, mask: AttentionMask = .none, in context: ComputeContext
) throws -> Tensor {
    let work = AttentionWork(query: query.shape, key: key.shape, value: value.shape, heads: heads, mask: mask)
    let kernels = context.kernels
    var output = try context.makeTensor([query.shape[0], query.shape[1], value.shape[2]])
    try withPointer(key) { keys in
        try withPointer(value) { values in
            try withPointers(query, &output) { queries, target in
                try context.runThrowing(work.taskCount) { task in
                    try work.run(task, queries, keys, values, target, kernels, context)
                }
            }
        }
    }
    return output
}

/// The sizes of one attention call; a task is one tile of queries of one head of one image.
private struct AttentionWork: Sendable {
    private let heads: Int
    private let keyCount: Int
    private let keyWidth: Int
    private let valueWidth: Int
    private let mask: AttentionMask
    private let queryTiles: Pieces
    private let keyTiles: Pieces
    private let images: Int

    /// Queries of a tile, keys of a tile: the scores of one are 256 KB.
    private static let queryTileLength = 128
    private static let keyTileLength = 512

    init(query: Shape, key: Shape, value: Shape, heads: Int, mask: AttentionMask) {
        ensure(
            query.rank == 3 && key.rank == 3 && value.rank == 3 && query[2] == key[2] && key[1] == value[1]
                && query[2] % heads == 0 && value[2] % heads == 0,
            "attention of \(query), \(key), \(value) in \(heads) heads")
        self.heads = heads
        self.mask = mask
        images = query[0]
        keyCount = key[1]
        keyWidth = query[2] / heads
        valueWidth = value[2] / heads
        queryTiles = Pieces(of: query[1], atMost: Self.queryTileLength)
        keyTiles = Pieces(of: key[1], atMost: Self.keyTileLength)
    }

    var taskCount: Int { images * heads * queryTiles.count }

    func run(
        _ task: Int, _ queries: SharedConstPointer<Float>, _ keys: SharedConstPointer<Float>,
        _ values: SharedConstPointer<Float>, _ target: SharedPointer<Float>, _ kernels: KernelTable,
        _ context: ComputeContext
    ) throws {
        let (pair, tile) = task.quotientAndRemainder(dividingBy: queryTiles.count)
        let (image, head) = pair.quotientAndRemainder(dividingBy: heads)
        let rows = queryTiles[tile]
        let firstRow = image * queryTiles.itemCount + rows.lowerBound
        let (keyStride, valueStride) = (heads * keyWidth, heads * valueWidth)
        let query = queries + (firstRow * keyStride + head * keyWidth)
        let out = target + (firstRow * valueStride + head * valueWidth)
        var running = RunningSoftmax(rowCount: rows.count, scale: 1 / Float(keyWidth).squareRoot())
        var scores = try context.makeTensor([rows.count, keyTiles.pieceLength])
        scores.withUnsafeMutableScalars { buffer in
            guard let scores = buffer.baseAddress else { return }
            for columns in visibleKeys(rows) {
                let firstKey = image * keyCount + columns.lowerBound
                BLAS.product(
                    query, stride: keyStride, keys + (firstKey * keyStride + head * keyWidth), .transposed,
                    stride: keyStride, rows: rows.count, columns: columns.count, inner: keyWidth, accumulate: false,
                    into: scores, stride: columns.count)
                hideLaterKeys(scores, rows, columns)
                running.update(scores, columns.count, out, valueWidth, valueStride, kernels)
                BLAS.product(
                    scores, stride: columns.count, values + (firstKey * valueStride + head * valueWidth), .rowMajor,
                    stride: valueStride, rows: rows.count, columns: valueWidth, inner: columns.count,
                    accumulate: columns.lowerBound > 0, into: out, stride: valueStride)
            }
        }
        running.finish(out, valueWidth, valueStride, kernels)
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
