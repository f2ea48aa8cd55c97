import DiffusionBasics
import DiffusionTensors

/// x + W₂·(h · gelu(g)) with (h, g) = W₁·norm(x): a transformer block's gated feed-forward behind its norm and beside its
/// residual (Shazeer 2020; diffusers `FeedForward` with `GEGLU`).
package struct FeedForward: Sendable {
    private let norm: LayerNorm
    private let projection: Linear
    private let output: Linear

    /// - Parameters:
    ///   - norm: the scope of the norm before it.
    ///   - scope: diffusers' `ff`: `net.0.proj` of 2 × `inner` outputs, `net.2`.
    package init(norm: WeightScope, _ scope: WeightScope, width: Int, inner: Int) {
        self.norm = LayerNorm(norm, width: width)
        projection = Linear(scope["net"][0]["proj"], inputs: width, outputs: 2 * inner)
        output = Linear(scope["net"][2], inputs: inner, outputs: width)
    }

    /// - Parameter tokens: `[images, tokens, width]`; passed on by its last holder, its memory is the result's.
    package func callAsFunction(_ tokens: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        let gated = try gated(norm.prepared(tokens, for: projection.arithmetic, in: context), in: context)
        return try output(gated, adding: consume tokens, in: context)
    }

    private func gated(_ rows: PreparedTensor, in context: ComputeContext) throws -> PreparedTensor {
        let work = GatedProduct(try projection.product(on: rows), rowCount: rows.rowCount)
        // Rows are independent there, so that the choice decides on nothing but the time.
        guard let work, work.blocks.count >= 2 * context.workers.threadCount else {
            return try PreparedTensor(
                geglu(try projection(rows, in: context), in: context), for: output.arithmetic, in: context)
        }
        let shape = Shape(rows.shape.dimensions.dropLast() + [work.width])
        let matrix = try projection.product(on: rows).matrix
        return try context.measured(matrix.call("linear with GEGLU", rowCount: rows.rowCount)) {
            try PreparedTensor(shape, for: output.arithmetic, in: context) { writer in
                try rows.withRows { reader in
                    try context.runThrowing(work.blocks.count) { try work.run($0, reader, writer, context) }
                }
            }
        }
    }
}

/// A product and GEGLU, block by block of rows: neither the two halves nor what comes of them is ever whole in memory.
struct GatedProduct: Sendable {
    let blocks: Pieces
    /// Of the result.
    let width: Int
    private let matrix: any PackedMatrix
    private let bias: [Float]?
    private let strips: Pieces

    /// Floats of a block's result, which shares the second-level cache with a strip's halves; rows of a block are what the
    /// widest kernels take at a time or more, as all weights are fetched for each block.
    private static let blockLength = 5 << 16
    private static let rowStep = 64
    private static let stripWidth = 256

    static func blocks(rowCount: Int, width: Int) -> Pieces {
        let steps = max(1, blockLength / max(1, width) / rowStep)
        return Pieces(of: rowCount, atMost: steps * rowStep, multiple: rowStep)
    }

    /// Bytes that one thread takes for its block.
    static func workspace(rowCount: Int, width: Int) -> Int {
        4 * blocks(rowCount: rowCount, width: width).pieceLength * (width + 2 * min(width, stripWidth))
    }

    /// nil where the product cannot be cut so: its arithmetic wants all rows at once, or the halves end within a panel.
    init?(_ product: RowProduct, rowCount: Int) {
        matrix = product.matrix
        bias = product.bias
        width = matrix.outputCount / 2
        blocks = Self.blocks(rowCount: rowCount, width: width)
        strips = Pieces(of: width, atMost: Self.stripWidth, multiple: matrix.outputStep)
        guard matrix.arithmetic.rowFormat.hasIndependentRows, width % matrix.outputStep == 0 else { return nil }
    }

    func run(
        _ index: Int, _ reader: PreparedRowReader, _ writer: PreparedRowWriter, _ context: ComputeContext
    ) throws {
        let rows = blocks[index]
        let halves = rows.count * 2 * strips.pieceLength
        try context.withFloats(halves + rows.count * width) { memory in
            let result = memory + halves
            for strip in (0..<strips.count).map({ strips[$0] }) {
                multiply(reader[rows], strip, into: memory, context.kernels)
                gate(memory, strip, rowCount: rows.count, into: result, context.kernels)
            }
            try writer.write(result, stride: width, at: rows)
        }
    }

    /// The hidden half and the gates of a strip, beside each other in each row.
    private func multiply(
        _ rows: PreparedRows, _ strip: Range<Int>, into halves: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) {
        for half in 0..<2 {
            let first = strip.lowerBound + half * width
            withPointer(bias, at: first) { bias in
                matrix.multiply(
                    rows, outputs: first..<first + strip.count, adding: ProductAddends(bias: bias),
                    into: halves + half * strip.count, stride: 2 * strip.count, kernels)
            }
        }
    }

    private func gate(
        _ halves: UnsafePointer<Float>, _ strip: Range<Int>, rowCount: Int,
        into result: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) {
        for row in 0..<rowCount {
            kernels.functions.pointee.geglu(
                result + row * width + strip.lowerBound, halves + row * 2 * strip.count, 1, strip.count)
        }
    }
}
