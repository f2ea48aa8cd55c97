import CDiffusionKernels
import DiffusionTensors

/// Winograd's products in 16-bit fixed point (`DiffusionFixedPoint.h`): 8 bytes per weight of the 3 × 3. Every tile has a
/// scale for each of its 36 positions.
struct WinogradFixed16: WinogradProducts {
    let inputCount: Int
    let outputCount: Int
    let tilesAreIndependent = true
    let outputStep = FixedMatrix.panelWidth
    /// One per position.
    private let matrices: [FixedMatrix]

    /// - Parameter weight: OIHW, 3 × 3.
    init(_ weight: Parameter) throws {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        (inputCount, outputCount) = (inputs, outputs)
        matrices = try (0..<Winograd.positionCount).map { _ in
            try FixedMatrix(outputCount: outputs, inputCount: inputs)
        }
        let panels = Pieces(of: outputs, length: FixedMatrix.panelWidth)
        let (kernels, length) = (try KernelTable(.best), panels.pieceLength * inputs)
        let transformed = UnsafeMutablePointer<Float>.allocate(capacity: Winograd.positionCount * length)
        defer { transformed.deallocate() }
        for panel in (0..<panels.count).map({ panels[$0] }) {
            try weight.forEachOutput(of: panel) { output, values in
                kernels.winograd.pointee.transform_weights(
                    transformed + (output - panel.lowerBound) * inputs, length, values, inputs)
            }
            for (position, matrix) in matrices.enumerated() {
                try matrix.pack(transformed + position * length, panel, kernels, name: weight.name)
            }
        }
    }

    /// Integers of one transformed tile at one position.
    private var rowLength: Int { dk_fixed_row_length(inputCount) }

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
        _ range: Range<Int>, of tiles: WinogradTiles, position: Int, outputs: Range<Int>,
        into out: UnsafeMutablePointer<Float>, stride outStride: Int, _ kernels: KernelTable
    ) {
        let rows = PreparedRows(
            rowCount: range.count, inputs: 0..<inputCount,
            values: integers(tiles) + position * stride(tiles) + range.lowerBound * rowLength,
            byteStride: 2 * rowLength,
            scales: scales(tiles) + position * tiles.count + range.lowerBound)
        matrices[position].multiply(
            rows, outputs: outputs, adding: .none, into: out, stride: outStride, kernels)
    }
}
