import DiffusionBasics
import DiffusionTensors

/// A convolution as products of gathered pixels whose rows are prepared once for all outputs, a chunk of pixels at a time:
/// for arithmetics whose rows are independent, so that chunks may reach over images.
struct PreparedIm2Col {
    private let call: ConvolutionCall
    private let matrix: any PackedMatrix
    private let gather: Im2ColGather
    private let imageLength: Int

    /// - Parameter input: `[images, height, width, channels]`.
    init(_ call: ConvolutionCall, input: Shape, by matrix: any PackedMatrix) {
        (self.call, self.matrix) = (call, matrix)
        gather = Im2ColGather(
            call.descriptor, inputHeight: input[1], inputWidth: input[2], outputWidth: call.outputShape[2])
        imageLength = input[1] * input[2] * input[3]
    }

    func run(from source: SharedConstPointer<Float>) throws {
        let chunks = call.chunks(inputCount: matrix.inputCount)
        for index in 0..<chunks.count {
            let rows = try prepared(chunks[index], from: source)
            try call.multiply(rows, pixels: chunks[index], by: matrix)
        }
    }

    /// The rows of output pixels `chunk`, counted through all images.
    private func prepared(_ chunk: Range<Int>, from source: SharedConstPointer<Float>) throws -> PreparedTensor {
        let (columns, context) = (matrix.inputCount, call.context)
        return try PreparedTensor([chunk.count, columns], for: matrix.arithmetic, in: context) { writer in
            let blocks = writer.blocks
            try context.runThrowing(blocks.count) { index in
                try context.withFloats(blocks[index].count * columns) { scratch in
                    try writer.write(
                        blocks[index], pixelsPerImage: call.pixelCount, from: chunk.lowerBound
                    ) { pixels, image in
                        gather.fill(
                            scratch, stride: columns, rows: pixels, columns: 0..<columns, group: 0,
                            from: source + image * imageLength)
                        return UnsafePointer(scratch)
                    }
                }
            }
        }
    }
}
