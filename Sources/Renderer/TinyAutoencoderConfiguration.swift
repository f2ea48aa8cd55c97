import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The architecture of an `AutoencoderTiny` (TAESD), from its `config.json`; absent keys take diffusers' defaults.
package struct TinyAutoencoderConfiguration: Sendable, Equatable {
    /// The nonlinearities between a block's convolutions; a block ends in ReLU whatever this is.
    enum Activation: String, CaseIterable {
        case relu
        case silu
        case swish
        case gelu

        func callAsFunction(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
            switch self {
            case .relu: try DiffusionEngine.relu(consume input, in: context)
            case .silu, .swish: try DiffusionEngine.Activation.silu(consume input, in: context)
            case .gelu: try DiffusionEngine.Activation.gelu(consume input, in: context)
            }
        }
    }

    var inputChannels: Int
    var outputChannels: Int
    var latentChannels: Int
    /// Of every feature map.
    var width: Int
    var activation: Activation
    /// Blocks of each level, from the picture's size down.
    var encoderBlocks: [Int]
    /// Blocks of each level, from the latents' size up.
    var decoderBlocks: [Int]
    var scalingFactor: Double
    var shiftFactor: Double

    /// - Throws: `ConfigurationError` for values of a wrong type or range, and for those that are not built.
    package init(_ reader: ConfigurationReader) throws {
        let channelRange = 1...65_536
        inputChannels = try reader.int("in_channels", default: 3, in: channelRange)
        outputChannels = try reader.int("out_channels", default: 3, in: channelRange)
        latentChannels = try reader.int("latent_channels", default: 4, in: channelRange)
        activation = try reader.choice("act_fn", default: .relu)
        encoderBlocks = try reader.optionalInts("num_encoder_blocks") ?? [1, 3, 3, 3]
        decoderBlocks = try reader.optionalInts("num_decoder_blocks") ?? [3, 3, 3, 1]
        scalingFactor = try reader.double("scaling_factor", default: 1)
        shiftFactor = try reader.double("shift_factor", default: 0)
        try reader.require("upsample_fn", in: [.string("nearest")])
        width = try Self.width(reader, levels: encoderBlocks.count)
        // These serve latents as bytes, and an attribute that diffusers adds.
        reader.ignore("latent_magnitude", "latent_shift", "force_upcast", "block_out_channels")
        try check(reader)
    }

    /// A level's first convolution has as many channels on both sides, so diffusers builds equal widths only.
    private static func width(_ reader: ConfigurationReader, levels: Int) throws -> Int {
        let keys = ["encoder_block_out_channels", "decoder_block_out_channels"]
        let lists = try keys.map { try reader.optionalInts($0) ?? [64, 64, 64, 64] }
        let width = lists[0].first ?? 0
        for (key, list) in zip(keys, lists) {
            guard (1...65_536).contains(width), list == Array(repeating: width, count: levels) else {
                throw ConfigurationError.outOfRange(
                    file: reader.file, key: key, expected: "\(levels) equal numbers, the same in encoder and decoder",
                    found: "\(list)")
            }
        }
        return width
    }

    private func check(_ reader: ConfigurationReader) throws {
        func refuse(_ key: String, _ expected: String, _ found: String) -> ConfigurationError {
            .outOfRange(file: reader.file, key: key, expected: expected, found: found)
        }
        let factor = try reader.int("upsampling_scaling_factor", default: 2)
        guard factor == 2 else {
            throw reader.unsupported("upsampling_scaling_factor", "\(factor)", supported: ["2"])
        }
        guard (1...8).contains(encoderBlocks.count), encoderBlocks.allSatisfy({ (0...64).contains($0) }) else {
            throw refuse("num_encoder_blocks", "1 to 8 numbers from 0 to 64", "\(encoderBlocks)")
        }
        guard decoderBlocks.count == encoderBlocks.count, decoderBlocks.allSatisfy({ (0...64).contains($0) }) else {
            throw refuse("num_decoder_blocks", "\(encoderBlocks.count) numbers from 0 to 64", "\(decoderBlocks)")
        }
        guard (1e-6...1e6).contains(scalingFactor.magnitude) else {
            throw refuse("scaling_factor", "a number of 1e-6 to 1e6", "\(scalingFactor)")
        }
    }
}
