import DiffusionBasics
import DiffusionTensors

/// Nearest-neighbour resizing to any size (`torch.nn.functional.interpolate(mode="nearest")`), NHWC.
package func upsampleNearest(
    _ input: Tensor, height: Int, width: Int, in context: ComputeContext
) throws -> Tensor {
    let (images, channels) = (input.shape[0], input.shape[3])
    ensure(input.shape[1] > 0 && input.shape[2] > 0, "up-sampling of \(input.shape)")
    let rows = sourceIndices(from: input.shape[1], to: height)
    let columns = sourceIndices(from: input.shape[2], to: width)
    let (rowLength, inputWidth, inputHeight) = (width * channels, input.shape[2], input.shape[1])
    var output = try context.makeTensor([images, height, width, channels])
    try withPointers(input, &output) { source, target in
        try context.run(images * height) { task in
            let (image, y) = task.quotientAndRemainder(dividingBy: height)
            let line = source + (image * inputHeight + rows[y]) * inputWidth * channels
            var out = target + task * rowLength
            for x in columns {
                out.update(from: line + x * channels, count: channels)
                out += channels
            }
        }
    }
    return output
}

/// The input index of every output index; PyTorch multiplies in Float, which decides ties at odd ratios.
func sourceIndices(from input: Int, to output: Int) -> [Int] {
    let scale = Float(input) / Float(max(1, output))
    return (0..<output).map { min(Int(Float($0) * scale), input - 1) }
}
