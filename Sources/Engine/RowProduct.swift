import DiffusionBasics
import DiffusionTensors

/// One product of many rows with a matrix, cut into panels for the workers.
struct RowProduct {
    let matrix: any PackedMatrix
    var bias: [Float]?
    /// Into which the rows fall in equal parts, where it matters which rows are multiplied beside each other.
    var images = 1

    /// target[r, o] = Σ_i rows[r, i] · weight[o, i] + bias[o] + residual[r, o].
    /// - Parameters:
    ///   - range: of the rows; target and residual begin with the first of them.
    ///   - residual: may be the target.
    func run(
        _ rows: PreparedTensor, _ range: Range<Int>, residual: SharedConstPointer<Float>? = nil,
        into target: SharedPointer<Float>, _ context: ComputeContext
    ) throws {
        let images = matrix.arithmetic.rowFormat.hasIndependentRows ? 1 : max(1, images)
        let panels = ProductPanels(rows: range.count / images, by: matrix)
        let (outputCount, bias, matrix) = (matrix.outputCount, bias, matrix)
        try rows.withRows { reader in
            try context.run(images * panels.count) { task in
                let panel = panels[task % panels.count]
                let first = task / panels.count * panels.rowCount + panel.rows.lowerBound
                let offset = first * outputCount + panel.outputs.lowerBound
                let start = range.lowerBound + first
                withPointer(bias, at: panel.outputs.lowerBound) { bias in
                    matrix.multiply(
                        reader[start..<start + panel.rows.count], outputs: panel.outputs,
                        adding: ProductAddends(
                            bias: bias, matrix: residual.map { $0 + offset }, matrixStride: outputCount),
                        into: target + offset, stride: outputCount, context.kernels)
                }
            }
        }
    }
}

extension PackedMatrix {
    /// A product of that many rows, for profiles.
    func call(_ kind: String, rowCount: Int) -> LayerCall {
        let weightCount = inputCount * outputCount
        return LayerCall(
            name: "", kind: kind, plan: "\(arithmetic)", shape: "\(inputCount) to \(rowCount)×\(outputCount)",
            operations: 2 * Double(rowCount * weightCount), byteCount: arithmetic.bytesPerWeight * weightCount)
    }
}

/// A pointer to element `index` of an array that may not be there.
func withPointer<Result>(
    _ scalars: [Float]?, at index: Int, _ body: (UnsafePointer<Float>?) throws -> Result
) rethrows -> Result {
    guard let scalars else { return try body(nil) }
    return try scalars.withUnsafeBufferPointer { try body($0.baseAddress.map { $0 + index }) }
}
