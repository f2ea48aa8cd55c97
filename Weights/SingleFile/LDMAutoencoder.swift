/// The autoencoder of a checkpoint with the original (ldm) names: its architecture, read off the decoder's shapes, and its
/// names. Matches diffusers' `convert_ldm_vae_checkpoint`.
struct LDMAutoencoder {
    private let tensors: CheckpointTensors
    private let channels: [Int]
    private let resnetCount: Int

    /// - Throws: `ModelError.unrecognised`.
    init(_ tensors: CheckpointTensors) throws {
        self.tensors = tensors
        let levelCount = tensors.count(of: "decoder.up")
        guard levelCount > 0 else { throw tensors.unrecognised() }
        channels = try (0..<levelCount).map { try tensors.extent("decoder.up.\($0).block.0.conv1.weight", 0) }
        resnetCount = tensors.count(of: "decoder.up.0.block") - 1
        guard resnetCount > 0 else { throw tensors.unrecognised() }
    }

    /// The configuration that diffusers gives such an autoencoder, as JSON. The scaling factor is that of Stable Diffusion
    /// 1.x and 2.x; no tensor tells it.
    func configuration(sampleSize: Int) throws -> String {
        func types(_ name: String) -> String {
            channels.map { _ in "\"\(name)\"" }.joined(separator: ", ")
        }
        return """
            {"_class_name": "AutoencoderKL", "sample_size": \(sampleSize), "scaling_factor": 0.18215,
             "in_channels": \(tensors.shape("encoder.conv_in.weight")?.dropFirst().first ?? 3),
             "out_channels": \(try tensors.extent("decoder.conv_out.weight", 0)),
             "latent_channels": \(try tensors.extent("decoder.conv_in.weight", 1)), "block_out_channels": \(channels),
             "layers_per_block": \(resnetCount), "down_block_types": [\(types("DownEncoderBlock2D"))],
             "up_block_types": [\(types("UpDecoderBlock2D"))], "act_fn": "silu", "norm_num_groups": 32,
             "mid_block_add_attention": \(tensors.contains("decoder.mid.attn_1.q.weight")),
             "use_quant_conv": \(tensors.contains("quant_conv.weight")),
             "use_post_quant_conv": \(tensors.contains("post_quant_conv.weight"))}
            """
    }

    var rules: NameRules {
        let halves = ["encoder", "decoder"].flatMap { half -> [NameRule] in
            let (old, new) = ("\(half).mid.attn_1", "\(half).mid_block.attentions.0")
            return [
                .prefix("\(half).norm_out", "\(half).conv_norm_out"),
                .prefix("\(half).mid.block_1", "\(half).mid_block.resnets.0"),
                .prefix("\(half).mid.block_2", "\(half).mid_block.resnets.1"),
                .prefix("\(old).norm", "\(new).group_norm"), .prefix("\(old).q", "\(new).to_q"),
                .prefix("\(old).k", "\(new).to_k"), .prefix("\(old).v", "\(new).to_v"),
                .prefix("\(old).proj_out", "\(new).to_out.0"),
            ]
        }
        return NameRules([halves + levels, [.run("nin_shortcut", "conv_shortcut")]])
    }

    /// The original counts the decoder's levels from the finest.
    private var levels: [NameRule] {
        channels.indices.flatMap { level -> [NameRule] in
            let up = "decoder.up_blocks.\(channels.count - 1 - level)"
            return [
                .prefix("encoder.down.\(level).block", "encoder.down_blocks.\(level).resnets"),
                .prefix("encoder.down.\(level).downsample", "encoder.down_blocks.\(level).downsamplers.0"),
                .prefix("decoder.up.\(level).block", "\(up).resnets"),
                .prefix("decoder.up.\(level).upsample", "\(up).upsamplers.0"),
            ]
        }
    }
}
