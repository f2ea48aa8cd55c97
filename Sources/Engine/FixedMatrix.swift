import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors

/// Weights as 16-bit integers with a scale per output and block of inputs (`DiffusionFixedPoint.h`): 2 bytes a weight.
struct FixedMatrix: PackedMatrix {
    let outputCount: Int
    let inputCount: Int
    var arithmetic: ProductArithmetic { .fixed16 }
    var inputStep: Int { blockLength }
    var outputStep: Int { Self.panelWidth }
    private let blockLength: Int
    private let layout: dk_fixed_layout
    private let weights: PackedWeights

    /// Inputs that share a scale at most: more cost bits, fewer cost conversions of integers to floats.
    static let longestBlock = 320
    static let panelWidth = Int(dk_fixed_panel_width)

    /// The blocks of inputs that share a scale: whole groups.
    static func blocks(of inputs: Int) -> Pieces {
        Pieces(of: inputs, atMost: longestBlock, multiple: Int(dk_fixed_group_length))
    }

    /// - Throws: what reading throws; `NonFiniteValueError` names the parameter.
    init(_ weight: MatrixParameter, _ kernels: KernelTable) throws {
        (outputCount, inputCount) = (weight.outputCount, weight.inputCount)
        blockLength = Self.blocks(of: inputCount).pieceLength
        layout = kernels.fixed.pointee.layout
        weights = try PackedWeights(outputs: outputCount, inputs: inputCount, blockLength: blockLength)
        try weights.fill(from: weight, kernels)
    }

    func multiply(
        _ rows: PreparedRows, outputs: Range<Int>, adding addends: ProductAddends,
        into out: UnsafeMutablePointer<Float>,
        stride outStride: Int, _ kernels: KernelTable
    ) {
        ensure(outputs.lowerBound % outputStep == 0, "a product from output \(outputs.lowerBound) on")
        ensure(layout == kernels.fixed.pointee.layout, "a matrix packed for another instruction path")
        let parts = Pieces(of: rows.inputs.count, atMost: Self.longestPart, multiple: blockLength)
        for index in 0..<max(1, parts.count) {
            let added =
                index == 0 ? addends : ProductAddends(matrix: UnsafePointer(out), matrixStride: outStride)
            multiply(rows, part: parts[index], outputs: outputs, adding: added, into: out, stride: outStride, kernels)
        }
    }

    /// Inputs that are multiplied at a time at most: their weights for a panel of outputs stay in a core's own cache while rows
    /// go by.
    private static let longestPart = 2560

    /// - Parameter part: of the rows' inputs, counted from their first.
    private func multiply(
        _ rows: PreparedRows, part: Range<Int>, outputs: Range<Int>, adding addends: ProductAddends,
        into out: UnsafeMutablePointer<Float>, stride outStride: Int, _ kernels: KernelTable
    ) {
        guard let scales = rows.scales else { reportBug("rows of floats for a fixed-point product") }
        let shape = dk_fixed_shape(
            channel_count: part.count, output_count: outputs.count, block_length: blockLength,
            scale_stride: weights.paddedOutputs, packed_channel_count: inputCount,
            first_channel: rows.inputs.lowerBound + part.lowerBound, weights_are_far: weights.areFar)
        let integers = rows.values.assumingMemoryBound(to: Int16.self) + part.lowerBound
        kernels.fixed.pointee.product(
            out, outStride, integers, rows.byteStride / 2, scales, rows.rowCount,
            weights.integers(fromOutput: outputs.lowerBound), weights.scales + outputs.lowerBound, shape, addends.bias,
            addends.matrix, addends.matrixStride)
    }
}

/// Rows as 16-bit integers with a scale each, from the largest magnitude in the row.
struct FixedRows: RowFormat {
    var hasIndependentRows: Bool { true }
    /// The kernel is as fast for a few rows; a panel of rows stays in the second-level cache beside one of weights.
    var longestPanel: Int { 96 }

    func byteCount(inputs: Int) -> Int? { 2 * Self.stride(inputs: inputs) }

    /// Integers from row to row: an odd number of cache lines, so that the same places of many rows do not fight for the same
    /// places of the cache.
    static func stride(inputs: Int) -> Int { dk_fixed_row_length(inputs) + 32 }

    func prepare(
        _ rows: UnsafePointer<Float>, stride: Int, rowCount: Int, inputs: Int, values: UnsafeMutableRawPointer,
        scales: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) throws {
        let length = Self.stride(inputs: inputs)
        let integers = values.bindMemory(to: Int16.self, capacity: rowCount * length)
        let finite = kernels.fixed.pointee.quantise_rows(
            integers, length, scales, 1, rows, rowCount, stride, inputs)
        guard finite == rowCount else { throw NonFiniteValueError() }
    }
}

/// The one owner of a packed weight's memory; written by `fill` only, before anybody else holds it.
private final class PackedWeights: @unchecked Sendable {
    // Unchecked: see above.
    let paddedOutputs: Int
    private let shape: dk_fixed_shape
    /// Whether they are more than what a core's own cache keeps.
    var areFar: Bool { byteCount > ProductArithmetic.nearWeightBytes }
    private let memory: UnsafeMutableRawPointer
    private let scaleOffset: Int
    private let byteCount: Int

    init(outputs: Int, inputs: Int, blockLength: Int) throws {
        paddedOutputs = dk_fixed_padded_outputs(outputs)
        shape = dk_fixed_shape(
            channel_count: inputs, output_count: outputs, block_length: blockLength, scale_stride: paddedOutputs,
            packed_channel_count: inputs, first_channel: 0, weights_are_far: false)
        scaleOffset = Pieces(of: paddedOutputs * dk_fixed_row_length(inputs) * 2, length: 64).count * 64
        byteCount = scaleOffset + paddedOutputs * dk_fixed_block_count(inputs, blockLength) * 4
        memory = UnsafeMutableRawPointer(try SystemMemory.allocate(byteCount: byteCount))
    }

    deinit { SystemMemory.release(memory, byteCount: byteCount) }

    var scales: UnsafeMutablePointer<Float> { (memory + scaleOffset).assumingMemoryBound(to: Float.self) }

    /// The panel that begins with that output.
    func integers(fromOutput output: Int) -> UnsafeMutablePointer<Int16> {
        memory.assumingMemoryBound(to: Int16.self) + output * dk_fixed_row_length(shape.channel_count)
    }

    /// Reads and packs panel after panel.
    func fill(from weight: MatrixParameter, _ kernels: KernelTable) throws {
        let panels = Pieces(of: weight.outputCount, length: FixedMatrix.panelWidth)
        let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: panels.pieceLength * weight.inputCount)
        defer { scratch.deallocate() }
        for outputs in (0..<panels.count).map({ panels[$0] }) {
            let rows = UnsafeMutableBufferPointer(rebasing: scratch[..<(outputs.count * weight.inputCount)])
            try weight.readRows(outputs, into: rows)
            if let base = rows.baseAddress { try pack(base, outputs, kernels, name: weight.parameter.name) }
        }
    }

    private func pack(
        _ rows: UnsafePointer<Float>, _ outputs: Range<Int>, _ kernels: KernelTable, name: String
    ) throws {
        var panel = shape
        panel.output_count = outputs.count
        let finite = kernels.fixed.pointee.pack_panel(
            integers(fromOutput: outputs.lowerBound), scales + outputs.lowerBound, rows, shape.channel_count, panel)
        guard finite == outputs.count else { throw NonFiniteValueError(place: name) }
    }
}
