import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The first half of an autoencoder, of either kind: a picture to latents.
package protocol PictureEncoder: Sendable {
    /// - Parameter picture: `[images, height, width, colours]`, NHWC, −1…1.
    /// - Returns: its latents, `[images, latent channels, height / f, width / f]`, in the encoder's own scale.
    /// - Throws: `CancellationError`, `MemoryError`.
    func callAsFunction(_ picture: Tensor, in context: ComputeContext) throws -> LatentDistribution
}

/// An autoencoder of either kind that is built, by the class that its configuration names.
package enum AutoencoderArchitecture: Sendable, Equatable {
    case kl(AutoencoderConfiguration)
    case tiny(TinyAutoencoderConfiguration)

    /// - Throws: `ConfigurationError`.
    package init(_ reader: ConfigurationReader) throws {
        self =
            try reader.optionalString("_class_name") == "AutoencoderTiny"
            ? .tiny(TinyAutoencoderConfiguration(reader)) : .kl(AutoencoderConfiguration(reader))
    }

    /// Colours of the picture given to the encoder.
    package var inputChannels: Int {
        switch self {
        case .kl(let configuration): configuration.inputChannels
        case .tiny(let configuration): configuration.inputChannels
        }
    }

    /// Colours of the picture that the decoder makes.
    package var outputChannels: Int {
        switch self {
        case .kl(let configuration): configuration.outputChannels
        case .tiny(let configuration): configuration.outputChannels
        }
    }

    package var latentChannels: Int {
        switch self {
        case .kl(let configuration): configuration.latentChannels
        case .tiny(let configuration): configuration.latentChannels
        }
    }

    /// Pixels of a latent's edge.
    package var downsamplingFactor: Int {
        switch self {
        case .kl(let configuration): configuration.downsamplingFactor
        case .tiny(let configuration): 1 << (configuration.decoderBlocks.count - 1)
        }
    }

    /// The denoiser's latents are the encoder's times this.
    package var scalingFactor: Double {
        switch self {
        case .kl(let configuration): configuration.scalingFactor
        case .tiny(let configuration): configuration.scalingFactor
        }
    }

    /// Describes the decoder; its weights are read when the scope's loads run.
    package func makeDecoder(_ weights: WeightScope) -> any PictureDecoder {
        switch self {
        case .kl(let configuration): AutoencoderKLDecoder(weights, configuration: configuration)
        case .tiny(let configuration): AutoencoderTinyDecoder(weights, configuration: configuration)
        }
    }

    /// Describes the encoder; its weights are read when the scope's loads run.
    package func makeEncoder(_ weights: WeightScope) -> any PictureEncoder {
        switch self {
        case .kl(let configuration): AutoencoderKLEncoder(weights, configuration: configuration)
        case .tiny(let configuration): AutoencoderTinyEncoder(weights, configuration: configuration)
        }
    }
}
