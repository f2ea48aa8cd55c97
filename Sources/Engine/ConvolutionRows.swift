import DiffusionBasics
import DiffusionTensors

extension ConvolutionCall {
    /// Output pixels of all images, counted through, whose prepared rows of that many numbers are made and used together:
    /// a few megabytes, and panels enough to share among threads.
    func chunks(inputCount: Int) -> Pieces {
        Pieces(of: imageCount * pixelCount, atMost: max(96, (1 << 22) / inputCount), multiple: 96)
    }

    /// Neighbouring output pixels of all images, counted through: their part of the output from rows that are prepared.
    /// - Parameter rows: one per pixel of `range`.
    func multiply(_ rows: PreparedTensor, pixels range: Range<Int>, by matrix: any PackedMatrix) throws {
        for part in partsOfOneBias(range) {
            let offset = part.pixels.lowerBound * matrix.outputCount
            let first = part.pixels.lowerBound - range.lowerBound
            try RowProduct(matrix: matrix, bias: part.bias).run(
                rows, first..<first + part.pixels.count,
                residual: residual.map { residual in
                    SharedConstPointer(pointer: residual + offset)
                }, into: SharedPointer(pointer: target + offset), context)
        }
    }

    /// The images' own pieces of a range, or all of it where one bias serves: weights are then read once for all images.
    private func partsOfOneBias(_ range: Range<Int>) -> [(pixels: Range<Int>, bias: [Float]?)] {
        guard biases.contains(where: { $0 != biases[0] }) else { return [(range, bias(ofImage: 0))] }
        return (0..<imageCount).compactMap { image in
            let own = (image * pixelCount..<(image + 1) * pixelCount).clamped(to: range)
            return own.isEmpty ? nil : (own, bias(ofImage: image))
        }
    }
}

extension PreparedTensor {
    /// The pixels of feature maps, normalised, activated and resized on the way: `[images, height, width, channels]`.
    package init(_ input: ConvolutionInput, for arithmetic: ProductArithmetic, in context: ComputeContext) throws {
        guard arithmetic.rowFormat.byteCount(inputs: input.channelCount) != nil else {
            try self.init(input.tensor(in: context), for: arithmetic, in: context)
            return
        }
        let pixelCount = input.imageCount * input.height * input.width
        let rows = try PreparedTensor(
            PixelReader(input), pixels: 0..<pixelCount, for: arithmetic, in: context)
        self = rows.reshaped(to: input.shape)
        withExtendedLifetime(input) {}
    }

    /// A range of the pixels of all images, counted through: `[pixels, channels]`. Only for arithmetics that prepare rows.
    init(
        _ reader: PixelReader, pixels range: Range<Int>, for arithmetic: ProductArithmetic, in context: ComputeContext
    ) throws {
        try self.init([range.count, reader.channelCount], for: arithmetic, in: context) { writer in
            let blocks = writer.blocks
            try context.runThrowing(blocks.count) { index in
                try context.withFloats(blocks[index].count * reader.channelCount) { scratch in
                    try writer.write(
                        blocks[index], pixelsPerImage: reader.height * reader.width, from: range.lowerBound
                    ) { pixels, image in
                        reader.pixels(pixels, image: image, scratch, context.kernels)
                    }
                }
            }
        }
    }
}

extension PreparedRowWriter {
    /// Prepares a block of pixels that may lie in several images.
    /// - Parameter floats: the rows of neighbouring pixels of one image, densely.
    func write(
        _ block: Range<Int>, pixelsPerImage: Int, from first: Int = 0,
        _ floats: (_ pixels: Range<Int>, _ image: Int) -> UnsafePointer<Float>
    ) throws {
        var row = block.lowerBound
        while row < block.upperBound {
            let (image, pixel) = (first + row).quotientAndRemainder(dividingBy: pixelsPerImage)
            let count = min(block.upperBound - row, pixelsPerImage - pixel)
            try write(floats(pixel..<pixel + count, image), stride: width, at: row..<row + count)
            row += count
        }
    }
}

extension PixelReader {
    /// Neighbouring pixels of one image, counted line by line: where they lie, or written to `scratch`.
    func pixels(
        _ range: Range<Int>, image: Int, _ scratch: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) -> UnsafePointer<Float> {
        if isPlain { return picture(image: image).base + range.lowerBound * channelCount }
        var pixel = range.lowerBound
        while pixel < range.upperBound {
            let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
            let columns = x..<min(width, x + range.upperBound - pixel)
            fill(
                scratch + (pixel - range.lowerBound) * channelCount, line: y, columns: columns, image: image, kernels)
            pixel += columns.count
        }
        return UnsafePointer(scratch)
    }
}
