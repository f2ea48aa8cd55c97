import DiffusionBasics
import DiffusionTensors

/// Any convolution as products of gathered pixels: tiles of the im2col matrix are laid out, multiplied and forgotten.
///
/// A row of that matrix is one output pixel, its columns run over (kernel position, input channel). Tiles are cut by
/// output pixels and by columns so that one stays in cache.
struct Im2ColPlan: ConvolutionPlan {
    private let descriptor: Convolution2DDescriptor
    /// One matrix `[outputs of the group, positions × inputs of the group]` per group.
    private let matrices: [any PackedMatrix]

    init(_ descriptor: Convolution2DDescriptor, _ weight: Parameter, _ arithmetic: ProductArithmetic) throws {
        self.descriptor = descriptor
        let (channels, positions) = (descriptor.inputChannelsPerGroup, descriptor.kernelPositions)
        matrices = try (0..<descriptor.groups).map { group in
            try arithmetic.packed(
                MatrixParameter(
                    weight.rows(of: group, outOf: descriptor.groups),
                    outputCount: descriptor.outputChannelsPerGroup, inputCount: channels * positions
                ) { row, reordered in
                    for position in 0..<positions {
                        for channel in 0..<channels {
                            reordered[position * channels + channel] = row[channel * positions + position]
                        }
                    }
                })
        }
    }

    func run(_ input: Tensor, into output: inout Tensor, bias: [Float]?, _ context: ComputeContext) throws {
        let images = input.shape[0]
        let work = Im2ColWork(
            descriptor, input: input.shape, output: output.shape, by: matrices[0])
        let tasksPerImage = descriptor.groups * work.panels.count
        try withPointers(input, &output) { source, target in
            try context.runThrowing(images * tasksPerImage) { [matrices] task in
                let (image, rest) = task.quotientAndRemainder(dividingBy: tasksPerImage)
                let (group, index) = rest.quotientAndRemainder(dividingBy: work.panels.count)
                try work.runPanel(
                    work.panels[index], group: group, matrix: matrices[group],
                    from: source + image * work.inputLength, into: target + image * work.outputLength,
                    bias: bias, context)
            }
        }
    }
}

extension Parameter {
    /// Part `index` of `count` equal parts along the first axis.
    fileprivate func rows(of index: Int, outOf count: Int) -> Parameter {
        if count == 1 { return self }
        let part = Shape([shape[0] / count] + shape.dimensions.dropFirst())
        let offset = index * part.elementCount
        return Parameter(name: name, shape: part) { range, target in
            try read(range.lowerBound + offset..<range.upperBound + offset, into: target)
        }
    }
}

/// The sizes of one convolution call, and the computation of one of its panels.
private struct Im2ColWork: Sendable {
    let descriptor: Convolution2DDescriptor
    let panels: ProductPanels
    let inputLength: Int
    let outputLength: Int
    private let gather: Im2ColGather

    /// Output pixels in a tile at most.
    private static let longestTile = 256
    /// Floats in a tile: 1 MB, about a core's second-level cache.
    private static let tileLength = 1 << 18

    init(_ descriptor: Convolution2DDescriptor, input: Shape, output: Shape, by matrix: any PackedMatrix) {
        self.descriptor = descriptor
        inputLength = input[1] * input[2] * input[3]
        outputLength = output[1] * output[2] * output[3]
        panels = ProductPanels(
            rows: output[1] * output[2], by: matrix, longestRows: Self.longestTile)
        gather = Im2ColGather(descriptor, inputHeight: input[1], inputWidth: input[2], outputWidth: output[2])
    }

    func runPanel(
        _ panel: (rows: Range<Int>, outputs: Range<Int>), group: Int, matrix: any PackedMatrix,
        from source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, bias: [Float]?,
        _ context: ComputeContext
    ) throws {
        let columns = Pieces(
            of: matrix.inputCount, atMost: Self.tileLength / panel.rows.count, multiple: matrix.inputStep)
        let firstOutput = group * descriptor.outputChannelsPerGroup + panel.outputs.lowerBound
        let out = target + panel.rows.lowerBound * descriptor.outputChannels + firstOutput
        var tile = try context.makeTensor([panel.rows.count, columns.pieceLength])
        try tile.withUnsafeMutableScalars { scalars in
            guard let tile = scalars.baseAddress else { return }
            for range in (0..<columns.count).map({ columns[$0] }) {
                gather.fill(tile, stride: range.count, rows: panel.rows, columns: range, group: group, from: source)
                try matrix.multiply(
                    tile, stride: range.count, rowCount: panel.rows.count, inputs: range, outputs: panel.outputs,
                    accumulate: range.lowerBound > 0, into: out, stride: descriptor.outputChannels, in: context)
            }
        }
        if let bias {
            context.kernels.addRowBias(
                out, rows: panel.rows.count, stride: descriptor.outputChannels, bias,
                firstOutput..<firstOutput + panel.outputs.count)
        }
    }
}
