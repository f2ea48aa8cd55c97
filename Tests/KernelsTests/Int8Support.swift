import CDiffusionKernels
import Testing

typealias Int8Kernels = UnsafePointer<dk_int8_kernels>

let int8Limit = Int(dk_int8_limit)

extension KernelPath {
    func int8Table() throws -> Int8Kernels { try #require(dk_int8_kernels_for(path)) }
}

/// Weights as an 8-bit product wants them: packed integers, the scales and the offsets of every block.
struct PackedBytes: Equatable {
    let shape: dk_fixed_shape
    let integers: [Int8]
    let scales: [Float]
    let offsets: [Int32]

    static func == (a: PackedBytes, b: PackedBytes) -> Bool {
        a.integers == b.integers && a.offsets == b.offsets
            && a.scales.map(\.bitPattern) == b.scales.map(\.bitPattern)
    }

    /// Packs dense weights [output][channel] panel by panel.
    init(_ kernels: Int8Kernels, _ weights: [Float], outputs: Int, channels: Int, blockLength: Int) {
        let padded = dk_fixed_padded_outputs(outputs), length = dk_int8_padded_channels(channels)
        let arena = Arena(), source = arena.hold(weights)
        let packed = arena.hold(repeating: Int8(-1), count: padded * length)
        let scaleCount = padded * dk_fixed_block_count(channels, blockLength)
        let scales = arena.hold(repeating: Float.nan, count: scaleCount)
        let offsets = arena.hold(repeating: Int32(-1), count: scaleCount)
        shape = dk_fixed_shape(
            channel_count: channels, output_count: outputs, block_length: blockLength, scale_stride: padded,
            packed_channel_count: channels, first_channel: 0, weights_are_far: false)
        let width = Int(dk_fixed_panel_width)
        for first in stride(from: 0, to: outputs, by: width) {
            var panel = shape
            panel.output_count = min(width, outputs - first)
            let finite = kernels.pointee.pack_panel(
                packed.pointer + first * length, scales.pointer + first, offsets.pointer + first,
                source.pointer + first * channels, channels, panel)
            #expect(finite == panel.output_count)
        }
        #expect(packed.frontIsIntact && scales.frontIsIntact && offsets.frontIsIntact)
        integers = packed.elements
        self.scales = scales.elements
        self.offsets = offsets.elements
    }

    /// The integer of an output and a channel, from its place in the packed panels.
    func integer(output: Int, channel: Int) -> Int {
        let width = Int(dk_fixed_panel_width), first = output / width * width
        let panelWidth = min(width, Int(dk_fixed_padded_outputs(shape.output_count)) - first)
        let panel = first * dk_int8_padded_channels(shape.channel_count)
        return Int(integers[panel + (channel / 4 * panelWidth + output - first) * 4 + channel % 4])
    }

    /// Where the scale and the offset of a channel's block lie.
    func place(output: Int, channel: Int) -> Int { channel / shape.block_length * shape.scale_stride + output }

    func scale(output: Int, channel: Int) -> Double { Double(scales[place(output: output, channel: channel)]) }
}

/// Rows of bytes with their scales behind them.
struct RowsOfBytes: Equatable {
    let rowCount: Int
    let channels: Int
    let blockLength: Int
    let finiteCount: Int
    let stride: Int
    let bytes: [UInt8]

    /// - Parameter gap: bytes between two rows.
    init(_ kernels: Int8Kernels, _ rows: [Float], rowCount: Int, channels: Int, blockLength: Int, gap: Int = 0) {
        (self.rowCount, self.channels, self.blockLength) = (rowCount, channels, blockLength)
        let arena = Arena(), source = arena.hold(rows), length = dk_int8_row_bytes(channels, blockLength)
        stride = length + gap
        let bytes = arena.hold(repeating: UInt8(7), count: rowCount == 0 ? 0 : (rowCount - 1) * stride + length)
        finiteCount = kernels.pointee.quantise_rows(
            bytes.pointer, stride, source.pointer, rowCount, channels, channels, blockLength)
        #expect(bytes.frontIsIntact)
        self.bytes = bytes.elements
    }

    func integer(row: Int, channel: Int) -> Int { Int(bytes[row * stride + channel]) - 128 }

    func scale(row: Int, channel: Int) -> Float {
        let place = row * stride + dk_int8_padded_channels(channels) + 4 * (channel / blockLength)
        return Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) })
    }
}

/// One product with everything behind guard pages; the gaps of a wide output stay -7.
/// - Parameters:
///   - addend: as long as the result; nil adds nothing.
///   - firstChannel: of the weights' channels, where the rows hold only some.
///   - inPlace: whether the addend lies where the result goes.
func int8Product(
    _ kernels: Int8Kernels, _ rows: RowsOfBytes, _ weights: PackedBytes, bias: [Float]?, addend: [Float]? = nil,
    firstChannel: Int = 0, inPlace: Bool = false, areWeightsFar: Bool = false
) -> [Float] {
    let arena = Arena(), outputs = weights.shape.output_count, outStride = outputs + 3
    let length = (rows.rowCount - 1) * outStride + outputs
    let out = inPlace && addend != nil ? arena.hold(addend ?? []) : arena.hold(repeating: Float(-7), count: length)
    let bytes = arena.hold(rows.bytes), packed = arena.hold(weights.integers)
    let scales = arena.hold(weights.scales), offsets = arena.hold(weights.offsets)
    let held = bias.map { arena.hold($0) }, added = inPlace ? out : addend.map { arena.hold($0) }
    var shape = weights.shape
    (shape.first_channel, shape.channel_count) = (firstChannel, rows.channels)
    shape.weights_are_far = areWeightsFar
    kernels.pointee.product(
        out.pointer, outStride, bytes.pointer, rows.stride, rows.rowCount, packed.pointer, scales.pointer,
        offsets.pointer, shape, held.map { UnsafePointer($0.pointer) }, added.map { UnsafePointer($0.pointer) },
        outStride)
    #expect(out.frontIsIntact)
    return withExtendedLifetime(arena) { out.elements }
}
