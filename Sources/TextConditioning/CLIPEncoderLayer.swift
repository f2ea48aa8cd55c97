import DiffusionEngine
import DiffusionTensors

/// Causal self-attention and a two-layer perceptron, each behind a layer norm and beside a residual
/// (transformers `CLIPEncoderLayer`).
struct CLIPEncoderLayer: Sendable {
    private let heads: Int
    private let activation: Activation
    private let norm1: LayerNorm
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear
    private let norm2: LayerNorm
    private let fc1: Linear
    private let fc2: Linear

    init(_ scope: WeightScope, _ configuration: CLIPTextConfiguration) {
        let width = configuration.hiddenSize
        heads = configuration.headCount
        activation = configuration.activation
        norm1 = LayerNorm(scope["layer_norm1"], width: width, epsilon: configuration.normEpsilon)
        let attention = scope["self_attn"]
        query = Linear(attention["q_proj"], inputs: width, outputs: width)
        key = Linear(attention["k_proj"], inputs: width, outputs: width)
        value = Linear(attention["v_proj"], inputs: width, outputs: width)
        output = Linear(attention["out_proj"], inputs: width, outputs: width)
        norm2 = LayerNorm(scope["layer_norm2"], width: width, epsilon: configuration.normEpsilon)
        fc1 = Linear(scope["mlp"]["fc1"], inputs: width, outputs: configuration.intermediateSize)
        fc2 = Linear(scope["mlp"]["fc2"], inputs: configuration.intermediateSize, outputs: width)
    }

    /// - Parameter tokens: `[rows, tokens, width]`.
    func callAsFunction(_ tokens: Tensor, in context: ComputeContext) throws -> Tensor {
        let normalized = try norm1(tokens, in: context)
        let attended = try attention(
            query: try query(normalized, in: context), key: try key(normalized, in: context),
            value: try value(normalized, in: context), heads: heads, mask: .causal, in: context)
        let hidden = try add(tokens, try output(attended, in: context), in: context)
        let inner = try activation(try fc1(try norm2(hidden, in: context), in: context), in: context)
        return try add(hidden, try fc2(inner, in: context), in: context)
    }
}
