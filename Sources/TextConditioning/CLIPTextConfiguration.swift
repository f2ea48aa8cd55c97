import DiffusionBasics
import DiffusionEngine

/// The architecture of a `CLIPTextModel`, from its `config.json`; absent keys take transformers' defaults.
public struct CLIPTextConfiguration: Sendable, Equatable {
    public var vocabularySize: Int
    /// Width of the token embeddings, the context's last axis.
    public var hiddenSize: Int
    var intermediateSize: Int
    public var layerCount: Int
    var headCount: Int
    /// The longest token sequence.
    public var positionCount: Int
    package var activation: Activation
    var normEpsilon: Double

    /// Bytes of activations of one row of the longest length, from above: every layer's output is kept.
    package var activationByteCount: Int {
        4 * positionCount * ((layerCount + 12) * hiddenSize + 3 * intermediateSize) + (4 << 20)
    }

    /// - Throws: `ConfigurationError`.
    public init(_ reader: ConfigurationReader) throws {
        let range = 1...16_777_216
        vocabularySize = try reader.int("vocab_size", default: 49_408, in: range)
        hiddenSize = try reader.int("hidden_size", default: 512, in: range)
        intermediateSize = try reader.int("intermediate_size", default: 2048, in: range)
        layerCount = try reader.int("num_hidden_layers", default: 12, in: 1...1024)
        headCount = try reader.int("num_attention_heads", default: 8, in: range)
        positionCount = try reader.int("max_position_embeddings", default: 77, in: range)
        activation = try reader.choice("hidden_act", default: Activation.quickGELU)
        normEpsilon = try reader.double("layer_norm_eps", default: 1e-5)
        guard hiddenSize % headCount == 0 else {
            throw ConfigurationError.outOfRange(
                file: reader.file, key: "num_attention_heads", expected: "a divisor of hidden_size (\(hiddenSize))",
                found: "\(headCount)")
        }
        // Training values, and ids that the tokenizer's own files give.
        reader.ignore(
            "architectures", "attention_dropout", "bos_token_id", "eos_token_id", "pad_token_id", "dropout", "dtype",
            "torch_dtype", "initializer_factor", "initializer_range", "model_type", "projection_dim",
            "transformers_version")
    }
}
