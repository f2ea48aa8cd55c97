import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors

/// Where the parts of one panel of Winograd's 16-bit weights lie, compressed or expanded (`DiffusionWinogradWeights.h`);
/// panels are all laid out like a whole one of 64 outputs.
struct WinogradPanelLayout: Sendable {
    let inputCount: Int
    let outputCount: Int
    let blockLength: Int

    /// Where weights are made in every run, they are made for a block of inputs at a time.
    static let longestBlock = FixedMatrix.longestBlock
    static let width = FixedMatrix.panelWidth

    init(inputCount: Int, outputCount: Int) {
        (self.inputCount, self.outputCount) = (inputCount, outputCount)
        blockLength = FixedMatrix.blocks(of: inputCount).pieceLength
    }

    private init(inputCount: Int, outputCount: Int, blockLength: Int) {
        (self.inputCount, self.outputCount, self.blockLength) = (inputCount, outputCount, blockLength)
    }

    var blockCount: Int { dk_fixed_block_count(inputCount, blockLength) }

    /// The inputs of a block, which share their scales.
    func inputs(ofBlock block: Int) -> Range<Int> { Pieces(of: inputCount, length: blockLength)[block] }

    /// How the panels of a layer that has the inputs of that block only are laid out.
    func ofBlock(_ block: Int) -> WinogradPanelLayout {
        WinogradPanelLayout(
            inputCount: inputs(ofBlock: block).count, outputCount: outputCount, blockLength: blockLength)
    }

    var panels: Pieces { Pieces(of: outputCount, length: Self.width) }
    func paddedOutputs(of panel: Int) -> Int { dk_fixed_padded_outputs(panels[panel].count) }

    // Of the compressed form: integers, then a factor for each block, position and output, then the outputs' scales.
    private var compressedIntegers: Int { (2 * 9 * inputCount * Self.width + 63) / 64 * 64 }
    private var factorCount: Int { blockCount * Winograd.positionCount * Self.width }
    var compressedByteCount: Int { compressedIntegers + 4 * (factorCount + Self.width) }

    // Of the expanded form: the positions' integers, then their scales for each block and output.
    /// Integers from one position to the next.
    var positionStride: Int {
        Winograd.positionStride(byteCount: 2 * dk_fixed_row_length(inputCount) * Self.width) / 2
    }
    private var expandedIntegers: Int { 2 * Winograd.positionCount * positionStride }
    var expandedByteCount: Int { expandedIntegers + 4 * factorCount }

    func compressed(_ index: Int, at base: UnsafeMutableRawPointer) -> CompressedWinogradPanel {
        let factors = (base + compressedIntegers).assumingMemoryBound(to: Float.self)
        return CompressedWinogradPanel(
            integers: base.assumingMemoryBound(to: Int16.self), factors: factors, scales: factors + factorCount,
            outputs: panels[index], layout: self)
    }

    /// - Parameter isFar: whether products find it beyond a core's own cache.
    func expanded(_ index: Int, at base: UnsafeMutableRawPointer, isFar: Bool) -> ExpandedWinogradPanel {
        ExpandedWinogradPanel(
            integers: base.assumingMemoryBound(to: Int16.self),
            scales: (base + expandedIntegers).assumingMemoryBound(to: Float.self), outputs: panels[index],
            paddedOutputs: paddedOutputs(of: index), layout: self, isFar: isFar)
    }
}

/// The weights of up to 64 outputs as 16-bit integers `[input][3 · 3][output]`: 2 bytes a weight.
struct CompressedWinogradPanel {
    fileprivate let integers: UnsafeMutablePointer<Int16>
    fileprivate let factors: UnsafeMutablePointer<Float>
    fileprivate let scales: UnsafeMutablePointer<Float>
    let outputs: Range<Int>
    fileprivate let layout: WinogradPanelLayout

    private var paddedOutputs: Int { dk_fixed_padded_outputs(outputs.count) }

    private var panel: dk_winograd_panel {
        dk_winograd_panel(
            weights: integers, weight_scales: scales, factors: factors, channel_count: layout.inputCount,
            output_count: paddedOutputs, block_length: layout.blockLength)
    }

    /// - Parameter weights: `[outputs][inputs][3][3]`
    /// - Throws: `NonFiniteValueError` with the name of the parameter that they come from.
    fileprivate func fill(from weights: UnsafePointer<Float>, _ kernels: KernelTable, name: String) throws {
        let finite = kernels.winogradWeights.pointee.compress_panel(
            integers, scales, weights, 9 * layout.inputCount, outputs.count, layout.inputCount)
        guard finite == outputs.count else { throw NonFiniteValueError(place: name) }
        kernels.winogradWeights.pointee.find_factors(factors, panel)
    }

    func expand(into expanded: ExpandedWinogradPanel, _ kernels: KernelTable) {
        kernels.winogradWeights.pointee.expand_panel(expanded.integers, layout.positionStride, expanded.scales, panel)
    }

