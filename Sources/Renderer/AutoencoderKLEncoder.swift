import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The encoding half of an autoencoder: a picture to the distribution of its latents (diffusers `AutoencoderKL.encode`).
package struct AutoencoderKLEncoder: PictureEncoder {
    package let configuration: AutoencoderConfiguration
    private let inputConvolution: Convolution2D
    private let downBlocks: [AutoencoderDownBlock]
    private let midBlock: AutoencoderMidBlock
    private let outputNorm: GroupNorm
    private let outputConvolution: Convolution2D
    private let quantConvolution: Convolution2D?

    /// Describes the network; its weights are read when the scope's loads run.
    /// - Parameter weights: the root of the autoencoder's file.
    package init(_ weights: WeightScope, configuration: AutoencoderConfiguration) {
        self.configuration = configuration
        let levels = configuration.blockChannels
        let last = levels[levels.count - 1]
        let moments = 2 * configuration.latentChannels
        let weights = weights.expecting(configuration.expectedPicture)
        let encoder = weights["encoder"]
        let deepest = levels.count - 1
        inputConvolution = Convolution2D(
            encoder["conv_in"],
            .init(inputChannels: configuration.inputChannels, outputChannels: levels[0], kernel: 3, padding: .init(1)))
        downBlocks = levels.indices.map {
            AutoencoderDownBlock(
                encoder["down_blocks"][$0].atLevel($0), inputs: levels[max(0, $0 - 1)], outputs: levels[$0],
                isLast: $0 == levels.count - 1, configuration: configuration)
        }
        midBlock = AutoencoderMidBlock(encoder["mid_block"].atLevel(deepest), configuration: configuration)
        outputNorm = GroupNorm(
            encoder["conv_norm_out"], groups: configuration.normGroups, channels: last, epsilon: 1e-6)
        outputConvolution = Convolution2D(
            encoder["conv_out"].atLevel(deepest),
            .init(inputChannels: last, outputChannels: moments, kernel: 3, padding: .init(1)))
        quantConvolution =
            configuration.hasQuantConvolution
            ? Convolution2D(weights["quant_conv"], .init(inputChannels: moments, outputChannels: moments, kernel: 1))
            : nil
    }

    /// - Parameter picture: `[images, height, width, colours]`, NHWC, −1…1.
    /// - Returns: the posterior of its latents, `[images, latent channels, height / f, width / f]`.
    /// - Throws: `CancellationError`, `MemoryError`.
    package func callAsFunction(_ picture: Tensor, in context: ComputeContext) throws -> LatentDistribution {
        ensure(
            picture.shape.rank == 4 && picture.shape[3] == configuration.inputChannels,
            "encoder of \(configuration.inputChannels) colours on \(picture.shape)")
        var hidden = try inputConvolution(picture, in: context)
        for block in downBlocks {
            try context.checkCancellation()
            hidden = try block(hidden, in: context)
        }
        hidden = try midBlock(hidden, in: context)
        // Whatever `act_fn` says, diffusers ends in SiLU.
        var moments = try outputConvolution.afterSiLU(of: outputNorm, ConvolutionInput(hidden), in: context)
        if let quantConvolution { moments = try quantConvolution(moments, in: context) }
        return LatentDistribution(moments: try toNCHW(moments, in: context))
    }
}

/// A level of the encoder: resnets, then half the size unless it is the last (diffusers `DownEncoderBlock2D`).
private struct AutoencoderDownBlock: Sendable {
    private let resnets: [ResnetBlock2D]
    private let downsample: Downsample2D?

    init(_ scope: WeightScope, inputs: Int, outputs: Int, isLast: Bool, configuration: AutoencoderConfiguration) {
        resnets = (0..<configuration.layersPerBlock).map {
            ResnetBlock2D(
                scope["resnets"][$0], inputs: $0 == 0 ? inputs : outputs, outputs: outputs,
                style: configuration.resnetStyle)
        }
        downsample = isLast ? nil : Downsample2D(scope["downsamplers"][0], channels: outputs, padding: 0)
    }

    func callAsFunction(_ input: Tensor, in context: ComputeContext) throws -> Tensor {
        var hidden = input
        for resnet in resnets { hidden = try resnet(hidden, in: context) }
        return try downsample?(hidden, in: context) ?? hidden
    }
}
