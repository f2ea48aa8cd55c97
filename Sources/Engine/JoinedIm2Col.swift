import DiffusionBasics
import DiffusionTensors

/// A convolution as products of gathered pixels, for arithmetics whose prepared pixels can be laid beside each other: every
/// pixel is prepared once, not once for every kernel position that sees it, and rows are gathered in their short form.
struct JoinedIm2Col {
    private let call: ConvolutionCall
    private let matrix: any PackedMatrix
    private let gather: Im2ColGather
    private let format: any RowFormat

    /// nil where the arithmetic cannot join rows of the input's channels.
    init?(_ call: ConvolutionCall, by matrix: any PackedMatrix) {
        (self.call, self.matrix, format) = (call, matrix, matrix.arithmetic.rowFormat)
        let reader = call.reader
        gather = Im2ColGather(
            call.descriptor, inputHeight: reader.height, inputWidth: reader.width, outputWidth: call.outputShape[2])
        guard call.descriptor.groups == 1, format.canJoin(inputs: reader.channelCount) else { return nil }
    }

    func run() throws {
        let pixelCount = call.imageCount * call.reader.height * call.reader.width
        let pixels = try PreparedTensor(
            call.reader, pixels: 0..<pixelCount, for: matrix.arithmetic, in: call.context)
        let chunks = call.chunks(inputCount: matrix.inputCount)
        for index in 0..<chunks.count {
            try call.multiply(joined(chunks[index], from: pixels), pixels: chunks[index], by: matrix)
        }
    }

    /// The rows of output pixels `chunk`, counted through all images.
    private func joined(_ chunk: Range<Int>, from pixels: PreparedTensor) throws -> PreparedTensor {
        let (shape, arithmetic): (Shape, ProductArithmetic) = ([chunk.count, matrix.inputCount], matrix.arithmetic)
        return try PreparedTensor(shape, for: arithmetic, in: call.context) { writer in
            try pixels.withRows { reader in
                let blocks = writer.blocks
                try call.context.run(blocks.count) { index in
                    for row in blocks[index] { join(row, at: chunk.lowerBound + row, reader, writer) }
                }
            }
        }
    }

    /// One row from the pixels around output pixel `place`.
    private func join(_ row: Int, at place: Int, _ reader: PreparedRowReader, _ writer: PreparedRowWriter) {
        let (image, pixel) = place.quotientAndRemainder(dividingBy: call.pixelCount)
        let first = image * call.reader.height * call.reader.width
        let positions = call.descriptor.kernelPositions
        for position in 0..<positions {
            let source = gather.inputPixel(of: pixel, position: position)
            format.join(
                source.map { reader[first + $0..<first + $0 + 1].values }, inputs: call.reader.channelCount,
                at: position, of: positions, into: writer.row(row))
        }
    }
}
