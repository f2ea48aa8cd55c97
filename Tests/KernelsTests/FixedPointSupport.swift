import CDiffusionKernels
import Testing

typealias FixedKernels = UnsafePointer<dk_fixed_kernels>

/// Half a step, and the three roundings in single precision of a number of at most 2^15 steps.
let halfStep = 0.5 + 3 * 0x1p15 * eps

extension KernelPath {
    /// Those whose fixed-point kernels run on this processor.
    static var availableForFixedPoint: [KernelPath] { allCases.filter { dk_fixed_kernels_for($0.path) != nil } }

    func fixedTable() throws -> FixedKernels { try #require(dk_fixed_kernels_for(path)) }
}

/// Weights as a fixed-point product wants them: packed integers, in the layout of pairs, and the scales of every block.
struct PackedWeights: Equatable {
    let shape: dk_fixed_shape
    let integers: [Int16]
    let scales: [Float]

    static func == (a: PackedWeights, b: PackedWeights) -> Bool {
        a.integers == b.integers && a.scales.map(\.bitPattern) == b.scales.map(\.bitPattern)
    }

    /// Packs dense weights [output][channel] panel by panel.
    init(_ packing: FixedPacking, _ weights: [Float], outputs: Int, channels: Int, blockLength: Int) {
        let padded = dk_fixed_padded_outputs(outputs), length = dk_fixed_row_length(channels)
        let arena = Arena(), source = arena.hold(weights)
        let packed = arena.hold(repeating: Int16(-1), count: padded * length)
        let blockCount = dk_fixed_block_count(channels, blockLength)
        let scales = arena.hold(repeating: Float.nan, count: padded * blockCount)
        shape = dk_fixed_shape(
            channel_count: channels, output_count: outputs, block_length: blockLength, scale_stride: padded,
            packed_channel_count: channels, first_channel: 0, weights_are_far: false)
        let width = Int(dk_fixed_panel_width)
        for first in stride(from: 0, to: outputs, by: width) {
            var panel = shape
            panel.output_count = min(width, outputs - first)
            let finite = packing.pack(
                packed.pointer + first * length, scales.pointer + first, source.pointer + first * channels, channels,
                panel)
            #expect(finite == panel.output_count)
        }
        #expect(packed.frontIsIntact && scales.frontIsIntact)
        var integers = packed.elements
        if packing.layout == dk_layout_of_tiles {
            TileLayout(makesTiles: false).rearrangePanels(&integers, paddedOutputs: padded, length: length)
        }
        self.integers = integers
        self.scales = scales.elements
    }

    /// The integers in a layout.
    func integers(in layout: dk_fixed_layout) -> [Int16] {
        var integers = integers
        if layout == dk_layout_of_tiles {
            TileLayout(makesTiles: true).rearrangePanels(
                &integers, paddedOutputs: shape.scale_stride, length: dk_fixed_row_length(shape.channel_count))
        }
        return integers
    }

    /// The integer of an output and a channel, from its place in the packed panels.
    func integer(output: Int, channel: Int) -> Int {
        let width = Int(dk_fixed_panel_width), first = output / width * width
        let panelWidth = min(width, Int(dk_fixed_padded_outputs(shape.output_count)) - first)
        let panel = first * dk_fixed_row_length(shape.channel_count)
        let place = placeInPairs(channel)
        return Int(integers[panel + (place / 2 * panelWidth + output - first) * 2 + place % 2])
    }

    func scale(output: Int, channel: Int) -> Double {
        Double(scales[channel / shape.block_length * shape.scale_stride + output])
    }
}

/// Rows of integers, in the layout of pairs, with their scales; -1 where nothing was written.
struct QuantisedRows: Equatable {
    let finiteCount: Int
    let stride: Int
    let length: Int
    let integers: [Int16]
    let scales: [Float]

    static func == (a: QuantisedRows, b: QuantisedRows) -> Bool {
        a.finiteCount == b.finiteCount && a.integers == b.integers
            && a.scales.map(\.bitPattern) == b.scales.map(\.bitPattern)
    }

