import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The decoding half of an autoencoder: latents to a picture (diffusers `AutoencoderKL.decode`).
public struct AutoencoderKLDecoder: Sendable {
    public let configuration: AutoencoderConfiguration
    private let postQuantConvolution: Convolution2D?
    private let inputConvolution: Convolution2D
    private let midBlock: AutoencoderMidBlock
    private let upBlocks: [AutoencoderUpBlock]
    private let outputNorm: GroupNorm
    private let outputConvolution: Convolution2D

    /// Describes the network; its weights are read when the scope's loads run.
    /// - Parameter weights: the root of the autoencoder's file.
    package init(_ weights: WeightScope, configuration: AutoencoderConfiguration) {
        self.configuration = configuration
        let latent = configuration.latentChannels
        let levels = Array(configuration.blockChannels.reversed())
        let decoder = weights["decoder"]
        postQuantConvolution =
            configuration.hasPostQuantConvolution
            ? Convolution2D(
                weights["post_quant_conv"], .init(inputChannels: latent, outputChannels: latent, kernel: 1)) : nil
        inputConvolution = Convolution2D(
            decoder["conv_in"],
            .init(inputChannels: latent, outputChannels: levels[0], kernel: 3, padding: .init(1)))
        midBlock = AutoencoderMidBlock(decoder["mid_block"], configuration: configuration)
        upBlocks = levels.indices.map {
            AutoencoderUpBlock(
                decoder["up_blocks"][$0], inputs: levels[max(0, $0 - 1)], outputs: levels[$0],
                isLast: $0 == levels.count - 1, configuration: configuration)
        }
        let last = levels[levels.count - 1]
        outputNorm = GroupNorm(
            decoder["conv_norm_out"], groups: configuration.normGroups, channels: last, epsilon: 1e-6)
        outputConvolution = Convolution2D(
            decoder["conv_out"],
            .init(
                inputChannels: last, outputChannels: configuration.outputChannels, kernel: 3, padding: .init(1)))
    }

    /// Decodes what the denoiser left: latents / scaling factor (+ shift factor).
    /// - Parameters:
    ///   - latents: `[images, latent channels, height, width]`.
    ///   - addsShift: diffusers' StableDiffusionPipeline leaves `shift_factor` out, the pipelines of other families add it.
    /// - Returns: `[images, height × f, width × f, colours]`, NHWC, about −1…1, not clamped.
    /// - Throws: `CancellationError`, `MemoryError`.
    package func callAsFunction(latents: Tensor, addsShift: Bool, in context: ComputeContext) throws -> Tensor {
        let scale = Float(configuration.scalingFactor)
        let shift = addsShift ? Float(configuration.shiftFactor) : 0
        return try decode(latents.map { $0 / scale + shift }, in: context)
    }

    /// As `callAsFunction`, of latents in the encoder's own scale (`AutoencoderKL.decode(z)`).
    package func decode(_ latents: Tensor, in context: ComputeContext) throws -> Tensor {
        ensure(
            latents.shape.rank == 4 && latents.shape[1] == configuration.latentChannels,
            "decoder of \(configuration.latentChannels) channels on \(latents.shape)")
        var hidden = try toNHWC(latents, in: context)
        if let postQuantConvolution { hidden = try postQuantConvolution(hidden, in: context) }
        hidden = try midBlock(try inputConvolution(consume hidden, in: context), in: context)
        for block in upBlocks {
            try context.checkCancellation()
            hidden = try block(consume hidden, in: context)
        }
        // Whatever `act_fn` says, diffusers ends in SiLU.
        return try outputConvolution(try outputNorm(consume hidden, silu: true, in: context), in: context)
    }
}
