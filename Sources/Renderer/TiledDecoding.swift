import DiffusionEngine
import DiffusionTensors

/// Runs the stages of a decoder on a picture as a `TilePlan` says.
struct TiledDecoding {
    private let stages: [DecodingStage]
    let plan: TilePlan

    /// Feature maps that a stage holds at once, of its widest.
    private static let mapsHeld = 3

    init(_ stages: [DecodingStage], _ plan: TilePlan) {
        self.stages = stages
        self.plan = plan
    }

    /// - Parameter input: `[1, height, width, channels]`, what the first stage begins with.
    func callAsFunction(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        let (whole, rest) = split(height: input.shape[1], width: input.shape[2])
        let features = try whole.run(on: consume input, in: context)
        guard !rest.isEmpty else { return features }
        // What comes has other sizes: what was left of the whole would lie beside it.
        context.buffers.trim()
        guard rest.contains(where: \.hasNorms) else { return try picture(of: features, rest, in: context) }
        let statistics = NormStatistics()
        let measuring = context.using(statistics)
        try measure(features, rest, statistics, in: measuring)
        context.buffers.trim()
        return try picture(of: features, rest, in: measuring) { statistics.give() }
    }

    /// Stages computed for the whole picture, the first one always, further ones while memory allows; and those for tiles.
    func split(height: Int, width: Int) -> (whole: ArraySlice<DecodingStage>, rest: ArraySlice<DecodingStage>) {
        var pixelCount = height * width
        var count = 1
        for stage in stages.dropFirst() {
            pixelCount *= stage.scale * stage.scale
            let byteCount = pixelCount * stage.width * MemoryLayout<Float>.stride * Self.mapsHeld
            guard byteCount <= plan.wholeByteCount else { break }
            count += 1
        }
        return (stages[..<count], stages[count...])
    }

    /// Tile by tile.
    private func picture(
        of features: Tensor, _ stages: ArraySlice<DecodingStage>, in context: ComputeContext,
        beforeEach prepare: () -> Void = {}
    ) throws -> Tensor {
        let (height, width, scale) = (features.shape[1], features.shape[2], stages.scale)
        var picture: Tensor?
        for rows in TileSpan.even(height, edge: max(1, plan.edge / scale)) {
            for columns in TileSpan.even(width, edge: max(1, plan.edge / scale)) {
                prepare()
                let tile = Tile(
                    rows: TileSpan(rows, of: height, halo: stages.halo),
                    columns: TileSpan(columns, of: width, halo: stages.halo))
                let piece = try tile.run(stages, on: features, in: context)
                var whole = try picture ?? context.makeTensor([1, height * scale, width * scale, piece.shape[3]])
                picture = nil
                whole.paste(piece, at: tile.inside.scaled(by: scale))
                picture = whole
            }
        }
        return picture ?? features
    }

    /// Runs the stages on samples of the picture, as one batch whose norms are measured over all of it.
    private func measure(
        _ features: Tensor, _ stages: ArraySlice<DecodingStage>, _ statistics: NormStatistics,
        in context: ComputeContext
    ) throws {
        let edge = max(1, plan.sampleEdge / stages.scale)
        let (height, width) = (features.shape[1], features.shape[2])
        let rowCount = (Double(plan.sampleCount) * Double(height) / Double(width)).squareRoot().rounded()
        let rowsOfSamples = max(1, min(plan.sampleCount, Int(rowCount)))
        let rows = TileSpan.spread(rowsOfSamples, over: height, edge: edge, halo: stages.halo)
        let columns = TileSpan.spread(plan.sampleCount / rowsOfSamples, over: width, edge: edge, halo: stages.halo)
        let samples = rows.flatMap { row in columns.map { Tile(rows: row, columns: $0).outside } }
        var tile = Tile(rows: rows[0], columns: columns[0])
        var hidden = try features.cropped(to: samples, in: context)
        for index in stages.indices {
            tile = tile.scaled(by: stages[index].scale)
            statistics.measure(rowMargin: tile.rows.marginBefore, columnMargin: tile.columns.marginBefore)
            hidden = try stages[index].run(consume hidden, context)
            (hidden, tile) = try tile.trimmed(hidden, to: stages[(index + 1)...].halo, in: context)
        }
    }
}
