import DiffusionBasics
import DiffusionTensors
import Foundation

/// What an encoder says of a picture's latents: a normal distribution of each, in the encoder's own scale (diffusers
/// `DiagonalGaussianDistribution`).
package struct LatentDistribution: Sendable {
    /// `[images, latent channels, height, width]`.
    package let mean: Tensor
    /// The logarithm of the variance, limited to −30…20; same shape.
    package let logVariance: Tensor
    /// Whether there is no spread at all: sampling then draws nothing.
    package let isExact: Bool

    /// Latents of an encoder that says nothing of their spread (diffusers `AutoencoderTinyOutput`).
    package init(exactly latents: Tensor) {
        (mean, isExact) = (latents, true)
        logVariance = latents.map { _ in -30 }
    }

    /// - Parameter moments: mean and log variance, one after the other along the channels.
    package init(moments: Tensor) {
        let shape = moments.shape
        ensure(shape.rank == 4 && shape[1] % 2 == 0, "moments of \(shape)")
        let halves = moments.reshaped(to: [2 * shape[0], shape[1] / 2, shape[2], shape[3]])
        func part(_ index: Int) -> Tensor {
            .concatenated((0..<shape[0]).map { halves.slice(2 * $0 + index..<2 * $0 + index + 1) })
        }
        mean = part(0)
        isExact = false
        logVariance = part(1).clamped(to: -30...20)
    }

    /// mean + standard deviation · ε, with ε drawn in one call over all images; the mean alone where that is exact.
    package func sample(using generator: inout some NoiseGenerator) -> Tensor {
        if isExact { return mean }
        let deviation = logVariance.map { expf(0.5 * $0) }
        let noise = deviation.combined(with: generator.normal(mean.shape)) { $0 * $1 }
        return mean + noise
    }
}
