import DiffusionBasics

/// The families of single-file checkpoints that are told apart by the names and shapes of their tensors.
enum CheckpointFamily: Equatable {
    case stableDiffusion1
    case stableDiffusion2

    /// - Throws: `ModelError` for files of other families, by their name where they are known.
    static func recognise(_ file: SafetensorsFile) throws -> CheckpointFamily {
        if let family = ForeignCheckpoints.family(of: file) {
            throw ModelError.unsupportedFamily(path: file.path, family: family)
        }
        let unet = LDMNames.unet
        guard file.header["\(unet)input_blocks.0.0.weight"] != nil else { throw unrecognised(file) }
        let hasLinearProjection = file.header.entries.contains {
            $0.name.hasPrefix(unet) && $0.name.hasSuffix(".proj_in.weight") && $0.shape.count == 2
        }
        return hasLinearProjection ? .stableDiffusion2 : .stableDiffusion1
    }

    static func unrecognised(_ file: SafetensorsFile) -> ModelError {
        let names = file.header.entries.map(\.name).sorted()
        let spread = stride(from: 0, to: names.count, by: max(1, names.count / 3)).prefix(3).map { names[$0] }
        return .unrecognised(path: file.path, examples: spread)
    }
}

/// Where the parts lie in a checkpoint with the original (ldm) names.
enum LDMNames {
    static let unet = "model.diffusion_model."
    static let autoencoder = "first_stage_model."
    /// Of Stable Diffusion 1.x: transformers' CLIP.
    static let clip = "cond_stage_model.transformer."
    /// Of Stable Diffusion 2.x: OpenCLIP.
    static let openCLIP = "cond_stage_model.model."
}
