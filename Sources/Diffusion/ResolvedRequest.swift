import DiffusionSchedulers

/// A request with every value fixed and checked against a model: rendering it again gives the same picture.
public struct ResolvedRequest: Sendable, Equatable {
    public var prompt: String
    public var negativePrompt: String
    /// Pixels.
    public var width: Int
    public var height: Int
    public var steps: Int
    public var guidanceScale: Double
    public var guidanceRescale: Double
    /// The sampler's name as the metadata give it, for example `DDIM`.
    public var sampler: String
    public var timestepSpacing: TimestepSpacing?
    public var sigmaSpacing: SigmaSpacing?
    public var eta: Double
    /// Of the first picture; picture k has seed + k, beyond 2⁶⁴ − 1 from 0 on.
    public var seed: UInt64
    public var imageCount: Int
    public var clipSkip: Int
    public var noiseSource: GenerationRequest.NoiseSource
    /// The model's name for messages and metadata.
    public var model: String
    /// The name of an autoencoder in place of the model's own.
    public var vae: String?
    /// The picture to begin with; nil begins with noise.
    public var initialPicture: InitialPicture?

    /// The same request for picture `index` alone.
    public func image(_ index: Int) -> ResolvedRequest {
        var single = self
        single.seed = seed &+ UInt64(index)
        single.imageCount = 1
        return single
    }
}
