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

/// Weights as a fixed-point product wants them: packed integers and the scales of every block.
struct PackedWeights: Equatable {
    let shape: dk_fixed_shape
    let integers: [Int16]
    let scales: [Float]

    static func == (a: PackedWeights, b: PackedWeights) -> Bool {
        a.integers == b.integers && a.scales.map(\.bitPattern) == b.scales.map(\.bitPattern)
    }

    /// Packs dense weights [output][channel] panel by panel.
    init(_ kernels: FixedKernels, _ weights: [Float], outputs: Int, channels: Int, blockLength: Int) {
        let padded = dk_fixed_padded_outputs(outputs), length = dk_fixed_row_length(channels)
        let arena = Arena(), source = arena.hold(weights)
        let packed = arena.hold(repeating: Int16(-1), count: padded * length)
        let blockCount = dk_fixed_block_count(channels, blockLength)
        let scales = arena.hold(repeating: Float.nan, count: padded * blockCount)
        shape = dk_fixed_shape(
            channel_count: channels, output_count: outputs, block_length: blockLength, scale_stride: padded,
            packed_channel_count: channels, first_channel: 0)
        let width = Int(dk_fixed_panel_width)
        for first in stride(from: 0, to: outputs, by: width) {
            var panel = shape
            panel.output_count = min(width, outputs - first)
            let finite = kernels.pointee.pack_panel(
                packed.pointer + first * length, scales.pointer + first, source.pointer + first * channels, channels,
                panel)
            #expect(finite == panel.output_count)
        }
        #expect(packed.frontIsIntact && scales.frontIsIntact)
        integers = packed.elements
        self.scales = scales.elements
    }

    /// The integer of an output and a channel, from its place in the packed panels.
    func integer(output: Int, channel: Int) -> Int {
        let width = Int(dk_fixed_panel_width), first = output / width * width
        let panelWidth = min(width, Int(dk_fixed_padded_outputs(shape.output_count)) - first)
        let panel = first * dk_fixed_row_length(shape.channel_count)
        return Int(integers[panel + (channel / 2 * panelWidth + output - first) * 2 + channel % 2])
    }

    func scale(output: Int, channel: Int) -> Double {
        Double(scales[channel / shape.block_length * shape.scale_stride + output])
    }
}

/// Rows of integers with their scales.
struct QuantisedRows: Equatable {
    let finiteCount: Int
    let stride: Int
    let integers: [Int16]
    let scales: [Float]

    static func == (a: QuantisedRows, b: QuantisedRows) -> Bool {
        a.finiteCount == b.finiteCount && a.integers == b.integers
            && a.scales.map(\.bitPattern) == b.scales.map(\.bitPattern)
    }

    /// The same rows from a channel on: their integers begin there, and lie as far apart as before.
    func channels(from first: Int) -> QuantisedRows {
        QuantisedRows(
            finiteCount: finiteCount, stride: stride, integers: Array(integers.dropFirst(first)), scales: scales)
    }

    private init(finiteCount: Int, stride: Int, integers: [Int16], scales: [Float]) {
        (self.finiteCount, self.stride, self.integers, self.scales) = (finiteCount, stride, integers, scales)
    }

    init(_ kernels: FixedKernels, _ rows: [Float], rowCount: Int, channels: Int, gap: Int = 0, scaleStride: Int = 1) {
        let arena = Arena(), source = arena.hold(rows)
        stride = dk_fixed_row_length(channels) + gap
        let integerCount = rowCount == 0 ? 0 : (rowCount - 1) * stride + dk_fixed_row_length(channels)
        let integers = arena.hold(repeating: Int16(-7), count: integerCount)
        let scales = arena.hold(repeating: Float(-7), count: rowCount == 0 ? 0 : (rowCount - 1) * scaleStride + 1)
        finiteCount = kernels.pointee.quantise_rows(
            integers.pointer, stride, scales.pointer, scaleStride, source.pointer, rowCount, channels, channels)
        #expect(integers.frontIsIntact && scales.frontIsIntact)
        self.integers = integers.elements
        self.scales = scales.elements
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
    firstChannel: Int = 0, channelCount: Int? = nil, inPlace: Bool = false, isScaled: Bool = true
) -> [Float] {
    let arena = Arena(), outputs = weights.shape.output_count, outStride = outputs + 3, rowCount = rows.scales.count
    let length = (rowCount - 1) * outStride + outputs
    let out = inPlace && addend != nil ? arena.hold(addend ?? []) : arena.hold(repeating: Float(-7), count: length)
    let integers = arena.hold(rows.integers), rowScales = arena.hold(rows.scales)
    let packed = arena.hold(weights.integers), scales = arena.hold(weights.scales)
    let held = bias.map { arena.hold($0) }, added = inPlace ? out : addend.map { arena.hold($0) }
    var shape = weights.shape
    (shape.first_channel, shape.channel_count) = (firstChannel, channelCount ?? shape.channel_count)
    kernels.pointee.product(
        out.pointer, outStride, integers.pointer, rows.stride, isScaled ? UnsafePointer(rowScales.pointer) : nil,
        rowCount, packed.pointer, scales.pointer, shape, held.map { UnsafePointer($0.pointer) },
        added.map { UnsafePointer($0.pointer) }, outStride)
    #expect(out.frontIsIntact)
    return withExtendedLifetime(arena) { out.elements }
}
