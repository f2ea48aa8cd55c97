/// How the output of one picture is cut into Winograd's tiles of 4 × 4 pixels, and these into rectangular blocks.
///
/// The cut depends on the size of one picture only, never on the number of images or threads.
struct WinogradTiling: Sendable {
    /// A rectangle of tiles.
    struct Block: Sendable {
        var rows: Range<Int>
        var columns: Range<Int>

        var count: Int { rows.count * columns.count }

        /// All tiles, row after row.
        var places: some Sequence<(row: Int, column: Int)> {
            rows.lazy.flatMap { row in columns.lazy.map { (row, $0) } }
        }
    }

    let rowCount: Int
    let columnCount: Int
    private let rowPieces: Pieces
    private let columnPieces: Pieces

    /// Pixels per side of a tile.
    static let side = 4
    /// Tiles of one block at most: their transforms stay in cache, and the weights are worth fetching for them.
    private static let longestBlock = 96
    /// Tiles beside each other in one block at most.
    private static let widestBlock = 16

    /// - Parameters: the output's size in pixels.
    init(height: Int, width: Int) {
        rowCount = (height + Self.side - 1) / Self.side
        columnCount = (width + Self.side - 1) / Self.side
        columnPieces = Pieces(of: columnCount, atMost: Self.widestBlock)
        let perBlock = max(1, Self.longestBlock / columnPieces.pieceLength)
        let needed = (rowCount + perBlock - 1) / perBlock
        // An even count shares out evenly between two and four threads.
        rowPieces = Pieces(of: rowCount, length: (rowCount + needed + needed % 2 - 1) / max(1, needed + needed % 2))
    }

    var tileCount: Int { rowCount * columnCount }
    var blockCount: Int { rowPieces.count * columnPieces.count }
    /// Whether all tiles of a picture are too few to be shared out by blocks.
    var isSmall: Bool { tileCount <= Self.longestBlock }

    subscript(index: Int) -> Block {
        Block(rows: rowPieces[index / columnPieces.count], columns: columnPieces[index % columnPieces.count])
    }
}
