/// The U-Net of a checkpoint with the original (ldm) names: its architecture, read off the shapes, and its names.
///
/// Matches diffusers' `convert_ldm_unet_checkpoint`. What no shape tells is that of the released models: 8 heads where the
/// transformers' projections are convolutions (1.x), 64 channels a head where they are linear (2.x), 32 groups.
struct LDMUNet {
    /// One level of the U-Net: resnets of one width at one resolution.
    private struct Level {
        var channels: Int
        var resnetCount = 0
        var transformerDepth = 0
    }

    private let tensors: CheckpointTensors
    private let downLevels: [Level]
    private let upLevels: [Level]
    let usesLinearProjection: Bool
    let crossAttentionWidth: Int

    /// - Throws: `ModelError.unrecognised` where the blocks do not follow the family's plan.
    init(_ tensors: CheckpointTensors) throws {
        self.tensors = tensors
        downLevels = try Self.downLevels(tensors)
        upLevels = try Self.upLevels(tensors, levelCount: downLevels.count)
        let transformer = "middle_block.1"
        guard let projection = tensors.shape("\(transformer).proj_in.weight"),
            let key = tensors.shape("\(transformer).transformer_blocks.0.attn2.to_k.weight"), key.count == 2
        else { throw tensors.unrecognised() }
        usesLinearProjection = projection.count == 2
        crossAttentionWidth = key[1]
    }

    private static func downLevels(_ tensors: CheckpointTensors) throws -> [Level] {
        var levels: [Level] = []
        var isNewLevel = true
        for index in 1..<tensors.count(of: "input_blocks") {
            let block = "input_blocks.\(index)"
            if tensors.shape("\(block).0.op.weight") != nil {
                isNewLevel = true
                continue
            }
            let channels = try tensors.extent("\(block).0.out_layers.3.weight", 0)
            if isNewLevel { levels.append(Level(channels: channels)) }
            isNewLevel = false
            levels[levels.count - 1].resnetCount += 1
            levels[levels.count - 1].transformerDepth = tensors.count(of: "\(block).1.transformer_blocks")
        }
        guard let first = levels.first, levels.allSatisfy({ $0.resnetCount == first.resnetCount }) else {
            throw tensors.unrecognised()
        }
        return levels
    }

    private static func upLevels(_ tensors: CheckpointTensors, levelCount: Int) throws -> [Level] {
        let blockCount = tensors.count(of: "output_blocks")
        guard blockCount > 0, blockCount % levelCount == 0 else { throw tensors.unrecognised() }
        let resnetCount = blockCount / levelCount
        return try (0..<levelCount).map { level in
            let block = "output_blocks.\(level * resnetCount)"
            return Level(
                channels: try tensors.extent("\(block).0.out_layers.3.weight", 0), resnetCount: resnetCount,
                transformerDepth: tensors.count(of: "\(block).1.transformer_blocks"))
        }
    }

    /// The configuration that diffusers gives such a U-Net, as JSON.
    /// - Parameter sampleSize: the latents' edge that the model was trained for.
    func configuration(sampleSize: Int) throws -> String {
        let channels = downLevels.map(\.channels)
        let heads = usesLinearProjection ? "\(channels.map { max(1, $0 / 64) })" : "8"
        let down = downLevels.map { $0.transformerDepth > 0 ? "\"CrossAttnDownBlock2D\"" : "\"DownBlock2D\"" }
        let up = upLevels.map { $0.transformerDepth > 0 ? "\"CrossAttnUpBlock2D\"" : "\"UpBlock2D\"" }
        let depth = max(1, downLevels.map(\.transformerDepth).max() ?? 1)
        return """
            {"_class_name": "UNet2DConditionModel", "sample_size": \(sampleSize),
             "in_channels": \(try tensors.extent("input_blocks.0.0.weight", 1)),
             "out_channels": \(try tensors.extent("out.2.weight", 0)), "block_out_channels": \(channels),
             "layers_per_block": \(downLevels[0].resnetCount), "transformer_layers_per_block": \(depth),
             "down_block_types": [\(down.joined(separator: ", "))], "up_block_types": [\(up.joined(separator: ", "))],
             "cross_attention_dim": \(crossAttentionWidth), "attention_head_dim": \(heads),
             "use_linear_projection": \(usesLinearProjection), "act_fn": "silu", "norm_num_groups": 32, "norm_eps": 1e-5,
             "flip_sin_to_cos": true, "freq_shift": 0, "downsample_padding": 1, "mid_block_scale_factor": 1,
             "center_input_sample": false}
            """
    }

    var rules: NameRules { NameRules([outer + downRules + middle + upRules, resnet]) }

    private var outer: [NameRule] {
        [
            .prefix("time_embed.0", "time_embedding.linear_1"), .prefix("time_embed.2", "time_embedding.linear_2"),
            .prefix("input_blocks.0.0", "conv_in"), .prefix("out.0", "conv_norm_out"), .prefix("out.2", "conv_out"),
        ]
    }

    private var middle: [NameRule] {
        [
            .prefix("middle_block.0", "mid_block.resnets.0"), .prefix("middle_block.1", "mid_block.attentions.0"),
            .prefix("middle_block.2", "mid_block.resnets.1"),
        ]
    }

    /// Input blocks are counted through: each level's resnets, then its down-sampling.
    private var downRules: [NameRule] {
        var index = 1
        return downLevels.enumerated().flatMap { number, level in
            let block = "down_blocks.\(number)"
            let rules = (0..<level.resnetCount).flatMap { layer -> [NameRule] in
                defer { index += 1 }
                return [
                    .prefix("input_blocks.\(index).0", "\(block).resnets.\(layer)"),
                    .prefix("input_blocks.\(index).1", "\(block).attentions.\(layer)"),
                ]
            }
            defer { index += 1 }
            return rules + [.prefix("input_blocks.\(index).0.op", "\(block).downsamplers.0.conv")]
        }
    }

    /// The last output block of a level holds its up-sampling too, after the attention where there is one.
    private var upRules: [NameRule] {
        upLevels.enumerated().flatMap { number, level in
            (0..<level.resnetCount).flatMap { layer -> [NameRule] in
                let (old, new) = ("output_blocks.\(number * level.resnetCount + layer)", "up_blocks.\(number)")
                return [
                    .prefix("\(old).0", "\(new).resnets.\(layer)"),
                    .prefix("\(old).1.conv", "\(new).upsamplers.0.conv"),
                    .prefix("\(old).2.conv", "\(new).upsamplers.0.conv"),
                    .prefix("\(old).1", "\(new).attentions.\(layer)"),
                ]
            }
        }
    }

    private var resnet: [NameRule] {
        [
            .run("in_layers.0", "norm1"), .run("in_layers.2", "conv1"), .run("emb_layers.1", "time_emb_proj"),
            .run("out_layers.0", "norm2"), .run("out_layers.3", "conv2"), .run("skip_connection", "conv_shortcut"),
        ]
    }
}
