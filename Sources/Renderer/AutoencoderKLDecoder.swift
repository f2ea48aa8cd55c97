import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The decoding half of an autoencoder: latents to a picture (diffusers `AutoencoderKL.decode`).
package struct AutoencoderKLDecoder: PictureDecoder {
    package let configuration: AutoencoderConfiguration
    private let postQuantConvolution: Convolution2D?
    private let inputConvolution: Convolution2D
    private let midBlock: AutoencoderMidBlock
    private let upBlocks: [AutoencoderUpBlock]
    private let outputNorm: GroupNorm
    private let outputConvolution: Convolution2D

    package var latentChannels: Int { configuration.latentChannels }

    /// Describes the network; its weights are read when the scope's loads run.
    /// - Parameter weights: the root of the autoencoder's file.
    package init(_ weights: WeightScope, configuration: AutoencoderConfiguration) {
        self.configuration = configuration
        let latent = configuration.latentChannels
        let levels = Array(configuration.blockChannels.reversed())
        let weights = weights.expecting(configuration.expectedPicture.atLevel(levels.count - 1))
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
                decoder["up_blocks"][$0].atLevel(-$0), inputs: levels[max(0, $0 - 1)], outputs: levels[$0],
                isLast: $0 == levels.count - 1, configuration: configuration)
        }
        let last = levels[levels.count - 1]
        outputNorm = GroupNorm(
            decoder["conv_norm_out"], groups: configuration.normGroups, channels: last, epsilon: 1e-6)
        outputConvolution = Convolution2D(
            decoder["conv_out"].expecting(configuration.expectedPicture),
            .init(
                inputChannels: last, outputChannels: configuration.outputChannels, kernel: 3, padding: .init(1)))
    }

    /// Latents / scaling factor (+ shift factor).
    package func unscaled(_ latents: Tensor, addsShift: Bool) -> Tensor {
        let scale = Float(configuration.scalingFactor)
        let shift = addsShift ? Float(configuration.shiftFactor) : 0
        return latents.map { $0 / scale + shift }
    }

    package func beginning(_ latents: Tensor, in context: ComputeContext) throws -> Tensor {
        var hidden = try toNHWC(latents, in: context)
        if let postQuantConvolution { hidden = try postQuantConvolution(hidden, in: context) }
        return try midBlock(try inputConvolution(consume hidden, in: context), in: context)
    }

    /// A level's resnets, with the up-sampling before them that belongs to the level below.
    package var stages: [DecodingStage] {
        let widths = Array(configuration.blockChannels.reversed())
        return upBlocks.indices.map { level in
            let (isFirst, isLast) = (level == 0, level == upBlocks.count - 1)
            return DecodingStage(
                scale: isFirst ? 1 : 2, reach: upBlocks[level].reach + (isFirst ? 0 : 1) + (isLast ? 1 : 0),
                inputWidth: widths[max(0, level - 1)], outputWidth: widths[level], hasNorms: true
            ) { input, context in
                let larger = isFirst ? input : try upBlocks[level - 1].upsampled(consume input, in: context)
                let hidden = try upBlocks[level](consume larger, in: context)
                return isLast ? try picture(consume hidden, in: context) : hidden
            }
        }
    }

    /// Whatever `act_fn` says, diffusers ends in SiLU.
    private func picture(_ hidden: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        try outputConvolution.afterSiLU(of: outputNorm, ConvolutionInput(consume hidden), in: context)
    }
}
