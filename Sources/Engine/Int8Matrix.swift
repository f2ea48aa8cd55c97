import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors

/// Weights as 8-bit integers with a scale per output and block of inputs (`DiffusionInt8.h`): a byte a weight.
struct Int8Matrix: PackedMatrix {
    let outputCount: Int
    let inputCount: Int
    var arithmetic: ProductArithmetic { .int8 }
    var inputStep: Int { Self.blockLength }
    var outputStep: Int { Self.panelWidth }
    private let weights: Int8Weights

    /// Inputs that share a scale, of the weights and of a row: an outlier spoils no more than its block. Shorter blocks
    /// cost conversions of integers to floats.
    static let blockLength = 320
    static let panelWidth = Int(dk_fixed_panel_width)

    /// - Throws: what reading throws; `NonFiniteValueError` names the parameter.
    init(_ weight: MatrixParameter, _ kernels: KernelTable) throws {
        (outputCount, inputCount) = (weight.outputCount, weight.inputCount)
        weights = try Int8Weights(outputs: outputCount, inputs: inputCount)
        try weights.fill(from: weight, kernels)
    }

    func multiply(
        _ rows: PreparedRows, outputs: Range<Int>, adding addends: ProductAddends,
        into out: UnsafeMutablePointer<Float>, stride outStride: Int, _ kernels: KernelTable
    ) {
        ensure(outputs.lowerBound % outputStep == 0, "a product from output \(outputs.lowerBound) on")
        var shape = weights.shape
        (shape.channel_count, shape.output_count) = (rows.inputs.count, outputs.count)
        shape.first_channel = rows.inputs.lowerBound
        shape.weights_are_far = weights.areFar
        kernels.int8.pointee.product(
            out, outStride, rows.values.assumingMemoryBound(to: UInt8.self), rows.byteStride, rows.rowCount,
            weights.integers(fromOutput: outputs.lowerBound), weights.scales + outputs.lowerBound,
            weights.offsets + outputs.lowerBound, shape, addends.bias, addends.matrix, addends.matrixStride)
    }
}

/// Rows as bytes, each with a scale per block of inputs behind it, from the largest magnitude in the block.
struct Int8Rows: RowFormat {
    var hasIndependentRows: Bool { true }
    /// As for 16 bits, which the same kernel shape serves.
    var longestPanel: Int { 96 }

    func byteCount(inputs: Int) -> Int? { Self.stride(inputs: inputs) }

    /// Bytes from row to row: an odd number of whole cache lines, so that no tile's row lies in two of them, and the same
    /// places of many rows do not fight for the same places of the cache.
    static func stride(inputs: Int) -> Int {
        let lines = (dk_int8_row_bytes(inputs, Int8Matrix.blockLength) + 63) / 64
        return 64 * (lines / 2 * 2 + 1)
    }

    func prepare(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Int, values: UnsafeMutableRawPointer,
        scales: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) throws {
        let length = Self.stride(inputs: inputs)
        let finite = kernels.int8.pointee.quantise_rows(
            values.assumingMemoryBound(to: UInt8.self), length, rows, rowCount, stride, inputs, Int8Matrix.blockLength)
        guard finite == rowCount else { throw NonFiniteValueError() }
    }

    /// Where no block reaches over a seam.
    func canJoin(inputs: Int) -> Bool { inputs % Int8Matrix.blockLength == 0 }

    func join(
        _ part: UnsafeRawPointer?, inputs: Int, at index: Int, of count: Int, into row: UnsafeMutableRawPointer
    ) {
        let scaleBytes = 4 * (inputs / Int8Matrix.blockLength)
        let (bytes, scales) = (row + index * inputs, row + (count * inputs + index * scaleBytes))
        if let part {
            bytes.copyMemory(from: part, byteCount: inputs)
            scales.copyMemory(from: part + inputs, byteCount: scaleBytes)
        } else {
            bytes.initializeMemory(as: UInt8.self, repeating: Self.zero, count: inputs)
            scales.initializeMemory(as: UInt8.self, repeating: 0, count: scaleBytes)
        }
    }

    /// The byte of a zero.
    private static let zero: UInt8 = 128
}

/// The one owner of a packed weight's memory; written by `fill` only, before anybody else holds it.
private final class Int8Weights: @unchecked Sendable {
    // Unchecked: see above.
    let shape: dk_fixed_shape
    /// Whether they are more than what a core's own cache keeps.
    var areFar: Bool { byteCount > ProductArithmetic.nearWeightBytes }
    private let memory: UnsafeMutableRawPointer
    private let scaleOffset: Int
    private let byteCount: Int

    init(outputs: Int, inputs: Int) throws {
        shape = dk_fixed_shape(
            channel_count: inputs, output_count: outputs, block_length: Int8Matrix.blockLength,
            scale_stride: dk_fixed_padded_outputs(outputs), packed_channel_count: inputs, first_channel: 0,
            weights_are_far: false)
        scaleOffset = Pieces(of: shape.scale_stride * dk_int8_padded_channels(inputs), length: 64).count * 64
        byteCount = scaleOffset + 2 * 4 * shape.scale_stride * dk_fixed_block_count(inputs, shape.block_length)
        memory = UnsafeMutableRawPointer(try SystemMemory.allocate(byteCount: byteCount))
    }

    deinit { SystemMemory.release(memory, byteCount: byteCount) }

    var scales: UnsafeMutablePointer<Float> { (memory + scaleOffset).assumingMemoryBound(to: Float.self) }

    var offsets: UnsafeMutablePointer<Int32> {
        (memory + scaleOffset + (byteCount - scaleOffset) / 2).assumingMemoryBound(to: Int32.self)
    }

    /// The panel that begins with that output.
    func integers(fromOutput output: Int) -> UnsafeMutablePointer<Int8> {
        memory.assumingMemoryBound(to: Int8.self) + output * dk_int8_padded_channels(shape.channel_count)
    }

    /// Reads and packs panel after panel.
    func fill(from weight: MatrixParameter, _ kernels: KernelTable) throws {
        let panels = Pieces(of: weight.outputCount, length: Int8Matrix.panelWidth)
        let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: panels.pieceLength * weight.inputCount)
        defer { scratch.deallocate() }
        for outputs in (0..<panels.count).map({ panels[$0] }) {
            let rows = UnsafeMutableBufferPointer(rebasing: scratch[..<(outputs.count * weight.inputCount)])
            try weight.readRows(outputs, into: rows)
            if let base = rows.baseAddress { try pack(base, outputs, kernels, name: weight.parameter.name) }
        }
    }

    private func pack(_ rows: UnsafePointer<Float>, _ outputs: Range<Int>, _ kernels: KernelTable, name: String) throws
    {
        var panel = shape
        panel.output_count = outputs.count
        let finite = kernels.int8.pointee.pack_panel(
            integers(fromOutput: outputs.lowerBound), scales + outputs.lowerBound, offsets + outputs.lowerBound, rows,
            shape.channel_count, panel)
        guard finite == outputs.count else { throw NonFiniteValueError(place: name) }
    }
}
