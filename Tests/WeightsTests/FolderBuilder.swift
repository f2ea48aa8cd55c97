import DiffusionTensors
import DiffusionWeights
import TestSupport

/// A model folder in diffusers' layout with tiny weights, to be changed by a test.
struct FolderBuilder {
    let folder: TemporaryFolder
    var path: String { "\(folder.path)/model" }

    init() throws {
        folder = try TemporaryFolder()
        try write("model_index.json", Self.index())
        try write("unet/config.json", #"{"_class_name":"UNet2DConditionModel","in_channels":4}"#)
        try write("vae/config.json", #"{"_class_name":"AutoencoderKL"}"#)
        try write("text_encoder/config.json", #"{"architectures":["CLIPTextModel"]}"#)
        try write("scheduler/scheduler_config.json", #"{"_class_name":"PNDMScheduler"}"#)
        try write("tokenizer/vocab.json", "{}")
        try weights("unet/diffusion_pytorch_model.safetensors", ["u"])
        try weights("vae/diffusion_pytorch_model.safetensors", ["v", "encoder.x", "quant_conv.weight"])
        try weights("text_encoder/model.safetensors", ["text_model.t"])
    }

    func write(_ name: String, _ text: String) throws { try folder.write("model/\(name)", text) }

    /// A file of tensors of one element each, which holds the tensor's place in the list.
    func weights(_ name: String, _ tensors: [String]) throws {
        let tensors = zip(tensors, 0...).map { (name: $0, tensor: Tensor(shape: [1], scalars: [Float($1)])) }
        try folder.write("model/\(name)", tensors: tensors)
    }

    func remove(_ name: String) throws { try folder.remove("model/\(name)") }

    /// The index of such a folder, with some of its entries replaced by JSON texts.
    static func index(_ changes: [String: String] = [:]) -> String {
        var entries = [
            "_class_name": "\"StableDiffusionPipeline\"", "unet": #"["diffusers","UNet2DConditionModel"]"#,
            "vae": #"["diffusers","AutoencoderKL"]"#, "text_encoder": #"["transformers","CLIPTextModel"]"#,
            "tokenizer": #"["transformers","CLIPTokenizer"]"#, "scheduler": #"["diffusers","PNDMScheduler"]"#,
            "safety_checker": "[null,null]", "feature_extractor": "[null,null]",
        ]
        entries.merge(changes) { $1 }
        return "{" + entries.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }
}

/// The value of a parameter of one element.
func value(of name: String, in store: WeightStore) throws -> Float {
    let values = try store.parameter(named: name, shape: [1]).scalars()
    try store.check()
    return values[0]
}
