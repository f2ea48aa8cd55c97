/// How one image's product is cut into panels: by its own size only.
struct ProductPanels {
    private let rowPieces: Pieces
    private let outputPieces: Pieces

    /// Rows of one panel at most: enough that OpenBLAS's packing of the weights is a small share.
    private static let longestRows = 512
    /// Panels wanted, so that a few threads find work of equal size.
    private static let wantedCount = 8
    /// Outputs of one panel at least, unless there are fewer.
    private static let shortestOutputs = 64

    /// - Parameter outputStep: panels begin at multiples of it.
    init(rows: Int, outputs: Int, outputStep: Int, longestRows: Int = Self.longestRows) {
        rowPieces = Pieces(of: rows, atMost: longestRows, multiple: 16)
        let wanted = max(1, Self.wantedCount / max(1, rowPieces.count))
        let longest = max(Self.shortestOutputs, (outputs + wanted - 1) / wanted)
        outputPieces = Pieces(of: outputs, atMost: longest, multiple: outputStep)
    }

    var count: Int { rowPieces.count * outputPieces.count }

    subscript(index: Int) -> (rows: Range<Int>, outputs: Range<Int>) {
        (rowPieces[index / outputPieces.count], outputPieces[index % outputPieces.count])
    }
}
