/// What of a request decides on the memory that it takes.
struct RenderShape: Sendable, Hashable {
    /// Pixels.
    var width: Int
    var height: Int
    /// Rows that the U-Net is asked for in each step of one picture.
    var rows: Int
    var keepsDeepFeatures: Bool
    /// Whether it begins with a picture.
    var encodesPicture: Bool
    var tiling: TilingChoice
    /// What that has come to.
    var decodesInTiles: Bool

    init(_ request: ResolvedRequest, _ model: DiffusionModel) {
        (width, height) = (request.width, request.height)
        rows = request.guidance.isActive && model.unet.timeConditionChannels == nil ? 2 : 1
        keepsDeepFeatures = request.cache != nil
        encodesPicture = request.initialPicture != nil
        (tiling, decodesInTiles) = (request.tiling, request.decodesInTiles)
    }

    /// What a U-Net call can be cut down to; reused features are those of all rows.
    var smallestRows: Int { keepsDeepFeatures ? rows : 1 }
}