    /// The same rows from a channel on: their integers begin there, and lie as far apart as before.
    func channels(from first: Int) -> QuantisedRows {
        QuantisedRows(
            finiteCount: finiteCount, stride: stride, length: length - first,
            integers: Array(integers.dropFirst(first)), scales: scales)
    }

    private init(finiteCount: Int, stride: Int, length: Int, integers: [Int16], scales: [Float]) {
        (self.finiteCount, self.stride, self.length) = (finiteCount, stride, length)
        (self.integers, self.scales) = (integers, scales)
    }

    init(_ packing: FixedPacking, _ rows: [Float], rowCount: Int, channels: Int, gap: Int = 0, scaleStride: Int = 1) {
        let arena = Arena(), source = arena.hold(rows)
        length = dk_fixed_row_length(channels)
        stride = length + gap
        let integerCount = rowCount == 0 ? 0 : (rowCount - 1) * stride + length
        let integers = arena.hold(repeating: Int16(-1), count: integerCount)
        let scales = arena.hold(repeating: Float(-7), count: rowCount == 0 ? 0 : (rowCount - 1) * scaleStride + 1)
        finiteCount = packing.quantise(
            integers.pointer, stride, scales.pointer, scaleStride, source.pointer, rowCount, channels, channels)
        #expect(integers.frontIsIntact && scales.frontIsIntact)
        self.integers = Self.rearranged(
            integers.elements, stride, length, makesTiles: false, if: packing.layout == dk_layout_of_tiles)
        self.scales = scales.elements
    }

    /// The integers in a layout.
    func integers(in layout: dk_fixed_layout) -> [Int16] {
        Self.rearranged(integers, stride, length, makesTiles: true, if: layout == dk_layout_of_tiles)
    }

    private static func rearranged(
        _ integers: [Int16], _ stride: Int, _ length: Int, makesTiles: Bool, if isNeeded: Bool
    ) -> [Int16] {
        var integers = integers
        guard isNeeded, stride > 0 else { return integers }
        for first in Swift.stride(from: 0, to: integers.count, by: stride) {
            TileLayout(makesTiles: makesTiles).rearrangeRow(&integers, from: first, length: length)
        }
        return integers
    }
}

/// One product with everything behind guard pages; the gaps of a wide output stay -7.
/// - Parameters:
///   - addend: as long as the result; nil adds nothing.
///   - firstChannel: of the weights' channels, where the rows hold only some.
///   - inPlace: whether the addend lies where the result goes.
///   - isScaled: whether the rows' scales are passed.
func fixedProduct(
    _ kernels: FixedKernels, _ rows: QuantisedRows, _ weights: PackedWeights, bias: [Float]?, addend: [Float]? = nil,
    firstChannel: Int = 0, channelCount: Int? = nil, inPlace: Bool = false, isScaled: Bool = true,
    areWeightsFar: Bool = false
) -> [Float] {
    let arena = Arena(), outputs = weights.shape.output_count, outStride = outputs + 3, rowCount = rows.scales.count
    let length = (rowCount - 1) * outStride + outputs
    let out = inPlace && addend != nil ? arena.hold(addend ?? []) : arena.hold(repeating: Float(-7), count: length)
    let layout = kernels.pointee.layout
    let integers = arena.hold(rows.integers(in: layout)), rowScales = arena.hold(rows.scales)
    let packed = arena.hold(weights.integers(in: layout)), scales = arena.hold(weights.scales)
    let held = bias.map { arena.hold($0) }, added = inPlace ? out : addend.map { arena.hold($0) }
    var shape = weights.shape
    (shape.first_channel, shape.channel_count) = (firstChannel, channelCount ?? shape.channel_count)
    shape.weights_are_far = areWeightsFar
    kernels.pointee.product(
        out.pointer, outStride, integers.pointer, rows.stride, isScaled ? UnsafePointer(rowScales.pointer) : nil,
        rowCount, packed.pointer, scales.pointer, shape, held.map { UnsafePointer($0.pointer) },
        added.map { UnsafePointer($0.pointer) }, outStride)
    #expect(out.frontIsIntact)
    return withExtendedLifetime(arena) { out.elements }
}
