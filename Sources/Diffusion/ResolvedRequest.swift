import DiffusionSchedulers

/// A request with every value fixed and checked against a model: rendering it again gives the same picture.
public struct ResolvedRequest: Sendable, Equatable {
    /// What the picture shows.
    public var prompt: String
    /// What it should not show.
    public var negativePrompt: String
    /// Pixels.
    public var width: Int
    /// Pixels.
    public var height: Int
    /// Denoising steps.
    public var steps: Int
    /// Classifier-free guidance; 1 or less is off.
    public var guidanceScale: Double
    /// 0 (off) to 1.
    public var guidanceRescale: Double
    /// The sampler's name as the metadata give it, for example `DDIM`.
    public var sampler: String
    /// nil is the model's own.
    public var timestepSpacing: TimestepSpacing?
    /// nil is the model's own.
    public var sigmaSpacing: SigmaSpacing?
    /// 0 to 1.
    public var eta: Double
    /// Of the first picture; picture k has seed + k, beyond 2⁶⁴ − 1 from 0 on.
    public var seed: UInt64
    /// Pictures, 1 or more.
    public var imageCount: Int
    /// Layers of the text encoder that are left out.
    public var clipSkip: Int
    /// Where noise comes from.
    public var noiseSource: GenerationRequest.NoiseSource
    /// The model's name for messages and metadata.
    public var model: String
    /// The name of an autoencoder in place of the model's own.
    public var vae: String?
    /// The picture to begin with; nil begins with noise.
    public var initialPicture: InitialPicture?

    /// The part of the run in which guidance works; nil is all of it.
    public var guidanceRange: GuidanceRange?
    /// What the U-Net reuses of earlier steps.
    public var cache: FeatureCache?
    /// Whether the picture is decoded in tiles.
    public var decodesInTiles = false
    /// What that was chosen by.
    var tiling = TilingChoice.auto

    /// The same request for picture `index` alone.
    public func image(_ index: Int) -> ResolvedRequest {
        var single = self
        single.seed = seed &+ UInt64(index)
        single.imageCount = 1
        return single
    }
}
