import CDiffusionKernels
import DiffusionBasics
import DiffusionTensors

/// Winograd's products in Float32 by OpenBLAS. The weights of the products stand ready, 16 bytes per weight of the 3 × 3,
/// or are made of 4 bytes each time, for one block of inputs after another.
struct WinogradFloat32: WinogradProducts {
    let inputCount: Int
    let outputCount: Int
    let isExpanded: Bool
    /// The order of OpenBLAS's sums may change with the number of rows.
    let tilesAreIndependent = false
    var outputStep: Int { isExpanded ? 16 : Self.panelLength }
    /// `[36, outputs, inputs]`, or OIHW.
    private let weights: Tensor

    /// Outputs that are read, or transformed, at once.
    private static let panelLength = 64

    /// - Parameter weight: OIHW, 3 × 3.
    init(_ weight: Parameter, isExpanded: Bool) throws {
        (inputCount, outputCount) = (weight.shape[1], weight.shape[0])
        self.isExpanded = isExpanded
        weights = try isExpanded ? Self.expanded(weight) : Self.asRead(weight)
    }

    private static func asRead(_ weight: Parameter) throws -> Tensor {
        var weights = try Tensor(uninitialized: weight.shape, pool: nil)
        try weights.withUnsafeMutableScalars { try weight.read(0..<weight.shape.elementCount, into: $0) }
        return weights
    }

    private static func expanded(_ weight: Parameter) throws -> Tensor {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let kernels = try KernelTable(.best).winograd
        let panels = Pieces(of: outputs, length: panelLength)
        var transformed = try Tensor(uninitialized: [Winograd.positionCount, outputs, inputs], pool: nil)
        try transformed.withUnsafeMutableScalars { target in
            guard let base = target.baseAddress else { return }
            for panel in (0..<panels.count).map({ panels[$0] }) {
                try weight.forEachOutput(of: panel) { output, values in
                    kernels.pointee.transform_weights(base + output * inputs, outputs * inputs, values, inputs)
                }
            }
        }
        return transformed
    }

    func withWeights(
        of outputs: Range<Int>, _ context: ComputeContext, _ body: (WinogradWeights) throws -> Void
    ) throws {
        try withPointer(weights) { weights in
            if isExpanded {
                return try body(
                    WinogradWeights(
                        outputs: outputs, inputs: 0..<inputCount,
                        floats: weights.pointer + outputs.lowerBound * inputCount,
                        positionStride: outputCount * inputCount))
            }
            let blocks = Pieces(of: inputCount, atMost: WinogradPanelLayout.longestBlock, multiple: 16)
            let stride = Winograd.positionStride(byteCount: 4 * outputs.count * blocks.pieceLength) / 4
            try context.withFloats(Winograd.positionCount * stride) { expanded in
                for inputs in (0..<blocks.count).map({ blocks[$0] }) {
                    for (row, output) in outputs.enumerated() {
                        context.kernels.winograd.pointee.transform_weights(
                            expanded + row * inputs.count, stride,
                            weights.pointer + (output * inputCount + inputs.lowerBound) * 9, inputs.count)
                    }
                    try body(
                        WinogradWeights(outputs: outputs, inputs: inputs, floats: expanded, positionStride: stride))
                }
            }
        }
    }

    func byteCount(tileCount: Int) -> Int { Winograd.positionCount * stride(tileCount) * 4 }

    /// Floats from one position's tiles to the next.
    private func stride(_ tileCount: Int) -> Int { Winograd.positionStride(byteCount: tileCount * inputCount * 4) / 4 }

    private func floats(_ tiles: WinogradTiles) -> UnsafeMutablePointer<Float> {
        tiles.base.assumingMemoryBound(to: Float.self)
    }

    func transform(
        _ window: PixelWindow, y: Int, x: Int, tile: Int, of tiles: WinogradTiles,
        scratch: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) {
        kernels.winograd.pointee.transform_input(
            floats(tiles) + tile * inputCount, stride(tiles.count), window.base, window.picture, y - window.top,
            x - window.left)
    }

    func multiply(
        _ range: Range<Int>, of tiles: WinogradTiles, by weights: WinogradWeights, position: Int,
        into out: UnsafeMutablePointer<Float>, stride outStride: Int, _ kernels: KernelTable
    ) {
        guard let floats = weights.floats else { reportBug("weights of integers for a product in Float32") }
        let (inputs, rows) = (weights.inputs, self.floats(tiles) + position * stride(tiles.count))
        BLAS.product(
            rows + range.lowerBound * inputCount + inputs.lowerBound, stride: inputCount,
            floats + position * weights.positionStride, .transposed, stride: inputs.count, rows: range.count,
            columns: weights.outputs.count, inner: inputs.count, accumulate: inputs.lowerBound > 0, into: out,
            stride: outStride)
    }
}
