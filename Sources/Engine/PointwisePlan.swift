import DiffusionTensors

/// A 1×1 convolution: one product of the pixels with the weights.
struct PointwisePlan: ConvolutionPlan {
    let method = ConvolutionMethod.pointwise
    private let matrix: any PackedMatrix

    init(
        _ descriptor: Convolution2DDescriptor, _ weight: Parameter, _ arithmetic: ProductArithmetic,
        for path: InstructionPath
    ) throws {
        matrix = try arithmetic.packed(
            MatrixParameter(weight, outputCount: descriptor.outputChannels, inputCount: descriptor.inputChannels),
            for: path)
    }

    /// The pixels of a chunk are all prepared before the first of their outputs is written.
    var writesBehindReading: Bool { matrix.arithmetic.rowFormat.hasIndependentRows }

    func run(_ call: ConvolutionCall) throws {
        if writesBehindReading { return try runPrepared(call) }
        let panels = ProductPanels(rows: call.pixelCount, by: matrix)
        try call.context.runThrowing(call.imageCount * panels.count) { task in
            let (image, index) = task.quotientAndRemainder(dividingBy: panels.count)
            let rows = panels[index].rows
            try call.context.withFloats(rows.count * matrix.inputCount) { scratch in
                let pixels = call.reader.pixels(rows, image: image, scratch, call.context.kernels)
                try matrix.withPrepared(
                    pixels, stride: matrix.inputCount, rowCount: rows.count, inputs: 0..<matrix.inputCount,
                    in: call.context
                ) { multiply($0, panels[index], image: image, call) }
            }
        }
    }

    private func runPrepared(_ call: ConvolutionCall) throws {
        let chunks = call.chunks(inputCount: matrix.inputCount)
        for pixels in (0..<chunks.count).map({ chunks[$0] }) {
            let rows = try PreparedTensor(call.reader, pixels: pixels, for: matrix.arithmetic, in: call.context)
            try call.multiply(rows, pixels: pixels, by: matrix)
        }
    }

    private func multiply(
        _ rows: PreparedRows, _ panel: (rows: Range<Int>, outputs: Range<Int>), image: Int, _ call: ConvolutionCall
    ) {
        let stride = matrix.outputCount
        let offset = image * call.outputLength + panel.rows.lowerBound * stride + panel.outputs.lowerBound
        withPointer(call.bias(ofImage: image), at: panel.outputs.lowerBound) { bias in
            let addends = ProductAddends(
                bias: bias, matrix: call.residual.map { $0 + offset }, matrixStride: stride)
            matrix.multiply(
                rows, outputs: panel.outputs, adding: addends, into: call.target + offset, stride: stride,
                call.context.kernels)
        }
    }
}
