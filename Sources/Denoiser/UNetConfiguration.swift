import DiffusionBasics
import DiffusionEngine

/// The architecture of a `UNet2DConditionModel`, from its `config.json`; absent keys take diffusers' defaults.
public struct UNetConfiguration: Sendable, Equatable {
    /// A level of the encoder half.
    public enum DownBlock: String, Sendable, CaseIterable {
        case plain = "DownBlock2D"
        case crossAttention = "CrossAttnDownBlock2D"
    }

    /// A level of the decoder half.
    public enum UpBlock: String, Sendable, CaseIterable {
        case plain = "UpBlock2D"
        case crossAttention = "CrossAttnUpBlock2D"
    }

    /// What stands between the halves; a model may have nothing there.
    public enum MidBlock: String, Sendable, CaseIterable {
        case plain = "UNetMidBlock2D"
        case crossAttention = "UNetMidBlock2DCrossAttn"
    }

    /// Latent height and width that the model was trained for; nil where the file does not say.
    public var sampleSize: (height: Int, width: Int)? {
        guard let sampleHeight, let sampleWidth else { return nil }
        return (sampleHeight, sampleWidth)
    }

    private var sampleHeight: Int?
    private var sampleWidth: Int?
    public var inputChannels: Int
    public var outputChannels: Int
    var centersInput: Bool
    var flipsSineToCosine: Bool
    var frequencyShift: Double
    var downBlocks: [DownBlock]
    var midBlock: MidBlock?
    var upBlocks: [UpBlock]
    var onlyCrossAttention: [Bool]
    var blockChannels: [Int]
    var layersPerBlock: [Int]
    var downsamplePadding: Int
    var midBlockScaleFactor: Double
    package var activation: Activation
    var normGroups: Int
    var normEpsilon: Double
    /// Width of the text context, per level.
    public var crossAttentionWidths: [Int]
    /// Transformer layers of each attention of each level: `[level][resnet]`.
    var transformerLayers: [[Int]]
    var upTransformerLayers: [[Int]]
    /// Heads per level. diffusers calls this number `attention_head_dim`, a misnomer kept for old files.
    var attentionHeads: [Int]
    var usesLinearProjection: Bool
    package var timeNorm: ResnetBlock2D.TimeEmbeddingNorm
    var timeChannels: Int
    var timeActivation: Activation?
    var postActivation: Activation?
    /// Width of an extra input for the guidance scale (latent consistency models); nil where there is none.
    public var timeConditionChannels: Int?
    var inputKernel: Int
    var outputKernel: Int

    /// Widths of the text context that levels with cross-attention, and the mid block, want.
    public var contextWidths: Set<Int> {
        let levels = blockChannels.indices.filter {
            downBlocks[$0] == .crossAttention || upBlocks[blockChannels.count - 1 - $0] == .crossAttention
        }
        let mid = midBlock == .crossAttention ? crossAttentionWidths.last : nil
        return Set(levels.map { crossAttentionWidths[$0] } + [mid].compactMap(\.self))
    }

    /// Sizes of feature map that it works on.
    public var levelCount: Int { blockChannels.count }

    /// Whether latents of that size leave something at the deepest level.
    public func takes(height: Int, width: Int) -> Bool {
        var smallest = min(height, width)
        for _ in 1..<blockChannels.count { smallest = halved(smallest) }
        return smallest > 0
    }

    /// The extent behind a down-sampling; padding 0 stands for one on one side.
    private func halved(_ extent: Int) -> Int {
        let padded = extent + (downsamplePadding == 0 ? 1 : 2)
        return padded < 3 ? 0 : (padded - 3) / 2 + 1
    }
}

