import CDiffusionKernels
import DiffusionTensors

/// Hands out the pixels of a `ConvolutionInput` line by line; that input must outlive it.
struct PixelReader: Sendable {
    /// One of the tensors that lie beside each other.
    private struct Part {
        var base: SharedConstPointer<Float>
        var channelCount: Int
        var firstChannel: Int
    }

    let height: Int
    let width: Int
    let channelCount: Int
    private let parts: [Part]
    private let sourceHeight: Int
    private let sourceWidth: Int
    /// The source's line and column of each; nil where nothing is resized.
    private let sourceRows: [Int]?
    private let sourceColumns: [Int]?
    private let factors: SharedConstPointer<Float>?
    private let activation: Activation?
    /// Whether pixels can be read where they lie.
    let isPlain: Bool

    init(_ input: ConvolutionInput) {
        (height, width, channelCount) = (input.height, input.width, input.channelCount)
        (sourceHeight, sourceWidth) = (input.parts[0].shape[1], input.parts[0].shape[2])
        var first = 0
        parts = input.parts.map { tensor in
            defer { first += tensor.shape[3] }
            return Part(base: withPointer(tensor) { $0 }, channelCount: tensor.shape[3], firstChannel: first)
        }
        sourceRows = input.isResized ? sourceIndices(from: sourceHeight, to: height) : nil
        sourceColumns = input.isResized ? sourceIndices(from: sourceWidth, to: width) : nil
        factors = input.normalization.map { withPointer($0.factors) { $0 } }
        activation = input.normalization?.activation
        isPlain = input.plain != nil
    }

    /// Floats of one line of pixels.
    var rowLength: Int { width * channelCount }

    /// One image of a plain input as it lies in memory.
    func picture(image: Int) -> PixelWindow {
        let picture = dk_picture(
            height: height, width: width, channel_count: channelCount, row_stride: rowLength,
            pixel_stride: channelCount)
        return PixelWindow(base: parts[0].base + image * height * rowLength, picture: picture)
    }

    /// Writes the pixels of `columns` of one line, densely.
    func fill(
        _ out: UnsafeMutablePointer<Float>, line y: Int, columns: Range<Int>, image: Int, _ kernels: KernelTable
    ) {
        for part in parts {
            let line = (image * sourceHeight + (sourceRows?[y] ?? y)) * sourceWidth
            copy(part, line: line, columns, into: out + part.firstChannel, image: image, kernels)
        }
        switch activation {
        case nil, .silu, .swish: break
        case .some(let other): other.apply(kernels, out, out, columns.count * channelCount)
        }
    }

    private func copy(
        _ part: Part, line: Int, _ columns: Range<Int>, into out: UnsafeMutablePointer<Float>, image: Int,
        _ kernels: KernelTable
    ) {
        guard let sourceColumns else {
            let source = part.base + (line + columns.lowerBound) * part.channelCount
            return copy(part, source, columns.count, into: out, image: image, kernels)
        }
        for (index, column) in columns.enumerated() {
            let source = part.base + (line + sourceColumns[column]) * part.channelCount
            copy(part, source, 1, into: out + index * channelCount, image: image, kernels)
        }
    }

    /// Neighbouring pixels of one part.
    private func copy(
        _ part: Part, _ source: UnsafePointer<Float>, _ count: Int, into out: UnsafeMutablePointer<Float>, image: Int,
        _ kernels: KernelTable
    ) {
        guard let factors else {
            if part.channelCount == channelCount { return out.update(from: source, count: count * channelCount) }
            for pixel in 0..<count {
                (out + pixel * channelCount).update(from: source + pixel * part.channelCount, count: part.channelCount)
            }
            return
        }
        let own = factors + (image * 3 * channelCount + part.firstChannel)
        let appliesSiLU = activation == .silu || activation == .swish
        kernels.functions.pointee.scale_shift_channels(
            out, source, count, channelCount, part.channelCount, part.channelCount, own, own + channelCount,
            own + 2 * channelCount, appliesSiLU ? 1 : 0)
    }
}

/// A few lines of an input's pixels, filled as a block of tiles goes down the picture.
struct PixelStrip {
    private let reader: PixelReader
    private let image: Int
    private let columns: Range<Int>
    private let base: UnsafeMutablePointer<Float>
    private var rows = 0..<0

    /// - Parameter base: room for the most lines that are asked for at once.
    init(_ reader: PixelReader, image: Int, columns: Range<Int>, base: UnsafeMutablePointer<Float>) {
        (self.reader, self.image, self.columns, self.base) = (reader, image, columns, base)
    }

    private var rowLength: Int { columns.count * reader.channelCount }

    /// The lines of `wanted` that the picture has; what is there already is kept.
    mutating func window(rows wanted: Range<Int>, _ kernels: KernelTable) -> PixelWindow {
        let wanted = wanted.clamped(to: 0..<reader.height)
        let kept = rows.clamped(to: wanted).lowerBound == wanted.lowerBound ? rows.clamped(to: wanted).count : 0
        if kept > 0, rows.lowerBound < wanted.lowerBound {
            base.update(from: base + (wanted.lowerBound - rows.lowerBound) * rowLength, count: kept * rowLength)
        }
        for y in wanted.lowerBound + kept..<wanted.upperBound {
            reader.fill(
                base + (y - wanted.lowerBound) * rowLength, line: y, columns: columns, image: image, kernels)
        }
        rows = wanted
        let picture = dk_picture(
            height: wanted.count, width: columns.count, channel_count: reader.channelCount, row_stride: rowLength,
            pixel_stride: reader.channelCount)
        return PixelWindow(
            base: UnsafePointer(base), picture: picture, top: wanted.lowerBound, left: columns.lowerBound)
    }
}
