import DiffusionTensors

/// Float32 weights `[outputs, inputs]`, multiplied by OpenBLAS.
struct Float32Matrix: PackedMatrix {
    let outputCount: Int
    let inputCount: Int
    var inputStep: Int { 16 }
    var outputStep: Int { 16 }
    private let weights: Tensor

    init(_ weight: MatrixParameter) throws {
        outputCount = weight.outputCount
        inputCount = weight.inputCount
        var weights = try Tensor(uninitialized: [outputCount, inputCount], pool: nil)
        let pieces = Pieces(of: outputCount, length: Self.readLength / max(1, inputCount))
        try weights.withUnsafeMutableScalars { target in
            for rows in (0..<pieces.count).map({ pieces[$0] }) {
                let part = rows.lowerBound * weight.inputCount..<rows.upperBound * weight.inputCount
                try weight.readRows(rows, into: UnsafeMutableBufferPointer(rebasing: target[part]))
            }
        }
        self.weights = weights
    }

    /// Floats read at a time: a megabyte, so that reordering needs no second copy of the whole.
    private static let readLength = 1 << 18

    /// The rows are what they are: nothing is made of them, and what is not finite shows in the result.
    func withPrepared(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Range<Int>, in context: ComputeContext,
        _ body: (PreparedRows) throws -> Void
    ) throws {
        try body(PreparedRows(rowCount: rowCount, inputs: inputs, values: rows, stride: stride))
    }

    func multiply(
        _ rows: PreparedRows, outputs: Range<Int>, adding addends: ProductAddends,
        into out: UnsafeMutablePointer<Float>,
        stride outStride: Int, _ kernels: KernelTable
    ) {
        let accumulates = addends.matrix.map { $0 == UnsafePointer(out) } ?? false
        weights.withUnsafeScalars { scalars in
            guard let base = scalars.baseAddress else { return }
            BLAS.product(
                rows.values.assumingMemoryBound(to: Float.self), stride: rows.stride,
                base + outputs.lowerBound * inputCount + rows.inputs.lowerBound, .transposed, stride: inputCount,
                rows: rows.rowCount, columns: outputs.count, inner: rows.inputs.count, accumulate: accumulates,
                into: out, stride: outStride)
        }
        if let bias = addends.bias {
            kernels.functions.pointee.add_row_bias(out, rows.rowCount, outStride, bias, outputs.count)
        }
        guard let matrix = addends.matrix, !accumulates else { return }
        for row in 0..<rows.rowCount {
            let line = out + row * outStride
            kernels.functions.pointee.add(line, line, matrix + row * addends.matrixStride, outputs.count)
        }
    }
}
