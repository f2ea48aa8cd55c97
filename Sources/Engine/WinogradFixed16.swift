import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors

/// Winograd's products in 16-bit fixed point (`DiffusionFixedPoint.h`). Every tile has a scale for each of its 36
/// positions. The weights of the products stand ready, 8 bytes per weight of the 3 × 3, or are made of 2 bytes each time,
/// for one block of inputs after another, so that they are multiplied while they lie in cache.
struct WinogradFixed16: WinogradProducts {
    let isExpanded: Bool
    /// Of expanded weights; compressed ones have none.
    private let layout: dk_fixed_layout
    private let memory: WinogradPanelMemory
    let tilesAreIndependent = true
    let outputStep = WinogradPanelLayout.width
    var inputCount: Int { memory.layout.inputCount }
    var outputCount: Int { memory.layout.outputCount }

    /// - Parameter weight: OIHW, 3 × 3.
    init(_ weight: Parameter, isExpanded: Bool, _ kernels: KernelTable) throws {
        self.isExpanded = isExpanded
        layout = kernels.fixed.pointee.layout
        memory = try isExpanded ? .expanded(weight, kernels) : .compressed(weight)
    }

    func withWeights(
        of outputs: Range<Int>, _ context: ComputeContext, _ body: (WinogradWeights) throws -> Void
    ) throws {
        ensure(outputs.lowerBound % outputStep == 0, "Winograd's products from output \(outputs.lowerBound) on")
        let panels = outputs.lowerBound / outputStep..<(outputs.upperBound + outputStep - 1) / outputStep
        if isExpanded {
            ensure(layout == context.kernels.fixed.pointee.layout, "Winograd's weights of another instruction path")
            return try body(
                WinogradWeights(
                    outputs: outputs, inputs: 0..<inputCount, panels: panels.map(memory.expandedPanel)))
        }
        let length = (memory.layout.ofBlock(0).expandedByteCount + 63) / 64 * 64
        try context.withWorkspace(byteCount: panels.count * length) { workspace in
            for block in 0..<memory.layout.blockCount {
                let layout = memory.layout.ofBlock(block)
                let expanded = panels.map {
                    layout.expanded($0, at: workspace + ($0 - panels.lowerBound) * length, isFar: false)
                }
                for (index, panel) in zip(panels, expanded) {
                    memory.compressedPanel(index).part(ofBlock: block).expand(into: panel, context.kernels)
                }
                try body(
                    WinogradWeights(outputs: outputs, inputs: memory.layout.inputs(ofBlock: block), panels: expanded))
            }
        }
    }

    /// Integers from one transformed tile to the next at one position.
    private var rowLength: Int { FixedRows.stride(inputs: inputCount) }

    func byteCount(tileCount: Int) -> Int {
        Winograd.positionCount * (Winograd.positionStride(byteCount: tileCount * rowLength * 2) + tileCount * 4)
    }

    /// Integers from one position's tiles to the next.
    private func stride(_ tiles: WinogradTiles) -> Int {
        Winograd.positionStride(byteCount: tiles.count * rowLength * 2) / 2
    }

    private func integers(_ tiles: WinogradTiles) -> UnsafeMutablePointer<Int16> {
        tiles.base.assumingMemoryBound(to: Int16.self)
    }

    /// `[36, tiles]`
    private func scales(_ tiles: WinogradTiles) -> UnsafeMutablePointer<Float> {
        (tiles.base + Winograd.positionCount * stride(tiles) * 2).assumingMemoryBound(to: Float.self)
    }

    func transform(
        _ window: PixelWindow, y: Int, x: Int, tile: Int, of tiles: WinogradTiles,
        scratch: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) throws {
        kernels.winograd.pointee.transform_input(
            scratch, inputCount, window.base, window.picture, y - window.top, x - window.left)
        let finite = kernels.fixed.pointee.quantise_rows(
            integers(tiles) + tile * rowLength, stride(tiles), scales(tiles) + tile, tiles.count, scratch,
            Winograd.positionCount, inputCount, inputCount)
        guard finite == Winograd.positionCount else { throw NonFiniteValueError() }
    }

    func multiply(
        _ range: Range<Int>, of tiles: WinogradTiles, by weights: WinogradWeights, position: Int,
        into out: UnsafeMutablePointer<Float>, stride outStride: Int, _ kernels: KernelTable
    ) {
        let rows = PreparedRows(
            rowCount: range.count, inputs: weights.inputs,
            values: integers(tiles) + position * stride(tiles) + range.lowerBound * rowLength
                + weights.inputs.lowerBound,
            byteStride: 2 * rowLength, scales: scales(tiles) + position * tiles.count + range.lowerBound)
        var target = out
        for panel in weights.panels {
            panel.multiply(rows, of: inputCount, position: position, into: target, stride: outStride, kernels)
            target += panel.outputs.count
        }
    }
}
