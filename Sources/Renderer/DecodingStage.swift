import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// A stretch of a decoder's way from latents to the picture: an up-sampling, if any, and convolutions behind it.
package struct DecodingStage: Sendable {
    /// Output pixels along the edge of an input pixel: 1 or 2.
    let scale: Int
    /// How far an output pixel sees beyond itself, in pixels behind the up-sampling.
    let reach: Int
    /// Channels of a pixel at the beginning, up to behind the first convolution.
    let inputWidth: Int
    /// Channels of a pixel behind that, up to the end.
    let outputWidth: Int
    /// Whether it has group norms, which see the whole picture.
    let hasNorms: Bool
    /// `[images, height, width, channels]` to `[images, scale · height, scale · width, channels]`.
    let run: @Sendable (consuming Tensor, ComputeContext) throws -> Tensor

    /// The most channels of a pixel on the way.
    var width: Int { max(inputWidth, outputWidth) }
}

/// The second half of an autoencoder, of either kind: latents to a picture.
package protocol PictureDecoder: Sendable {
    var latentChannels: Int { get }
    /// From the denoiser's scale to the decoder's own.
    func unscaled(_ latents: Tensor, addsShift: Bool) -> Tensor
    /// Latents `[images, channels, height, width]` in the decoder's own scale to what the stages begin with, NHWC.
    func beginning(_ latents: Tensor, in context: ComputeContext) throws -> Tensor
    /// From there to the picture. The first has no up-sampling.
    var stages: [DecodingStage] { get }
}

extension PictureDecoder {
    /// Decodes what the denoiser left.
    /// - Parameters:
    ///   - latents: `[images, latent channels, height, width]`.
    ///   - addsShift: diffusers' StableDiffusionPipeline leaves `shift_factor` out, the pipelines of other families add it.
    ///   - tiles: nil decodes the picture as a whole.
    /// - Returns: `[images, height × f, width × f, colours]`, NHWC, about −1…1, not clamped.
    /// - Throws: `CancellationError`, `MemoryError`.
    package func callAsFunction(
        latents: Tensor, addsShift: Bool, tiles: TilePlan? = nil, in context: ComputeContext
    ) throws -> Tensor {
        try decode(unscaled(latents, addsShift: addsShift), tiles: tiles, in: context)
    }

    /// As `callAsFunction`, of latents in the decoder's own scale (diffusers `decode(z)`).
    package func decode(
        _ latents: Tensor, tiles: TilePlan? = nil, in context: ComputeContext
    ) throws -> Tensor {
        ensure(
            latents.shape.rank == 4 && latents.shape[1] == latentChannels,
            "decoder of \(latentChannels) channels on \(latents.shape)")
        guard let tiles else { return try stages.run(on: try beginning(latents, in: context), in: context) }
        let images = try (0..<latents.shape[0]).map {
            try TiledDecoding(stages, tiles)(try beginning(latents.slice($0..<$0 + 1), in: context), in: context)
        }
        return images.count == 1 ? images[0] : .concatenated(images)
    }
}

extension Collection<DecodingStage> {
    func run(on input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        var hidden = consume input
        for stage in self {
            try context.checkCancellation()
            hidden = try stage.run(consume hidden, context)
        }
        return hidden
    }

    /// How far the pixels that come out see beyond their places, in pixels of what goes in.
    var halo: Int { reversed().reduce(0) { ($0 + $1.reach + $1.scale - 1) / $1.scale } }

    var scale: Int { reduce(1) { $0 * $1.scale } }
}
