/// The parts of a Stable Diffusion model that come from its files, by the name of their folder.
package enum ModelPart: String, Sendable, CaseIterable {
    case unet
    case vae
    case textEncoder = "text_encoder"
    case tokenizer
    case scheduler

    /// The classes of diffusers and transformers that are built here; empty where others run as the nearest one.
    var supportedClasses: [String] {
        switch self {
        case .unet: ["UNet2DConditionModel"]
        case .vae: ["AutoencoderKL", "AutoencoderTiny"]
        case .textEncoder: ["CLIPTextModel"]
        case .tokenizer: ["CLIPTokenizer", "CLIPTokenizerFast"]
        case .scheduler: []
        }
    }

    /// What the part's weight files are called before `.safetensors`: diffusers and transformers differ.
    var weightsName: String { self == .textEncoder ? "model" : "diffusion_pytorch_model" }

    var configurationName: String { self == .scheduler ? "scheduler_config.json" : "config.json" }

    var rules: NameRules {
        switch self {
        case .textEncoder: .textEncoder
        case .vae: .autoencoder
        default: NameRules()
        }
    }

    /// Names in the part's weights that only some tasks need: the encoder makes latents of pictures.
    var optionalNames: [String] { self == .vae ? ["encoder", "quant_conv"] : [] }
}