extension UNetConfiguration {
    /// - Throws: `ConfigurationError` for values of a wrong type or range, and for those that would change the result and
    ///   are not built.
    public init(_ reader: ConfigurationReader) throws {
        let channels = try reader.optionalInts("block_out_channels") ?? [320, 640, 1280, 1280]
        let levels = channels.count
        try Self.refuseUnsupported(reader)
        (sampleHeight, sampleWidth) = try Self.readSampleSize(reader)
        inputChannels = try reader.int("in_channels", default: 4, in: Self.channelRange)
        outputChannels = try reader.int("out_channels", default: 4, in: Self.channelRange)
        centersInput = try reader.bool("center_input_sample", default: false)
        flipsSineToCosine = try reader.bool("flip_sin_to_cos", default: true)
        frequencyShift = try reader.double("freq_shift", default: 0)
        downBlocks = try Self.blocks(reader, "down_block_types", Self.defaultDownBlocks(levels))
        midBlock = try Self.readMidBlock(reader)
        upBlocks = try Self.blocks(reader, "up_block_types", Self.defaultUpBlocks(levels))
        onlyCrossAttention = try Self.bools(reader, "only_cross_attention", count: levels)
        blockChannels = channels
        layersPerBlock = try reader.ints("layers_per_block", default: 2, count: levels, in: 1...64)
        downsamplePadding = try reader.int("downsample_padding", default: 1, in: 0...1)
        midBlockScaleFactor = try reader.double("mid_block_scale_factor", default: 1)
        activation = try reader.choice("act_fn", default: Activation.silu)
        normGroups = try reader.int("norm_num_groups", default: 32, in: Self.channelRange)
        normEpsilon = try reader.double("norm_eps", default: 1e-5)
        crossAttentionWidths = try reader.ints(
            "cross_attention_dim", default: 1280, count: levels, in: Self.channelRange)
        (transformerLayers, upTransformerLayers) = try Self.readTransformerLayers(reader, layersPerBlock)
        attentionHeads = try reader.ints("attention_head_dim", default: 8, count: levels, in: Self.channelRange)
        usesLinearProjection = try reader.bool("use_linear_projection", default: false)
        timeNorm = try reader.choice("resnet_time_scale_shift", default: .add)
        timeChannels = try reader.int("time_embedding_dim", default: 4 * (channels.first ?? 1), in: Self.channelRange)
        timeActivation = try Self.optionalActivation(reader, "time_embedding_act_fn")
        postActivation = try Self.optionalActivation(reader, "timestep_post_act")
        timeConditionChannels = try reader.optionalInt("time_cond_proj_dim", in: Self.channelRange)
        inputKernel = try reader.int("conv_in_kernel", default: 3, in: 1...63)
        outputKernel = try reader.int("conv_out_kernel", default: 3, in: 1...63)
        try checkConsistency(reader)
    }

    private static let channelRange = 1...65_536

    private static func defaultDownBlocks(_ levels: Int) -> [DownBlock] {
        Array(repeating: .crossAttention, count: max(0, levels - 1)) + [.plain]
    }

    private static func defaultUpBlocks(_ levels: Int) -> [UpBlock] {
        [.plain] + Array(repeating: .crossAttention, count: max(0, levels - 1))
    }

    private static func readSampleSize(_ reader: ConfigurationReader) throws -> (Int?, Int?) {
        guard reader.node("sample_size")?.array != nil else {
            let size = try reader.optionalInt("sample_size", in: 1...65_536)
            return (size, size)
        }
        let pair = try reader.ints("sample_size", default: 0, count: 2, in: 1...65_536)
        return (pair[0], pair[1])
    }

    private static func blocks<Block: RawRepresentable & CaseIterable>(
        _ reader: ConfigurationReader, _ key: String, _ fallback: [Block]
    ) throws -> [Block] where Block.RawValue == String {
        guard let names = try reader.optionalStrings(key) else { return fallback }
        return try names.map { name in
            guard let block = Block(rawValue: name) else {
                throw reader.unsupported(key, "\"\(name)\"", supported: Block.allCases.map(\.rawValue))
            }
            return block
        }
    }

    private static func readMidBlock(_ reader: ConfigurationReader) throws -> MidBlock? {
        if reader.contains("mid_block_type"), reader.node("mid_block_type") == nil { return nil }
        return try reader.choice("mid_block_type", default: .crossAttention)
    }

    private static func bools(_ reader: ConfigurationReader, _ key: String, count: Int) throws -> [Bool] {
        if reader.node(key)?.array == nil {
            return Array(repeating: try reader.bool(key, default: false), count: count)
        }
        let list = try reader.optionalList(key, of: "true or false") { $0.bool } ?? []
        guard list.count == count else {
            throw ConfigurationError.outOfRange(
                file: reader.file, key: key, expected: "\(count) values", found: "\(list.count)")
        }
        return list
    }

    private static func optionalActivation(_ reader: ConfigurationReader, _ key: String) throws -> Activation? {
        reader.node(key) == nil ? nil : try reader.choice(key, default: Activation.silu)
    }
}

