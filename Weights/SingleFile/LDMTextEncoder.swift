/// The text encoder of a checkpoint with the original names: transformers' CLIP (Stable Diffusion 1.x), or OpenCLIP (2.x).
/// Matches diffusers' `convert_ldm_clip_checkpoint` and `convert_open_clip_checkpoint`.
struct LDMTextEncoder {
    /// The names below which the part lies.
    let prefix: String
    let rules: NameRules
    /// Tensors of the part that the pictures do not need.
    let optionalNames: [String]
    private let tensors: CheckpointTensors
    private let isOpenCLIP: Bool
    private let layerCount: Int

    /// Longest token sequence.
    let positionCount: Int

    /// - Throws: `ModelError.unrecognised` where the file holds neither.
    init(_ file: SafetensorsFile) throws {
        let openCLIP = CheckpointTensors(file, prefix: LDMNames.openCLIP)
        isOpenCLIP = openCLIP.contains("token_embedding.weight")
        if isOpenCLIP {
            (prefix, tensors) = (LDMNames.openCLIP, openCLIP)
            positionCount = try openCLIP.extent("positional_embedding", 0)
            // The released 2.x models take the state before OpenCLIP's last block, and some files leave that block out.
            layerCount = min(openCLIP.count(of: "transformer.resblocks"), 23)
        } else {
            let plain = CheckpointTensors(file, prefix: LDMNames.clip)
            let isWrapped = plain.contains("text_model.embeddings.token_embedding.weight")
            prefix = LDMNames.clip + (isWrapped ? "text_model." : "")
            tensors = CheckpointTensors(file, prefix: prefix)
            positionCount = try tensors.extent("embeddings.position_embedding.weight", 0)
            layerCount = tensors.count(of: "encoder.layers")
        }
        rules = isOpenCLIP ? Self.openCLIPRules : .textEncoder
        optionalNames = isOpenCLIP ? ["encoder.layers.\(layerCount)", "text_projection", "logit_scale"] : []
    }

    /// The configuration that diffusers gives such an encoder, as JSON; all released ones have 64 channels a head.
    func configuration() throws -> String {
        let embedding = isOpenCLIP ? "token_embedding.weight" : "embeddings.token_embedding.weight"
        let width = try tensors.extent(embedding, 1)
        let inner = isOpenCLIP ? "transformer.resblocks.0.mlp.c_fc.weight" : "encoder.layers.0.mlp.fc1.weight"
        return """
            {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model",
             "vocab_size": \(try tensors.extent(embedding, 0)), "hidden_size": \(width),
             "intermediate_size": \(try tensors.extent(inner, 0)), "num_hidden_layers": \(layerCount),
             "num_attention_heads": \(max(1, width / 64)), "max_position_embeddings": \(positionCount),
             "hidden_act": "\(isOpenCLIP ? "gelu" : "quick_gelu")", "layer_norm_eps": 1e-5}
            """
    }

    private static let openCLIPRules = NameRules(
        [
            [.prefix("text_model", "")],
            [
                .prefix("transformer.resblocks", "encoder.layers"), .prefix("ln_final", "final_layer_norm"),
                .prefix("token_embedding", "embeddings.token_embedding"),
                .prefix("positional_embedding", "embeddings.position_embedding.weight"),
            ],
            [
                .run("ln_1", "layer_norm1"), .run("ln_2", "layer_norm2"), .run("attn", "self_attn"),
                .run("mlp.c_fc", "mlp.fc1"), .run("mlp.c_proj", "mlp.fc2"),
            ],
        ],
        splits: [
            "in_proj_weight": ["q_proj.weight", "k_proj.weight", "v_proj.weight"],
            "in_proj_bias": ["q_proj.bias", "k_proj.bias", "v_proj.bias"],
        ])
}
