import DiffusionTensors

/// output[r, o] = Σ_i input[r, i] · weight[o, i] + bias[o], cut into the panels of one image.
/// - Parameters:
///   - input: `images` × `rows` × inputs elements.
///   - output: `images` × `rows` × outputs elements.
func multiplyRows(
    _ input: Tensor, images: Int, rows: Int, by matrix: any PackedMatrix, bias: [Float]?, into output: inout Tensor,
    _ context: ComputeContext
) throws {
    let panels = ProductPanels(rows: rows, outputs: matrix.outputCount, outputStep: matrix.outputStep)
    let (inputCount, outputCount) = (matrix.inputCount, matrix.outputCount)
    try withPointers(input, &output) { source, target in
        try context.runThrowing(images * panels.count) { task in
            let panel = panels[task % panels.count]
            let row = task / panels.count * rows + panel.rows.lowerBound
            let out = target + (row * outputCount + panel.outputs.lowerBound)
            try matrix.withPrepared(
                source + row * inputCount, stride: inputCount, rowCount: panel.rows.count, inputs: 0..<inputCount,
                in: context
            ) { prepared in
                withPointer(bias, at: panel.outputs.lowerBound) { bias in
                    matrix.multiply(
                        prepared, outputs: panel.outputs, adding: ProductAddends(bias: bias), into: out,
                        stride: outputCount, context.kernels)
                }
            }
        }
    }
}

/// A pointer to element `index` of an array that may not be there.
func withPointer<Result>(
    _ scalars: [Float]?, at index: Int, _ body: (UnsafePointer<Float>?) throws -> Result
) rethrows -> Result {
    guard let scalars else { return try body(nil) }
    return try scalars.withUnsafeBufferPointer { try body($0.baseAddress.map { $0 + index }) }
}
