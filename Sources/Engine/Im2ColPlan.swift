import DiffusionBasics
import DiffusionTensors

/// Any convolution as products of gathered pixels: tiles of the im2col matrix are laid out, multiplied and forgotten.
///
/// A row of that matrix is one output pixel, its columns run over (kernel position, input channel). Tiles are cut by
/// output pixels and by columns so that one stays in cache.
struct Im2ColPlan: ConvolutionPlan {
    let method = ConvolutionMethod.direct
    private let descriptor: Convolution2DDescriptor
    /// One matrix `[outputs of the group, positions × inputs of the group]` per group.
    private let matrices: [any PackedMatrix]

    init(
        _ descriptor: Convolution2DDescriptor, _ weight: Parameter, _ arithmetic: ProductArithmetic,
        for path: InstructionPath
    ) throws {
        self.descriptor = descriptor
        let (channels, positions) = (descriptor.inputChannelsPerGroup, descriptor.kernelPositions)
        matrices = try (0..<descriptor.groups).map { group in
            try arithmetic.packed(
                MatrixParameter(
                    weight.rows(of: group, outOf: descriptor.groups),
                    outputCount: descriptor.outputChannelsPerGroup, inputCount: channels * positions
                ) { row, reordered in
                    transpose(row, into: reordered, rows: channels, columns: positions)
                }, for: path)
        }
    }

    func run(_ call: ConvolutionCall) throws {
        if let work = JoinedIm2Col(call, by: matrices[0]) { return try work.run() }
        let input = try call.input.tensor(in: call.context)
        if descriptor.groups == 1, matrices[0].arithmetic.rowFormat.hasIndependentRows {
            let work = PreparedIm2Col(call, input: input.shape, by: matrices[0])
            return try withPointer(input) { try work.run(from: $0) }
        }
        let work = Im2ColWork(call, input: input.shape, by: matrices[0])
        let tasksPerImage = descriptor.groups * work.panels.count
        try withPointer(input) { source in
            try call.context.runThrowing(call.imageCount * tasksPerImage) { [matrices] task in
                let (image, rest) = task.quotientAndRemainder(dividingBy: tasksPerImage)
                let (group, index) = rest.quotientAndRemainder(dividingBy: work.panels.count)
                try work.runPanel(
                    work.panels[index], image: image, group: group, matrix: matrices[group],
                    from: source + image * work.inputLength)
            }
        }
    }
}

/// target[c, r] = source[r, c], of few columns.
private func transpose(
    _ source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int
) {
    guard let source = source.baseAddress, let target = target.baseAddress else { return }
    for column in 0..<columns {
        let (from, to) = (source + column, target + column * rows)
        for row in 0..<rows { to[row] = from[row * columns] }
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
    let panels: ProductPanels
    let inputLength: Int
    private let call: ConvolutionCall
    private let gather: Im2ColGather

    /// Output pixels in a tile at most.
    private static let longestTile = 256
    /// Floats in a tile: 1 MB, about a core's second-level cache.
    private static let tileLength = 1 << 18

    init(_ call: ConvolutionCall, input: Shape, by matrix: any PackedMatrix) {
        self.call = call
        inputLength = input[1] * input[2] * input[3]
        panels = ProductPanels(rows: call.pixelCount, by: matrix, longestRows: Self.longestTile, wantedCount: 8)
        gather = Im2ColGather(
            call.descriptor, inputHeight: input[1], inputWidth: input[2], outputWidth: call.outputShape[2])
    }

    func runPanel(
        _ panel: (rows: Range<Int>, outputs: Range<Int>), image: Int, group: Int, matrix: any PackedMatrix,
        from source: UnsafePointer<Float>
    ) throws {
        let columns = Pieces(
            of: matrix.inputCount, atMost: Self.tileLength / panel.rows.count, multiple: matrix.inputStep)
        let firstOutput = group * call.descriptor.outputChannelsPerGroup + panel.outputs.lowerBound
        var tile = try call.context.makeTensor([panel.rows.count, columns.pieceLength])
        try tile.withUnsafeMutableScalars { scalars in
            guard let tile = scalars.baseAddress else { return }
            for index in 0..<columns.count {
                gather.fill(
                    tile, stride: columns[index].count, rows: panel.rows, columns: columns[index], group: group,
                    from: source)
                try multiply(
                    tile, panel, columns[index], isLast: index == columns.count - 1, image: image,
                    firstOutput: firstOutput, matrix)
            }
        }
    }

    /// One piece of the columns: the first begins with the residual, the last adds the bias.
    private func multiply(
        _ tile: UnsafePointer<Float>, _ panel: (rows: Range<Int>, outputs: Range<Int>), _ columns: Range<Int>,
        isLast: Bool, image: Int, firstOutput: Int, _ matrix: any PackedMatrix
    ) throws {
        let stride = call.descriptor.outputChannels
        let offset = image * call.outputLength + panel.rows.lowerBound * stride + firstOutput
        let out = call.target + offset
        let before = columns.lowerBound > 0 ? UnsafePointer(out) : call.residual.map { $0 + offset }
        try matrix.withPrepared(
            tile, stride: columns.count, rowCount: panel.rows.count, inputs: columns, in: call.context
        ) { prepared in
            withPointer(isLast ? call.bias(ofImage: image) : nil, at: firstOutput) { bias in
                matrix.multiply(
                    prepared, outputs: panel.outputs,
                    adding: ProductAddends(bias: bias, matrix: before, matrixStride: stride), into: out,
                    stride: stride, call.context.kernels)
            }
        }
    }
}
