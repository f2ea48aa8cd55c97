import CDiffusionKernels
import DiffusionTensors

/// The 36 products of a Winograd convolution in one arithmetic: weights `[position][outputs, inputs]`, packed, and
/// transformed tiles in the form that these are multiplied with.
protocol WinogradProducts: Sendable {
    var inputCount: Int { get }
    var outputCount: Int { get }
    /// Whether a tile's products are the same bytes whichever tiles are multiplied together with it.
    var tilesAreIndependent: Bool { get }
    /// Ranges of outputs begin at multiples of it.
    var outputStep: Int { get }
    /// Whether the weights stand ready; otherwise asking for them costs about what some tens of tiles cost.
    var isExpanded: Bool { get }

    /// Bytes that `tileCount` transformed tiles take.
    func byteCount(tileCount: Int) -> Int

    /// Transforms the window of 6 × 6 pixels that begins at (y, x) of the picture, zeros outside of it, into place `tile`.
    /// - Parameter scratch: room for 36 × inputs floats.
    /// - Throws: `NonFiniteValueError` where the arithmetic cannot carry such pixels.
    func transform(
        _ window: PixelWindow, y: Int, x: Int, tile: Int, of tiles: WinogradTiles,
        scratch: UnsafeMutablePointer<Float>, _ kernels: KernelTable
    ) throws

    /// Lends the weights of a range of outputs: all at once, or range after range of the inputs.
    func withWeights(
        of outputs: Range<Int>, _ context: ComputeContext, _ body: (WinogradWeights) throws -> Void) throws

    /// out[t, o] = Σ_i tile[t, i] · weight[position, o, i] for t in `range` and all outputs of the weights. Where these
    /// come in ranges of the inputs, it is the result only after the last.
    /// - Parameter out: points at element (range.lowerBound, first output of the weights).
    func multiply(
        _ range: Range<Int>, of tiles: WinogradTiles, by weights: WinogradWeights, position: Int,
        into out: UnsafeMutablePointer<Float>, stride: Int, _ kernels: KernelTable)
}

extension ProductArithmetic {
    /// Transforms and packs an OIHW weight of 3 × 3.
    /// - Parameter isExpanded: whether the weights of the products are to stand ready.
    func winogradProducts(
        _ weight: Parameter, isExpanded: Bool, for path: InstructionPath
    ) throws -> any WinogradProducts {
        switch self {
        case .float32: try WinogradFloat32(weight, isExpanded: isExpanded)
        case .fixed16, .int8: try WinogradFixed16(weight, isExpanded: isExpanded, KernelTable(path))
        }
    }
}

/// The weights of some outputs, at all positions, for as long as they are lent.
struct WinogradWeights: @unchecked Sendable {
    // Unchecked: what the panels point at is only read.
    let outputs: Range<Int>
    let inputs: Range<Int>
    /// Of 16-bit arithmetic.
    var panels: [ExpandedWinogradPanel] = []
    /// Of Float32: `[outputs, inputs]` of each position.
    var floats: UnsafePointer<Float>?
    var positionStride = 0
}

/// Room for the transforms of some tiles, laid out as the arithmetic likes; threads write to different tiles at once.
struct WinogradTiles: @unchecked Sendable {
    // Unchecked: see `SharedPointer`.
    let base: UnsafeMutableRawPointer
    let count: Int
}

/// Pixels of one image as a transform reads them: a whole picture, or rows and columns of it.
struct PixelWindow: @unchecked Sendable {
    // Unchecked: what it points at is only read.
    let base: UnsafePointer<Float>
    let picture: dk_picture
    /// Where the window begins in the image.
    var top = 0
    var left = 0
}

enum Winograd {
    /// Products that one convolution becomes.
    static let positionCount = Int(dk_winograd_positions)
    /// Pixels per side of the window that one tile sees.
    static let windowSide = 6

    /// From one position's matrix of `byteCount` bytes to the next: a cache line more than it takes, so that a tile's 36
    /// values do not fight for the same places of the cache.
    static func positionStride(byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 + 64 }
}

extension Parameter {
    /// Reads outputs `range` of an OIHW weight and hands them on one by one.
    func forEachOutput(of range: Range<Int>, _ body: (Int, UnsafePointer<Float>) throws -> Void) throws {
        let length = shape.elementCount / max(1, shape[0])
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: range.count * length)
        defer { buffer.deallocate() }
        try read(range.lowerBound * length..<range.upperBound * length, into: buffer)
        guard let base = buffer.baseAddress else { return }
        for output in range { try body(output, base + (output - range.lowerBound) * length) }
    }
}
