import CDiffusionKernels
import DiffusionTensors

/// One tile of attention in 16-bit fixed point (`DiffusionAttention.h`); its results do not depend on the tile's length.
struct FixedAttention {
    /// Of one head.
    let width: Int
    let valueWidth: Int

    /// Queries that share a pass over keys and values; their sums stay in the second-level cache.
    static let queryTileLength = 192
    /// Queries that the widest kernels take at a time, six or sixteen.
    static let step = 48

    /// - Throws: `NonFiniteValueError`, `MemoryError`.
    func run(_ tile: AttentionTile, _ memory: FixedAttentionMemory, image: Int, _ context: ComputeContext) throws {
        let count = tile.rows.count, rowLength = dk_fixed_row_length(width)
        let queryBytes = (2 * count * rowLength + 63) / 64 * 64
        let floatCount = count + dk_attention_scratch_count(count, valueWidth)
        try context.withWorkspace(byteCount: queryBytes + 4 * floatCount) { workspace in
            let queries = workspace.bindMemory(to: Int16.self, capacity: count * rowLength)
            let scales = (workspace + queryBytes).bindMemory(to: Float.self, capacity: floatCount)
            let finite = context.kernels.attention.pointee.quantise_queries(
                queries, rowLength, scales, 1, tile.queries, count, tile.queryStride, width)
            guard finite == count else { throw NonFiniteValueError() }
            memory.withHead(image: image, head: tile.head) { head in
                context.kernels.attention.pointee.attend(
                    tile.out, tile.outStride, queries, rowLength, scales, count, scoreScale, head, scales + count)
            }
        }
    }

    /// log2(e) / √d: the softmax is then one of powers of two.
    private var scoreScale: Float { Float(1.4426950408889634 / Double(width).squareRoot()) }
}
