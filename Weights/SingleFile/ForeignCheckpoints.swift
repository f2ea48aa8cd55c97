/// Files that are recognised and not supported, as data: what a tensor's name holds, and what the file then is.
enum ForeignCheckpoints {
    private enum Mark {
        /// A whole name, at the root or below `model.diffusion_model.`.
        case name(String)
        case prefix(String)
        case anywhere(String)

        func matches(_ name: String) -> Bool {
            switch self {
            case .name(let mark): name == mark || name == LDMNames.unet + mark
            case .prefix(let mark): name.hasPrefix(mark)
            case .anywhere(let mark): name.contains(mark)
            }
        }
    }

    /// The first that matches any tensor counts.
    private static let families: [(family: String, marks: [Mark])] = [
        (
            "a LoRA file, a change to a model and none itself",
            [
                .anywhere(".lora_down."), .anywhere(".lora_up."), .anywhere(".lora_A."), .anywhere(".lora_B."),
                .anywhere("_lora."), .anywhere(".lora."), .anywhere(".hada_w1_a"), .anywhere(".lokr_w1"),
            ]
        ),
        (
            "a ControlNet",
            [
                .prefix("control_model."), .prefix("controlnet_cond_embedding."), .prefix("input_hint_block."),
                .prefix("controlnet_blocks."), .prefix("controlnet_"),
            ]
        ),
        ("a T2I-Adapter", [.prefix("adapter.body."), .prefix("body.0.block")]),
        ("an IP-Adapter", [.prefix("ip_adapter."), .prefix("image_proj.")]),
        ("a textual inversion embedding", [.name("emb_params"), .name("string_to_param"), .name("clip_g")]),
        (
            "a Stable Diffusion XL model",
            [.prefix("conditioner.embedders.1."), .prefix("conditioner.embedders.0.transformer.")]
        ),
        ("a Stable Diffusion XL refiner", [.prefix("conditioner.embedders.0.model.")]),
        ("a Stable Diffusion XL model", [.name("label_emb.0.0.weight")]),
        ("a Stable Diffusion 3 model", [.anywhere("joint_blocks.0.context_block."), .prefix("text_encoders.clip_g.")]),
        (
            "a Flux model",
            [.name("double_blocks.0.img_attn.norm.key_norm.scale"), .anywhere("double_blocks.0.img_mod.")]
        ),
        ("an AuraFlow model", [.name("double_layers.0.attn.w1q.weight")]),
        ("an AnimateDiff motion module", [.anywhere("motion_modules.")]),
        ("a Stable Cascade model", [.name("clip_txt_mapper.weight"), .name("down_blocks.1.0.channelwise.0.weight")]),
        ("an unCLIP model", [.prefix("embedder.model.visual."), .prefix("noise_augmentor.")]),
        ("a Stable Video Diffusion model", [.anywhere(".time_stack."), .anywhere(".time_mixer.")]),
        ("a HunyuanVideo model", [.anywhere("individual_token_refiner.")]),
        ("an LTX-Video model", [.name("patchify_proj.weight")]),
        ("a Lumina model", [.name("cap_embedder.0.weight")]),
        ("a Sana model", [.name("blocks.0.cross_attn.kv_linear.weight")]),
        ("a Wan model", [.name("head.modulation")]),
        ("a PixArt model", [.name("y_embedder.y_proj.fc1.weight")]),
        ("a depth-to-image model", [.prefix("depth_model.")]),
        ("an upscaler model", [.prefix("low_scale_model.")]),
    ]

    /// Families that the U-Net's input tells: by the channels that it takes besides four of latents.
    private static let familiesByInput: [Int: String] = [
        5: "a depth-to-image model", 7: "an upscaler model", 8: "an InstructPix2Pix model",
    ]

    /// What `file` is, where it is of a family that is known and not supported.
    static func family(of file: SafetensorsFile) -> String? {
        let names = file.header.entries.map(\.name)
        if let found = families.first(where: { family in
            names.contains { name in family.marks.contains { $0.matches(name) } }
        }) {
            return found.family
        }
        let input = file.header["\(LDMNames.unet)input_blocks.0.0.weight"]?.shape ?? []
        if input.count == 4, let family = familiesByInput[input[1]] { return family }
        return part(names)
    }

    /// One part of a model where the whole is needed.
    private static func part(_ names: [String]) -> String? {
        guard !names.contains(where: { $0.hasPrefix(LDMNames.unet) }) else { return nil }
        func holds(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix) } }
        if holds("down_blocks.") && holds("up_blocks.") { return "a U-Net alone, in diffusers' layout" }
        if holds("input_blocks.") && holds("output_blocks.") { return "a U-Net alone" }
        if holds("decoder.conv_in.") || holds(LDMNames.autoencoder) { return "an autoencoder alone" }
        if holds("text_model.") || holds("encoder.layers.") || holds("transformer.resblocks.") {
            return "a text encoder alone"
        }
        return nil
    }
}
