import CDiffusionKernels
import DiffusionTensors

/// Winograd's products in Float32 by OpenBLAS: 16 bytes per weight of the 3 × 3.
struct WinogradFloat32: WinogradProducts {
    let inputCount: Int
    let outputCount: Int
    /// The order of OpenBLAS's sums may change with the number of rows.
    let tilesAreIndependent = false
    let outputStep = 16
    /// `[36, outputs, inputs]`
    private let weights: Tensor

    /// Outputs that are read at once.
    private static let panelLength = 64

    /// - Parameter weight: OIHW, 3 × 3.
    init(_ weight: Parameter) throws {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let kernels = try KernelTable(.best).winograd
        let panels = Pieces(of: outputs, length: Self.panelLength)
        var transformed = try Tensor(uninitialized: [Winograd.positionCount, outputs, inputs], pool: nil)
        try transformed.withUnsafeMutableScalars { target in
            guard let base = target.baseAddress else { return }
            for panel in (0..<panels.count).map({ panels[$0] }) {
                try weight.forEachOutput(of: panel) { output, values in
                    kernels.pointee.transform_weights(base + output * inputs, outputs * inputs, values, inputs)
                }
            }
        }
        (inputCount, outputCount, weights) = (inputs, outputs, transformed)
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
        _ range: Range<Int>, of tiles: WinogradTiles, position: Int, outputs: Range<Int>,
        into out: UnsafeMutablePointer<Float>, stride outStride: Int, _ kernels: KernelTable
    ) {
        let rows = floats(tiles) + position * stride(tiles.count) + range.lowerBound * inputCount
        weights.withUnsafeScalars { scalars in
            guard let base = scalars.baseAddress else { return }
            BLAS.product(
                rows, stride: inputCount, base + (position * outputCount + outputs.lowerBound) * inputCount,
                .transposed, stride: inputCount, rows: range.count, columns: outputs.count, inner: inputCount,
                accumulate: false, into: out, stride: outStride)
        }
    }
}
