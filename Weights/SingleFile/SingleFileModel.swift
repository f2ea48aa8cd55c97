import DiffusionBasics

/// A whole model in one safetensors file with the original (ldm) names, as most model sites hand them out.
///
/// The configurations that such a file lacks are read off its shapes or are those of the released models of its family;
/// the tokenizer is CLIP's own. Matches diffusers' `StableDiffusionPipeline.from_single_file`.
package struct SingleFileModel: ModelSource {
    package let path: String
    package let card = ModelCard()
    package let safetyChecker: String? = nil
    package let schedulerClass: String
    private let family: CheckpointFamily
    private let prediction: CheckpointPrediction

    package var name: String { path }

    /// - Throws: `FileError`, `SafetensorsError`; `ModelError` for a file of another family, by its name.
    package init(_ path: String) throws {
        let file = try SafetensorsFile(path)
        self.path = path
        family = try CheckpointFamily.recognise(file)
        prediction = CheckpointPrediction(of: file, family)
        schedulerClass = prediction == .epsilon ? "PNDMScheduler" : "DDIMScheduler"
    }

    package func configuration(of part: ModelPart) throws -> ConfigurationDocument {
        let file = try SafetensorsFile(path)
        let text: String
        switch part {
        case .unet: text = try LDMUNet(unet(of: file)).configuration(sampleSize: prediction.imageSize(family) / 8)
        case .vae:
            text = try LDMAutoencoder(autoencoder(of: file)).configuration(sampleSize: prediction.imageSize(family))
        case .textEncoder: text = try textEncoder(of: file).configuration()
        case .scheduler: text = schedulerConfiguration
        case .tokenizer:
            text = CLIPTokenizerFiles.configuration(
                padding: padding, lengthLimit: try textEncoder(of: file).positionCount)
        }
        let label = "\(path) (\(part.rawValue))"
        return ConfigurationDocument(try JSONParser.parse(Array(text.utf8), file: label), file: label)
    }

    package func weights(of part: ModelPart) throws -> WeightStore {
        let file = try SafetensorsFile(path)
        switch part {
        case .unet:
            let tensors = try unet(of: file)
            return try WeightStore([file], prefix: tensors.prefix, rules: LDMUNet(tensors).rules)
        case .vae:
            let tensors = try autoencoder(of: file)
            return try WeightStore(
                [file], prefix: tensors.prefix, rules: LDMAutoencoder(tensors).rules, optional: part.optionalNames)
        case .textEncoder:
            let encoder = try textEncoder(of: file)
            return try WeightStore(
                [file], prefix: encoder.prefix, rules: encoder.rules, optional: encoder.optionalNames)
        case .tokenizer, .scheduler: reportBug("the \(part.rawValue) of a model has no weights")
        }
    }

    package func tokenizer() throws -> TokenizerFiles {
        try CLIPTokenizerFiles.read(
            padding: padding, lengthLimit: textEncoder(of: SafetensorsFile(path)).positionCount)
    }
}

extension SingleFileModel {
    private func unet(of file: SafetensorsFile) throws -> CheckpointTensors {
        CheckpointTensors(file, prefix: LDMNames.unet)
    }

    private func autoencoder(of file: SafetensorsFile) throws -> CheckpointTensors {
        let tensors = CheckpointTensors(file, prefix: LDMNames.autoencoder)
        guard !tensors.isEmpty else { throw ModelError.missingPart(path: path, part: "autoencoder") }
        return tensors
    }

    private func textEncoder(of file: SafetensorsFile) throws -> LDMTextEncoder {
        let isThere = file.header.entries.contains { $0.name.hasPrefix("cond_stage_model.") }
        guard isThere else { throw ModelError.missingPart(path: path, part: "text encoder") }
        return try LDMTextEncoder(file)
    }

    /// Stable Diffusion 2.x pads prompts with the token of id 0.
    private var padding: String { family == .stableDiffusion1 ? CLIPTokenizerFiles.end : "!" }

    /// As published with the family's models.
    private var schedulerConfiguration: String {
        """
        {"_class_name": "\(schedulerClass)", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
         "num_train_timesteps": 1000, "prediction_type": "\(prediction.rawValue)", "clip_sample": false,
         "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1, "trained_betas": null}
        """
    }
}

/// What the U-Net of a checkpoint predicts.
enum CheckpointPrediction: String {
    case epsilon
    case velocity = "v_prediction"

    /// No shape tells. The file's own word counts: `modelspec` metadata, a tensor `v_pred`, for Stable Diffusion 2.x the
    /// training step 875,000 of the released 512-pixel model; else what diffusers takes: noise in 1.x, velocity in 2.x.
    init(of file: SafetensorsFile, _ family: CheckpointFamily) {
        let metadata = file.header.metadata
        let words = [metadata["modelspec.prediction_type"], metadata["modelspec.architecture"]].compactMap(\.self)
        if let word = words.lazy.compactMap(Self.meaning).first {
            self = word
        } else if file.header["v_pred"] != nil {
            self = .velocity
        } else {
            self = family == .stableDiffusion1 || Self.trainingStep(file) == 875_000 ? .epsilon : .velocity
        }
    }

    private static func meaning(of word: String) -> CheckpointPrediction? {
        switch word.lowercased() {
        case "epsilon", "stable-diffusion-v2-512": .epsilon
        case "v", "v_prediction", "v-prediction", "stable-diffusion-v2-768-v": .velocity
        default: nil
        }
    }

    private static func trainingStep(_ file: SafetensorsFile) -> Float? {
        guard let entry = file.header["global_step"], entry.elementCount == 1 else { return nil }
        var value: [Float] = [0]
        let isRead: Void? = value.withUnsafeMutableBufferPointer { try? file.read(entry, elements: 0..<1, into: $0) }
        return isRead.map { value[0] }
    }

    /// The pictures' edge that the family's released models were trained for.
    func imageSize(_ family: CheckpointFamily) -> Int {
        family == .stableDiffusion2 && self == .velocity ? 768 : 512
    }
}
