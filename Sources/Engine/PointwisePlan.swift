import DiffusionTensors

/// A 1×1 convolution: one product of the pixels with the weights.
struct PointwisePlan: ConvolutionPlan {
    static let method = ConvolutionMethod.pointwise
    private let matrix: any PackedMatrix

    init(_ descriptor: Convolution2DDescriptor, _ weight: Parameter, _ arithmetic: ProductArithmetic) throws {
        matrix = try arithmetic.packed(
            MatrixParameter(weight, outputCount: descriptor.outputChannels, inputCount: descriptor.inputChannels))
    }

    func run(_ call: ConvolutionCall) throws {
        let panels = ProductPanels(rows: call.pixelCount, by: matrix, wantedCount: 8)
        try call.context.runThrowing(call.imageCount * panels.count) { task in
            let (image, index) = task.quotientAndRemainder(dividingBy: panels.count)
            try call.reader.withPixels(panels[index].rows, image: image, in: call.context) { pixels in
                try matrix.withPrepared(
                    pixels, stride: matrix.inputCount, rowCount: panels[index].rows.count,
                    inputs: 0..<matrix.inputCount, in: call.context
                ) { multiply($0, panels[index], image: image, call) }
            }
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

extension PixelReader {
    /// Neighbouring pixels of one image, counted line by line.
    fileprivate func withPixels(
        _ range: Range<Int>, image: Int, in context: ComputeContext, _ body: (UnsafePointer<Float>) throws -> Void
    ) throws {
        if isPlain { return try body(picture(image: image).base + range.lowerBound * channelCount) }
        try context.withFloats(range.count * channelCount) { out in
            var pixel = range.lowerBound
            while pixel < range.upperBound {
                let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
                let columns = x..<min(width, x + range.upperBound - pixel)
                fill(
                    out + (pixel - range.lowerBound) * channelCount, line: y, columns: columns, image: image,
                    context.kernels)
                pixel += columns.count
            }
            try body(out)
        }
    }
}
