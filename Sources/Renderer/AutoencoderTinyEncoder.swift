import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The encoding half of a tiny autoencoder (diffusers `AutoencoderTiny.encode`, `EncoderTiny`).
package struct AutoencoderTinyEncoder: PictureEncoder {
    private let configuration: TinyAutoencoderConfiguration
    private let levels: [Level]
    private let outputConvolution: Convolution2D

    private struct Level: Sendable {
        /// Halves the size, but for the first.
        var convolution: Convolution2D
        var blocks: [AutoencoderTinyBlock]
    }

    /// Describes the network; its weights are read when the scope's loads run.
    /// - Parameter weights: the root of the autoencoder's file.
    package init(_ weights: WeightScope, configuration: TinyAutoencoderConfiguration) {
        self.configuration = configuration
        let (layers, width) = (weights["encoder"]["layers"], configuration.width)
        var place = 0
        func next() -> WeightScope {
            defer { place += 1 }
            return layers[place]
        }
        let first = Convolution2DDescriptor(
            inputChannels: configuration.inputChannels, outputChannels: width, kernel: 3, padding: .init(1))
        levels = configuration.encoderBlocks.enumerated().map { index, count in
            let descriptor = index == 0 ? first : .tiny(width, stride: 2)
            return Level(
                convolution: Convolution2D(next(), descriptor, hasBias: index == 0),
                blocks: (0..<count).map { _ in AutoencoderTinyBlock(next(), configuration) })
        }
        outputConvolution = Convolution2D(
            layers[place],
            .init(inputChannels: width, outputChannels: configuration.latentChannels, kernel: 3, padding: .init(1)))
    }

    /// - Parameter picture: `[images, height, width, colours]`, NHWC, −1…1.
    /// - Returns: latents without any spread, `[images, latent channels, height / f, width / f]`.
    /// - Throws: `CancellationError`, `MemoryError`.
    package func callAsFunction(_ picture: Tensor, in context: ComputeContext) throws -> LatentDistribution {
        ensure(
            picture.shape.rank == 4 && picture.shape[3] == configuration.inputChannels,
            "encoder of \(configuration.inputChannels) colours on \(picture.shape)")
        var hidden = picture.map { ($0 + 1) / 2 }
        for level in levels {
            try context.checkCancellation()
            hidden = try level.convolution(consume hidden, in: context)
            for block in level.blocks { hidden = try block(consume hidden, in: context) }
        }
        return LatentDistribution(exactly: try toNCHW(try outputConvolution(hidden, in: context), in: context))
    }
}
