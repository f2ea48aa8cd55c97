import DiffusionEngine
import DiffusionTensors

/// Multi-head attention of picture tokens over themselves or over a text context (diffusers `Attention`).
struct CrossAttention: Sendable {
    private let heads: Int
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear

    /// - Parameter contextWidth: width of what keys and values are made from.
    init(_ scope: WeightScope, width: Int, contextWidth: Int, heads: Int, headWidth: Int) {
        self.heads = heads
        let inner = heads * headWidth
        query = Linear(scope["to_q"], inputs: width, outputs: inner, hasBias: false)
        key = Linear(scope["to_k"], inputs: contextWidth, outputs: inner, hasBias: false)
        value = Linear(scope["to_v"], inputs: contextWidth, outputs: inner, hasBias: false)
        output = Linear(scope["to_out"][0], inputs: inner, outputs: width)
    }

    /// - Parameters:
    ///   - tokens: `[images, tokens, width]`.
    ///   - context: `[images, context tokens, context width]`; nil for self-attention.
    func callAsFunction(_ tokens: Tensor, over context: Tensor?, in compute: ComputeContext) throws -> Tensor {
        let source = context ?? tokens
        let attended = try attention(
            query: try query(tokens, in: compute), key: try key(source, in: compute),
            value: try value(source, in: compute), heads: heads, in: compute)
        return try output(attended, in: compute)
    }
}
