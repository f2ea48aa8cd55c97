import DiffusionEngine
import DiffusionTensors
import Foundation

/// The decoding half of a tiny autoencoder (diffusers `AutoencoderTiny.decode`, `DecoderTiny`): a fraction of the work of
/// an `AutoencoderKL`, for previews and drafts.
package struct AutoencoderTinyDecoder: PictureDecoder {
    private let configuration: TinyAutoencoderConfiguration
    private let inputConvolution: Convolution2D
    private let levels: [Level]
    private let outputConvolution: Convolution2D

    private struct Level: Sendable {
        /// Behind the up-sampling; the first level has neither.
        var convolution: Convolution2D?
        var blocks: [AutoencoderTinyBlock]
    }

    package var latentChannels: Int { configuration.latentChannels }

    /// Describes the network; its weights are read when the scope's loads run.
    /// - Parameter weights: the root of the autoencoder's file.
    package init(_ weights: WeightScope, configuration: TinyAutoencoderConfiguration) {
        self.configuration = configuration
        let (layers, width) = (weights["decoder"]["layers"], configuration.width)
        inputConvolution = Convolution2D(
            layers[0],
            .init(inputChannels: configuration.latentChannels, outputChannels: width, kernel: 3, padding: .init(1)))
        // Place 1 is the first activation; an up-sampling takes a place of its own.
        var place = 2
        func next() -> WeightScope {
            defer { place += 1 }
            return layers[place]
        }
        levels = configuration.decoderBlocks.enumerated().map { index, count in
            if index > 0 { place += 1 }
            let convolution = index == 0 ? nil : Convolution2D(next(), .tiny(width), hasBias: false)
            return Level(
                convolution: convolution, blocks: (0..<count).map { _ in AutoencoderTinyBlock(next(), configuration) })
        }
        outputConvolution = Convolution2D(
            layers[place],
            .init(inputChannels: width, outputChannels: configuration.outputChannels, kernel: 3, padding: .init(1)))
    }

    package func unscaled(_ latents: Tensor, addsShift: Bool) -> Tensor {
        let scale = Float(configuration.scalingFactor)
        let shift = addsShift ? Float(configuration.shiftFactor) : 0
        return latents.map { $0 / scale + shift }
    }

    /// Latents are limited softly to −3…3.
    package func beginning(_ latents: Tensor, in context: ComputeContext) throws -> Tensor {
        let limited = try toNHWC(latents.map { tanh($0 / 3) * 3 }, in: context)
        return try configuration.activation(try inputConvolution(limited, in: context), in: context)
    }

    package var stages: [DecodingStage] {
        levels.indices.map { index in
            let (level, isLast) = (levels[index], index == levels.count - 1)
            let convolutionCount = (level.convolution == nil ? 0 : 1) + (isLast ? 1 : 0)
            return DecodingStage(
                scale: level.convolution == nil ? 1 : 2,
                reach: level.blocks.count * AutoencoderTinyBlock.reach + convolutionCount,
                inputWidth: configuration.width, outputWidth: configuration.width, hasNorms: false
            ) { input, context in
                var hidden = consume input
                if let convolution = level.convolution {
                    let (height, width) = (2 * hidden.shape[1], 2 * hidden.shape[2])
                    let larger = try upsampleNearest(consume hidden, height: height, width: width, in: context)
                    hidden = try convolution(larger, in: context)
                }
                for block in level.blocks { hidden = try block(consume hidden, in: context) }
                return isLast ? try picture(consume hidden, in: context) : hidden
            }
        }
    }

    /// From 0…1 to −1…1.
    private func picture(_ hidden: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        try outputConvolution(consume hidden, in: context).map { 2 * $0 - 1 }
    }
}
