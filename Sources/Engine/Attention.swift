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
///   - memory: keys and values of as many images.
///   - mask: causal over memories in `float32` only.
/// - Returns: `[images, queries, heads × e]`.
/// - Throws: in `fixed16` `NonFiniteValueError` where a query is not finite; `MemoryError`, `CancellationError`.
package func attention(
    query: Tensor, over memory: AttentionMemory, mask: AttentionMask = .none, in context: ComputeContext
) throws -> Tensor {
    let work = AttentionWork(query: query.shape, memory, mask)
    var output = try context.makeTensor([query.shape[0], query.shape[1], memory.heads * memory.valueWidth])
    try context.measured(work.call(query.shape)) {
        try withPointers(query, &output) { queries, target in
            try context.runThrowing(work.taskCount) { task in try work.run(task, queries, target, context) }
        }
    }
    return output
}

/// Attention over keys and values that are used once; a causal one is computed in Float32.
/// - Parameters:
///   - key: `[images, keys, heads × d]`.
///   - value: `[images, keys, heads × e]`.
package func attention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, mask: AttentionMask = .none,
    arithmetic: ProductArithmetic = .float32, in context: ComputeContext
) throws -> Tensor {
    let memory = try AttentionMemory(
        keys: key, values: value, heads: heads, arithmetic: mask == .none ? arithmetic : .float32, in: context)
    return try attention(query: query, over: memory, mask: mask, in: context)
}

/// Some queries of one head of one image, and where their results go.
struct AttentionTile {
    let head: Int
    /// Their places among the image's queries.
    let rows: Range<Int>
    let queries: UnsafePointer<Float>
    let queryStride: Int
    let out: UnsafeMutablePointer<Float>
    let outStride: Int
}

/// One attention call cut into tiles by its own size, never by the number of images or threads.
private struct AttentionWork: Sendable {
    private let memory: AttentionMemory
    private let mask: AttentionMask
    private let queryTiles: Pieces

    init(query: Shape, _ memory: AttentionMemory, _ mask: AttentionMask) {
        ensure(
            query.rank == 3 && query[0] == memory.images.count && query[2] == memory.heads * memory.keyWidth,
            "attention of \(query) in \(memory.heads) heads of \(memory.keyWidth) over \(memory.images.count) images")
        self.memory = memory
        self.mask = mask
        queryTiles =
            switch memory.arithmetic {
            case .float32: Pieces(of: query[1], atMost: Float32Attention.queryTileLength)
            case .fixed16, .int8:
                Pieces(of: query[1], atMost: FixedAttention.queryTileLength, multiple: FixedAttention.step)
            }
    }

    var taskCount: Int { memory.images.count * memory.heads * queryTiles.count }

    /// For profiles.
    func call(_ query: Shape) -> LayerCall {
        let keyCount = memory.images.first?.keyCount ?? 0
        let products = query[0] * query[1] * keyCount * memory.heads * (memory.keyWidth + memory.valueWidth)
        return LayerCall(
            name: "", kind: "attention", plan: "\(memory.arithmetic)",
            shape: "\(keyCount) keys to \(query), \(memory.heads) heads", operations: 2 * Double(products))
    }

    func run(
        _ task: Int, _ queries: SharedConstPointer<Float>, _ target: SharedPointer<Float>, _ context: ComputeContext
    ) throws {
        // The heads of one tile follow one another: their queries and results share cache lines.
        let (pair, head) = task.quotientAndRemainder(dividingBy: memory.heads)
        let (image, index) = pair.quotientAndRemainder(dividingBy: queryTiles.count)
        let rows = queryTiles[index], firstRow = image * queryTiles.itemCount + rows.lowerBound
        let (queryStride, outStride) = (memory.heads * memory.keyWidth, memory.heads * memory.valueWidth)
        let tile = AttentionTile(
            head: head, rows: rows, queries: queries + (firstRow * queryStride + head * memory.keyWidth),
            queryStride: queryStride, out: target + (firstRow * outStride + head * memory.valueWidth),
            outStride: outStride)
        switch memory.images[image] {
        case .float32(let keys, let values, let index):
            try Float32Attention(keys: keys.shape, values: values.shape, heads: memory.heads, mask: mask)
                .run(tile, keys, values, image: index, context)
        case .fixed16(let packed, let index):
            ensure(mask == .none, "a causal attention in fixed point")
            try FixedAttention(width: memory.keyWidth, valueWidth: memory.valueWidth)
                .run(tile, packed, image: index, context)
        }
    }
}
