import DiffusionEngine
import DiffusionTensors

/// Pixels along one axis that count, and those around them that are taken along.
struct TileSpan: Equatable {
    private(set) var inside: Range<Int>
    private(set) var outside: Range<Int>

    var marginBefore: Int { inside.lowerBound - outside.lowerBound }
    private var marginBehind: Int { outside.upperBound - inside.upperBound }

    /// - Parameter halo: pixels taken along on each side, as far as the picture goes.
    init(_ inside: Range<Int>, of extent: Int, halo: Int) {
        self.inside = inside
        outside = max(0, inside.lowerBound - halo)..<min(extent, inside.upperBound + halo)
    }

    private init(inside: Range<Int>, outside: Range<Int>) { (self.inside, self.outside) = (inside, outside) }

    /// An axis cut into parts of about one length, none longer than `edge`.
    static func even(_ extent: Int, edge: Int) -> [Range<Int>] {
        let count = (extent + edge - 1) / edge
        return (0..<count).map { $0 * extent / count..<($0 + 1) * extent / count }
    }

    /// Spans of one length, in the middles of equal parts of the axis: `count` of them where there is room. The whole axis
    /// as one span where an edge with its halo does not fit.
    static func spread(_ count: Int, over extent: Int, edge: Int, halo: Int) -> [TileSpan] {
        let length = edge + 2 * halo
        guard length <= extent else { return [TileSpan(0..<extent, of: extent, halo: halo)] }
        let count = max(1, min(count, extent / edge))
        return (0..<count).map { index in
            let middle = (2 * index + 1) * extent / (2 * count)
            let start = max(0, min(extent - length, middle - length / 2))
            return TileSpan(
                inside: start + halo..<start + halo + edge, outside: start..<start + length)
        }
    }

    func scaled(by scale: Int) -> TileSpan {
        TileSpan(inside: inside.scaled(by: scale), outside: outside.scaled(by: scale))
    }

    /// With at most `halo` pixels around the inside.
    func trimmed(to halo: Int) -> TileSpan {
        let (before, behind) = (min(marginBefore, halo), min(marginBehind, halo))
        return TileSpan(inside: inside, outside: inside.lowerBound - before..<inside.upperBound + behind)
    }
}

/// A rectangle of the picture with what is taken along around it.
struct Tile: Equatable {
    var rows: TileSpan
    var columns: TileSpan

    var inside: PixelRegion { PixelRegion(rows: rows.inside, columns: columns.inside) }
    var outside: PixelRegion { PixelRegion(rows: rows.outside, columns: columns.outside) }

    func scaled(by scale: Int) -> Tile { Tile(rows: rows.scaled(by: scale), columns: columns.scaled(by: scale)) }

    /// The inside as the stages make it of a feature map of the whole picture.
    func run(
        _ stages: ArraySlice<DecodingStage>, on features: Tensor, in context: ComputeContext
    ) throws -> Tensor {
        var tile = self
        var hidden = try features.cropped(to: outside, in: context)
        for index in stages.indices {
            try context.checkCancellation()
            hidden = try stages[index].run(consume hidden, context)
            (hidden, tile) = try tile.scaled(by: stages[index].scale)
                .trimmed(hidden, to: stages[(index + 1)...].halo, in: context)
        }
        return hidden
    }

    /// Cuts off what is not needed any more.
    /// - Parameter hidden: the outside of this tile.
    func trimmed(_ hidden: Tensor, to halo: Int, in context: ComputeContext) throws -> (Tensor, Tile) {
        let tile = Tile(rows: rows.trimmed(to: halo), columns: columns.trimmed(to: halo))
        let region = PixelRegion(
            rows: tile.outside.rows.shifted(by: -rows.outside.lowerBound),
            columns: tile.outside.columns.shifted(by: -columns.outside.lowerBound))
        return (try hidden.cropped(to: region, in: context), tile)
    }
}

extension PixelRegion {
    func scaled(by scale: Int) -> PixelRegion {
        PixelRegion(rows: rows.scaled(by: scale), columns: columns.scaled(by: scale))
    }
}

extension Range<Int> {
    func scaled(by factor: Int) -> Range<Int> { lowerBound * factor..<upperBound * factor }

    func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}
