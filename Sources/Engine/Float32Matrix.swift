import DiffusionBasics
import DiffusionTensors

/// Float32 weights `[outputs, inputs]`, multiplied by OpenBLAS.
struct Float32Matrix: PackedMatrix {
    let outputCount: Int
    let inputCount: Int
    var arithmetic: ProductArithmetic { .float32 }
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

    func multiply(
        _ rows: PreparedRows, outputs: Range<Int>, adding addends: ProductAddends,
        into out: UnsafeMutablePointer<Float>,
        stride outStride: Int, _ kernels: KernelTable
    ) {
        let accumulates = addends.matrix.map { $0 == UnsafePointer(out) } ?? false
        weights.withUnsafeScalars { scalars in
            guard let base = scalars.baseAddress else { return }
            BLAS.product(
                rows.values.assumingMemoryBound(to: Float.self), stride: rows.byteStride / 4,
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

/// Rows are multiplied as they are; what is not finite shows in the result.
struct Float32Rows: RowFormat {
    /// OpenBLAS treats the last rows of a panel in other ways than those before.
    var hasIndependentRows: Bool { false }
    /// Enough that OpenBLAS's packing of the weights is a small share.
    var longestPanel: Int { 512 }

    func byteCount(inputs: Int) -> Int? { nil }

    func prepare(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Int, values: UnsafeMutableRawPointer,
        scales: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) { reportBug("rows of floats are not prepared") }
}