extension UNetConfiguration {
    /// Refuses keys whose non-default values ask for parts that are not built.
    private static func refuseUnsupported(_ reader: ConfigurationReader) throws {
        for key in [
            "class_embed_type", "num_class_embeds", "addition_embed_type", "encoder_hid_dim", "encoder_hid_dim_type",
            "num_attention_heads", "cross_attention_norm", "projection_class_embeddings_input_dim",
            "addition_time_embed_dim",
        ] { try reader.require(key, in: [.null]) }
        for key in ["dual_cross_attention", "class_embeddings_concat"] { try reader.require(key, in: [.bool(false)]) }
        try reader.require("time_embedding_type", in: [.string("positional")])
        try reader.require("attention_type", in: [.string("default")])
        // These shape parts that only other block types have, or (dropout, upcasting) do nothing here.
        reader.ignore(
            "dropout", "upcast_attention", "resnet_skip_time_act", "resnet_out_scale_factor",
            "mid_block_only_cross_attention", "addition_embed_type_num_heads")
    }

    private static func readTransformerLayers(
        _ reader: ConfigurationReader, _ layersPerBlock: [Int]
    ) throws -> (down: [[Int]], up: [[Int]]) {
        let levels = layersPerBlock.count
        let down = try layerCounts(reader, "transformer_layers_per_block", counts: layersPerBlock)
        let upCounts = layersPerBlock.reversed().map { $0 + 1 }
        if reader.node("reverse_transformer_layers_per_block") != nil {
            return (down, try layerCounts(reader, "reverse_transformer_layers_per_block", counts: upCounts))
        }
        let up = zip(down.reversed(), upCounts).map { Array(repeating: $0.first ?? 1, count: $1) }
        let isUniform = down.allSatisfy { Set($0).count <= 1 }
        guard isUniform, up.count == levels else {
            throw reader.unsupported(
                "transformer_layers_per_block", "different within a level",
                supported: ["this with \"reverse_transformer_layers_per_block\" given"])
        }
        return (down, up)
    }

    /// One number for all, one per level, or a list per level.
    private static func layerCounts(_ reader: ConfigurationReader, _ key: String, counts: [Int]) throws -> [[Int]] {
        guard let nodes = reader.node(key)?.array, nodes.contains(where: { $0.array != nil }) else {
            let perLevel = try reader.ints(key, default: 1, count: counts.count, in: 1...64)
            return zip(perLevel, counts).map { Array(repeating: $0, count: $1) }
        }
        let lists = nodes.map { node in
            (node.array ?? []).compactMap { $0.number?.integer(as: Int.self) }.filter { (1...64).contains($0) }
        }
        guard lists.map(\.count) == counts else {
            throw ConfigurationError.outOfRange(
                file: reader.file, key: key, expected: "lists of \(counts) numbers", found: "\(lists)")
        }
        return lists
    }

    private func checkConsistency(_ reader: ConfigurationReader) throws {
        func refuse(_ key: String, _ expected: String, _ found: String) -> ConfigurationError {
            .outOfRange(file: reader.file, key: key, expected: expected, found: found)
        }
        let levels = blockChannels.count
        guard levels > 0, blockChannels.allSatisfy(Self.channelRange.contains) else {
            throw refuse("block_out_channels", "positive numbers", "\(blockChannels)")
        }
        guard blockChannels.allSatisfy({ $0 % normGroups == 0 }) else {
            throw refuse("norm_num_groups", "a divisor of \(blockChannels)", "\(normGroups)")
        }
        guard downBlocks.count == levels else {
            throw refuse("down_block_types", "\(levels) blocks", "\(downBlocks.count)")
        }
        guard upBlocks.count == levels else { throw refuse("up_block_types", "\(levels) blocks", "\(upBlocks.count)") }
        guard zip(attentionHeads, blockChannels).allSatisfy({ $0 <= $1 }) else {
            throw refuse("attention_head_dim", "at most the level's channels", "\(attentionHeads)")
        }
        guard normEpsilon >= 0, midBlockScaleFactor.magnitude >= 1e-6 else {
            throw refuse("norm_eps", "0 or more, and mid_block_scale_factor other than 0", "\(normEpsilon)")
        }
        guard frequencyShift < Double(blockChannels[0] / 2) else {
            throw refuse("freq_shift", "less than half of the first level's channels", "\(frequencyShift)")
        }
        guard inputKernel % 2 == 1, outputKernel % 2 == 1 else {
            throw refuse("conv_in_kernel", "odd kernels", "\(inputKernel) and \(outputKernel)")
        }
    }
}
