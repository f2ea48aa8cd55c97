import CDiffusionKernels
import DiffusionTensors

/// One run of a convolution by Winograd's transforms.
struct WinogradRun: Sendable {
    let tiling: WinogradTiling
    private let call: ConvolutionCall
    private let products: any WinogradProducts

    /// Outputs of one pass over a block: its products stay in cache until they are transformed back.
    private static let panelLength = 128
    /// Tiles that go through the stages together at most, as long as one picture has no more.
    private static let longestGroup = 256

    init(_ call: ConvolutionCall, _ products: any WinogradProducts) {
        tiling = WinogradTiling(height: call.outputShape[1], width: call.outputShape[2])
        (self.call, self.products) = (call, products)
    }

    private var context: ComputeContext { call.context }
}

/// Large pictures: each block of tiles on its own.
extension WinogradRun {
    func byBlocks() throws {
        try context.runThrowing(call.imageCount * tiling.blockCount) { [self] task in
            let (image, index) = task.quotientAndRemainder(dividingBy: tiling.blockCount)
            try runBlock(tiling[index], image: image)
        }
    }

    private func runBlock(_ block: WinogradTiling.Block, image: Int) throws {
        let length = products.isExpanded ? Self.panelLength : products.outputStep
        let panels = Pieces(of: products.outputCount, atMost: length, multiple: products.outputStep)
        try withTiles(tileCount: block.count) { tiles in
            try transform(block, image: image, into: tiles, from: 0)
            try withProducts(tileCount: block.count, outputs: panels.pieceLength) { results in
                for outputs in (0..<panels.count).map({ panels[$0] }) {
                    try products.withWeights(of: outputs, context) { weights in
                        multiplyAll([0..<block.count], of: tiles, by: weights, into: results)
                    }
                    transformBack(block, image: image, outputs: outputs, from: results, 0)
                }
            }
        }
    }
}

/// Small pictures: stage after stage for all tiles of all images.
extension WinogradRun {
    func together() throws {
        let groups = Pieces(of: call.imageCount, length: Self.longestGroup / max(1, tiling.tileCount))
        for images in (0..<groups.count).map({ groups[$0] }) { try together(images) }
    }

    private func together(_ images: Range<Int>) throws {
        let tileCount = images.count * tiling.tileCount
        try withTiles(tileCount: tileCount) { tiles in
            try withProducts(tileCount: tileCount, outputs: products.outputCount) { results in
                try forEachRow(images) { [self] row, image, first in
                    try transform(row, image: image, into: tiles, from: first)
                }
                try multiply(images: images.count, tiles, into: results)
                try forEachRow(images) { [self] row, image, first in
                    transformBack(row, image: image, outputs: 0..<products.outputCount, from: results, first)
                }
            }
        }
    }

    /// Hands every row of tiles of every image to the workers, with its first tile's place among all.
    private func forEachRow(
        _ images: Range<Int>, _ body: @escaping @Sendable (WinogradTiling.Block, Int, Int) throws -> Void
    ) throws {
        try context.runThrowing(images.count * tiling.rowCount) { [tiling] task in
            let (index, row) = task.quotientAndRemainder(dividingBy: tiling.rowCount)
            let block = WinogradTiling.Block(rows: row..<row + 1, columns: 0..<tiling.columnCount)
            try body(block, images.lowerBound + index, task * tiling.columnCount)
        }
    }

    private func multiply(images: Int, _ tiles: WinogradTiles, into results: WinogradResults) throws {
        let ranges =
            products.tilesAreIndependent
            ? [0..<tiles.count] : (0..<images).map { $0 * tiling.tileCount..<($0 + 1) * tiling.tileCount }
        if products.isExpanded { return try multiplyByPositions(ranges, of: tiles, into: results) }
        let panels = Pieces(of: products.outputCount, length: products.outputStep)
        try context.runThrowing(panels.count) { [self] panel in
            try products.withWeights(of: panels[panel], context) { weights in
                multiplyAll(ranges, of: tiles, by: weights, into: results.from(output: panels[panel].lowerBound))
            }
        }
    }

    private func multiplyByPositions(
        _ ranges: [Range<Int>], of tiles: WinogradTiles, into results: WinogradResults
    ) throws {
        try products.withWeights(of: 0..<products.outputCount, context) { weights in
            try context.run(Winograd.positionCount) { [self] position in
                multiply(ranges, of: tiles, by: weights, position: position, into: results)
            }
        }
    }
}

/// The products of transformed tiles.
extension WinogradRun {
    private func multiplyAll(
        _ ranges: [Range<Int>], of tiles: WinogradTiles, by weights: WinogradWeights, into results: WinogradResults
    ) {
        for position in 0..<Winograd.positionCount {
            multiply(ranges, of: tiles, by: weights, position: position, into: results)
        }
    }

