/// How one image's product is cut into panels: by its own size only. Where rows are independent, the rows of all images
/// may be cut as one.
struct ProductPanels {
    private let rowPieces: Pieces
    private let outputPieces: Pieces

    /// Panels wanted, so that a few threads find work of equal size; many more where that costs nothing.
    private static func wantedCount(_ format: any RowFormat) -> Int { format.hasIndependentRows ? 32 : 8 }
    /// Outputs of one panel at least, unless there are fewer.
    private static let shortestOutputs = 64
    /// Bytes of weights that a core's own cache does not hold: as every panel of rows fetches them from afar, it has twice as
    /// many rows.
    private static let manyWeightBytes = 4 << 20

    /// - Parameters:
    ///   - longestRows: rows of one panel at most; the arithmetic's own, unless a tile must hold them.
    ///   - wantedCount: the arithmetic's own, unless every panel lays out its rows anew.
    init(rows: Int, by matrix: any PackedMatrix, longestRows: Int? = nil, wantedCount: Int? = nil) {
        let format = matrix.arithmetic.rowFormat
        let weightBytes = matrix.inputCount * matrix.outputCount * matrix.arithmetic.bytesPerWeight
        let isLarge = format.hasIndependentRows && weightBytes > Self.manyWeightBytes
        rowPieces = Pieces(
            of: rows, atMost: longestRows ?? format.longestPanel * (isLarge ? 2 : 1), multiple: 16)
        let wanted = max(1, (wantedCount ?? Self.wantedCount(format)) / max(1, rowPieces.count))
        let longest = max(Self.shortestOutputs, (matrix.outputCount + wanted - 1) / wanted)
        outputPieces = Pieces(of: matrix.outputCount, atMost: longest, multiple: matrix.outputStep)
    }

    var rowCount: Int { rowPieces.itemCount }
    var count: Int { rowPieces.count * outputPieces.count }

    subscript(index: Int) -> (rows: Range<Int>, outputs: Range<Int>) {
        (rowPieces[index / outputPieces.count], outputPieces[index % outputPieces.count])
    }
}
