import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors

extension DiffusionModel {
    /// Whether latents `[images, channels, height, width]` are decoded in tiles.
    func decodesInTiles(_ latents: Tensor, _ choice: TilingChoice, for options: PipelineOptions) -> Bool {
        decodesInTiles(
            choice, width: latents.shape[3] * sizeFactor, height: latents.shape[2] * sizeFactor, for: options)
    }

    /// Whether a picture of that size is decoded in tiles.
    private func decodesInTiles(
        _ choice: TilingChoice, width: Int, height: Int, for options: PipelineOptions
    ) -> Bool {
        guard let limit = options.memoryLimit, choice == .auto else {
            return choice.isOn(width: width, height: height)
        }
        return ModelMemory(self, options.precision)
            .decodesInTiles(choice, width: width, height: height, limit: limit)
    }

    /// Takes over what trades exactness for time or memory.
    /// - Throws: `RequestError` where the model has no place for it.
    func takeApproximations(
        of request: GenerationRequest, into resolved: inout ResolvedRequest, for options: PipelineOptions
    ) throws {
        resolved.guidanceRange = request.guidanceRange.flatMap { $0.isWhole ? nil : $0 }
        resolved.cache = request.cache
        resolved.tiling = request.tiling
        resolved.decodesInTiles = decodesInTiles(
            request.tiling, width: resolved.width, height: resolved.height, for: options)
        guard request.cache == nil || unet.levelCount >= 2 else {
            throw RequestError.doesNotFit(
                sentence: "\(name): its U-Net has one level, so there are no deep features to reuse.",
                remedy: "Leave --cache out.")
        }
    }
}

extension ResolvedRequest {
    /// Ours; AUTOMATIC1111 has no such things.
    package static let guidanceRangeKey = "CFG range"
    package static let cacheKey = "Cache"
    package static let tilingKey = "VAE tiling"

    /// What the picture's file says of them; nothing where all is exact.
    var approximationSettings: [ImageParameters.Setting] {
        var settings: [ImageParameters.Setting] = []
        if let guidanceRange { settings.append(.init(Self.guidanceRangeKey, guidanceRange.rawValue)) }
        if let cache { settings.append(.init(Self.cacheKey, cache.rawValue)) }
        if let tiling = tilingToTell { settings.append(.init(Self.tilingKey, tiling.rawValue)) }
        return settings
    }

    /// How the decoding was cut, where a reader would not take the same for granted.
    private var tilingToTell: TilingChoice? {
        if decodesInTiles { return .on }
        return TilingChoice.auto.isOn(width: width, height: height) ? .off : nil
    }
}