    /// The part of one block of inputs, as if the layer had no others.
    func part(ofBlock block: Int) -> CompressedWinogradPanel {
        CompressedWinogradPanel(
            integers: integers + layout.inputs(ofBlock: block).lowerBound * 9 * paddedOutputs,
            factors: factors + block * Winograd.positionCount * paddedOutputs, scales: scales, outputs: outputs,
            layout: layout.ofBlock(block))
    }
}

/// The same weights as those of the 36 products: 8 bytes a weight.
struct ExpandedWinogradPanel {
    fileprivate let integers: UnsafeMutablePointer<Int16>
    fileprivate let scales: UnsafeMutablePointer<Float>
    let outputs: Range<Int>
    fileprivate let paddedOutputs: Int
    fileprivate let layout: WinogradPanelLayout
    fileprivate let isFar: Bool

    /// - Parameter inputCount: of the whole layer. Where the panel has only some inputs, sums begin with the first of them
    ///   and are scaled after the last: the same bytes as all at once.
    func multiply(
        _ rows: PreparedRows, of inputCount: Int, position: Int, into out: UnsafeMutablePointer<Float>, stride: Int,
        _ kernels: KernelTable
    ) {
        guard let rowScales = rows.scales else { reportBug("tiles of floats for a fixed-point product") }
        let isPart = rows.inputs.count < inputCount
        let shape = dk_fixed_shape(
            channel_count: layout.inputCount, output_count: outputs.count, block_length: layout.blockLength,
            scale_stride: paddedOutputs, packed_channel_count: layout.inputCount, first_channel: 0,
            weights_are_far: isFar)
        kernels.fixed.pointee.product(
            out, stride, rows.values.assumingMemoryBound(to: Int16.self), rows.byteStride / 2,
            isPart ? nil : rowScales, rows.rowCount, integers + position * layout.positionStride,
            scales + position * layout.blockCount * paddedOutputs, shape, nil,
            rows.inputs.lowerBound > 0 ? UnsafePointer(out) : nil, stride)
        if isPart && rows.inputs.upperBound == inputCount {
            kernels.functions.pointee.scale_rows(out, rows.rowCount, stride, outputs.count, rowScales)
        }
    }
}

/// The one owner of a layer's panels, in one of the two forms; written by its initialisers only.
final class WinogradPanelMemory: @unchecked Sendable {
    // Unchecked: see above.
    let layout: WinogradPanelLayout
    private let memory: UnsafeMutableRawPointer
    private let panelByteCount: Int

    private init(_ layout: WinogradPanelLayout, panelByteCount: Int) throws {
        self.layout = layout
        self.panelByteCount = (panelByteCount + 63) / 64 * 64
        memory = UnsafeMutableRawPointer(
            try SystemMemory.allocate(byteCount: self.panelByteCount * layout.panels.count))
    }

    deinit { SystemMemory.release(memory, byteCount: panelByteCount * layout.panels.count) }

    /// Reads and compresses an OIHW weight of 3 × 3, panel after panel. Every instruction path gives the same bytes, so the
    /// fastest does it.
    static func compressed(_ weight: Parameter) throws -> WinogradPanelMemory {
        let layout = WinogradPanelLayout(inputCount: weight.shape[1], outputCount: weight.shape[0])
        let memory = try WinogradPanelMemory(layout, panelByteCount: layout.compressedByteCount)
        let kernels = try KernelTable(.best)
        try memory.fill(from: weight) { try memory.compressedPanel($0).fill(from: $1, kernels, name: weight.name) }
        return memory
    }

    /// As above, expanded at once.
    static func expanded(_ weight: Parameter, _ kernels: KernelTable) throws -> WinogradPanelMemory {
        let layout = WinogradPanelLayout(inputCount: weight.shape[1], outputCount: weight.shape[0])
        let memory = try WinogradPanelMemory(layout, panelByteCount: layout.expandedByteCount)
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: layout.compressedByteCount, alignment: 64)
        defer { scratch.deallocate() }
        try memory.fill(from: weight) { index, values in
            let compressed = layout.compressed(index, at: scratch)
            try compressed.fill(from: values, kernels, name: weight.name)
            compressed.expand(into: memory.expandedPanel(index), kernels)
        }
        return memory
    }

    func compressedPanel(_ index: Int) -> CompressedWinogradPanel {
        layout.compressed(index, at: memory + index * panelByteCount)
    }

    func expandedPanel(_ index: Int) -> ExpandedWinogradPanel {
        layout.expanded(index, at: memory + index * panelByteCount, isFar: true)
    }

    private func fill(
        from weight: Parameter, _ body: (Int, UnsafePointer<Float>) throws -> Void
    ) throws {
        let (panels, length) = (layout.panels, 9 * layout.inputCount)
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: panels.pieceLength * length)
        defer { buffer.deallocate() }
        for index in 0..<panels.count {
            let outputs = panels[index]
            let values = UnsafeMutableBufferPointer(rebasing: buffer[..<(outputs.count * length)])
            try weight.read(outputs.lowerBound * length..<outputs.upperBound * length, into: values)
            if let base = values.baseAddress { try body(index, base) }
        }
    }
}
