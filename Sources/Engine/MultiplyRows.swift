import DiffusionTensors

/// output[r, o] = Σ_i input[r, i] · weight[o, i] + bias[o], cut into the panels of one image.
/// - Parameters:
///   - input: `images` × `rows` × inputs elements.
///   - output: `images` × `rows` × outputs elements.
func multiplyRows(
    _ input: Tensor, images: Int, rows: Int, by matrix: any PackedMatrix, bias: [Float]?, into output: inout Tensor,
    _ context: ComputeContext
) throws {
    let panels = ProductPanels(rows: rows, outputs: matrix.outputCount)
    let (inputCount, outputCount, kernels) = (matrix.inputCount, matrix.outputCount, context.kernels)
    try withPointers(input, &output) { source, target in
        try context.run(images * panels.count) { task in
            let panel = panels[task % panels.count]
            let row = task / panels.count * rows + panel.rows.lowerBound
            let out = target + (row * outputCount + panel.outputs.lowerBound)
            matrix.multiply(
                source + row * inputCount, stride: inputCount, rowCount: panel.rows.count, inputs: 0..<inputCount,
                outputs: panel.outputs, accumulate: false, into: out, stride: outputCount)
            if let bias { kernels.addRowBias(out, rows: panel.rows.count, stride: outputCount, bias, panel.outputs) }
        }
    }
}
