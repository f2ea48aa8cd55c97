import DiffusionBasics
import DiffusionEngine

/// The architecture of an `AutoencoderKL`, from its `config.json`; absent keys take diffusers' defaults.
public struct AutoencoderConfiguration: Sendable, Equatable {
    /// The one kind of level on each side that is built.
    private enum DownBlock: String, CaseIterable { case encoder = "DownEncoderBlock2D" }
    private enum UpBlock: String, CaseIterable { case decoder = "UpDecoderBlock2D" }

    /// Colours of the picture given to the encoder, and of the one the decoder makes.
    public var inputChannels: Int
    public var outputChannels: Int
    public var latentChannels: Int
    var blockChannels: [Int]
    var layersPerBlock: Int
    package var activation: Activation
    var normGroups: Int
    var hasMidAttention: Bool
    var hasQuantConvolution: Bool
    var hasPostQuantConvolution: Bool
    /// The denoiser's latents are the encoder's, minus `shiftFactor`, times `scalingFactor`.
    public var scalingFactor: Double
    public var shiftFactor: Double
    /// Picture size that the file names; a hint only.
    public var sampleSize: Int?

    /// Pixels of a latent's edge: 8 for Stable Diffusion.
    public var downsamplingFactor: Int { 1 << (blockChannels.count - 1) }

    /// Pictures of the size that the file names, one at a time, for the choice of plans.
    var expectedPicture: ExpectedFeatureMap {
        let side = min(max(1, sampleSize ?? 512), 65_536)
        return ExpectedFeatureMap(imageCount: 1, height: side, width: side)
    }

    /// - Throws: `ConfigurationError` for values of a wrong type or range, and for those that are not built.
    public init(_ reader: ConfigurationReader) throws {
        let channelRange = 1...65_536
        inputChannels = try reader.int("in_channels", default: 3, in: channelRange)
        outputChannels = try reader.int("out_channels", default: 3, in: channelRange)
        latentChannels = try reader.int("latent_channels", default: 4, in: channelRange)
        blockChannels = try reader.optionalInts("block_out_channels") ?? [64]
        layersPerBlock = try reader.int("layers_per_block", default: 1, in: 1...64)
        activation = try reader.choice("act_fn", default: Activation.silu)
        normGroups = try reader.int("norm_num_groups", default: 32, in: channelRange)
        hasMidAttention = try reader.bool("mid_block_add_attention", default: true)
        hasQuantConvolution = try reader.bool("use_quant_conv", default: true)
        hasPostQuantConvolution = try reader.bool("use_post_quant_conv", default: true)
        scalingFactor = try reader.double("scaling_factor", default: 0.18215)
        shiftFactor = try reader.double("shift_factor", default: 0)
        sampleSize = reader.node("sample_size")?.number == nil ? nil : try reader.optionalInt("sample_size")
        for key in ["latents_mean", "latents_std"] { try reader.require(key, in: [.null]) }
        reader.ignore("force_upcast")
        try Self.checkBlocks(reader, blockChannels, normGroups, scalingFactor)
    }

    private static func checkBlocks(
        _ reader: ConfigurationReader, _ channels: [Int], _ groups: Int, _ scalingFactor: Double
    ) throws {
        func refuse(_ key: String, _ expected: String, _ found: String) -> ConfigurationError {
            .outOfRange(file: reader.file, key: key, expected: expected, found: found)
        }
        guard (1...8).contains(channels.count), channels.allSatisfy({ (1...65_536).contains($0) && $0 % groups == 0 })
        else { throw refuse("block_out_channels", "1 to 8 multiples of norm_num_groups (\(groups))", "\(channels)") }
        guard (1e-6...1e6).contains(scalingFactor.magnitude) else {
            throw refuse("scaling_factor", "a number of 1e-6 to 1e6", "\(scalingFactor)")
        }
        let kinds: [(String, [String])] = [
            ("down_block_types", DownBlock.allCases.map(\.rawValue)),
            ("up_block_types", UpBlock.allCases.map(\.rawValue)),
        ]
        for (key, supported) in kinds {
            guard let names = try reader.optionalStrings(key) else { continue }
            if let other = names.first(where: { !supported.contains($0) }) {
                throw reader.unsupported(key, "\"\(other)\"", supported: supported)
            }
            guard names.count == channels.count else { throw refuse(key, "\(channels.count) blocks", "\(names.count)") }
        }
    }
}