    private func multiply(
        _ ranges: [Range<Int>], of tiles: WinogradTiles, by weights: WinogradWeights, position: Int,
        into results: WinogradResults
    ) {
        for range in ranges {
            products.multiply(
                range, of: tiles, by: weights, position: position,
                into: results.pointer(position: position, tile: range.lowerBound), stride: results.outputCount,
                context.kernels)
        }
    }
}

/// The transforms of a rectangle of tiles.
extension WinogradRun {
    /// - Parameter first: the place of the block's first tile in the workspace.
    private func transform(
        _ block: WinogradTiling.Block, image: Int, into tiles: WinogradTiles, from first: Int
    ) throws {
        let channels = products.inputCount
        try context.withFloats(Winograd.positionCount * channels) { scratch in
            if call.reader.isPlain {
                let picture = call.reader.picture(image: image)
                return try transform(block, into: tiles, from: first, scratch) { _ in picture }
            }
            let columns = inputColumns(of: block)
            try context.withFloats(Winograd.windowSide * columns.count * channels) { lines in
                var strip = PixelStrip(call.reader, image: image, columns: columns, base: lines)
                try transform(block, into: tiles, from: first, scratch) { row in
                    strip.window(rows: inputRows(ofTiles: row), context.kernels)
                }
            }
        }
    }

    /// Each row of tiles from the pixels that `window` gives for it.
    private func transform(
        _ block: WinogradTiling.Block, into tiles: WinogradTiles, from first: Int,
        _ scratch: UnsafeMutablePointer<Float>, window: (Int) -> PixelWindow
    ) throws {
        var tile = first
        for row in block.rows {
            let pixels = window(row)
            for column in block.columns {
                try products.transform(
                    pixels, y: row * WinogradTiling.side - padding.top,
                    x: column * WinogradTiling.side - padding.left, tile: tile, of: tiles, scratch: scratch,
                    context.kernels)
                tile += 1
            }
        }
    }

    private var padding: Convolution2DDescriptor.Padding { call.descriptor.padding }

    /// The lines of pixels that a row of tiles sees, also beyond the picture.
    private func inputRows(ofTiles row: Int) -> Range<Int> {
        let first = row * WinogradTiling.side - padding.top
        return first..<first + Winograd.windowSide
    }

    /// The columns of pixels that a block sees within the picture.
    private func inputColumns(of block: WinogradTiling.Block) -> Range<Int> {
        let first = block.columns.lowerBound * WinogradTiling.side - padding.left
        let end = (block.columns.upperBound - 1) * WinogradTiling.side - padding.left + Winograd.windowSide
        return (first..<end).clamped(to: 0..<call.reader.width)
    }

    private func transformBack(
        _ block: WinogradTiling.Block, image: Int, outputs: Range<Int>, from results: WinogradResults, _ first: Int
    ) {
        var picture = dk_picture(call.outputShape)
        picture.channel_count = outputs.count
        let offset = image * call.outputLength + outputs.lowerBound
        let (out, residual) = (call.target + offset, call.residual.map { $0 + offset })
        withPointer(call.bias(ofImage: image), at: outputs.lowerBound) { bias in
            for (index, place) in block.places.enumerated() {
                context.kernels.winograd.pointee.transform_output(
                    out, picture, place.row * WinogradTiling.side, place.column * WinogradTiling.side,
                    results.pointer(position: 0, tile: first + index), results.positionStride, bias, residual)
            }
        }
    }
}

/// What the products of some tiles gave: `[36][tiles, outputs]`; threads write to different parts at once.
private struct WinogradResults: @unchecked Sendable {
    // Unchecked: see `SharedPointer`.
    var base: UnsafeMutablePointer<Float>
    let tileCount: Int
    let outputCount: Int

    /// The same from an output on.
    func from(output: Int) -> WinogradResults {
        WinogradResults(base: base + output, tileCount: tileCount, outputCount: outputCount)
    }

    var positionStride: Int { Winograd.positionStride(byteCount: tileCount * outputCount * 4) / 4 }

    func pointer(position: Int, tile: Int) -> UnsafeMutablePointer<Float> {
        base + position * positionStride + tile * outputCount
    }
}

extension WinogradRun {
    private func withTiles(tileCount: Int, _ body: (WinogradTiles) throws -> Void) throws {
        try context.withWorkspace(byteCount: products.byteCount(tileCount: tileCount)) {
            try body(WinogradTiles(base: $0, count: tileCount))
        }
    }

    private func withProducts(tileCount: Int, outputs: Int, _ body: (WinogradResults) throws -> Void) throws {
        let length = Winograd.positionCount * Winograd.positionStride(byteCount: tileCount * outputs * 4)
        try context.withFloats(length / 4) {
            try body(WinogradResults(base: $0, tileCount: tileCount, outputCount: outputs))
        }
    }
}

extension dk_picture {
    /// One image of a dense NHWC tensor.
    init(_ shape: Shape) {
        self.init(
            height: shape[1], width: shape[2], channel_count: shape[3], row_stride: shape[2] * shape[3],
            pixel_stride: shape[3])
    }
}
