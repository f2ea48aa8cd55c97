import DiffusionEngine
import DiffusionTensors

/// Multi-head attention of picture tokens over themselves or over a text context (diffusers `Attention`).
struct CrossAttention: Sendable {
    private let heads: Int
    /// What tokens are prepared for.
    let arithmetic: ProductArithmetic
    private let identity = LayerIdentity()
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear

    /// - Parameter contextWidth: width of what keys and values are made from.
    init(_ scope: WeightScope, width: Int, contextWidth: Int, heads: Int, headWidth: Int) {
        self.heads = heads
        arithmetic = scope.arithmetic
        let inner = heads * headWidth
        query = Linear(scope["to_q"], inputs: width, outputs: inner, hasBias: false)
        key = Linear(scope["to_k"], inputs: contextWidth, outputs: inner, hasBias: false)
        value = Linear(scope["to_v"], inputs: contextWidth, outputs: inner, hasBias: false)
        output = Linear(scope["to_out"][0], inputs: inner, outputs: width)
    }

    /// The tokens over themselves.
    /// - Parameters:
    ///   - tokens: `[images, tokens, width]`, prepared for the block's arithmetic.
    ///   - residual: of that shape; its memory is the result's where nobody else holds it.
    func callAsFunction(
        _ tokens: PreparedTensor, adding residual: consuming Tensor, in compute: ComputeContext
    ) throws -> Tensor {
        let memory = try memory(of: tokens, in: compute)
        return try attend(tokens, over: memory, adding: consume residual, in: compute)
    }

    /// The tokens over text.
    /// - Parameter contexts: one per image.
    func callAsFunction(
        _ tokens: PreparedTensor, over contexts: [ContextMemory], adding residual: consuming Tensor,
        in compute: ComputeContext
    ) throws -> Tensor {
        let memories = try contexts.map { context in
            try context.memory(of: identity) {
                try memory(of: PreparedTensor($0, for: arithmetic, in: compute), in: compute)
            }
        }
        return try attend(tokens, over: AttentionMemory(joining: memories), adding: consume residual, in: compute)
    }

    private func memory(of source: PreparedTensor, in compute: ComputeContext) throws -> AttentionMemory {
        try AttentionMemory(
            keys: try key(source, in: compute), values: try value(source, in: compute), heads: heads,
            arithmetic: arithmetic, in: compute)
    }

    private func attend(
        _ tokens: PreparedTensor, over memory: AttentionMemory, adding residual: consuming Tensor,
        in compute: ComputeContext
    ) throws -> Tensor {
        let attended = try attention(query: try query(tokens, in: compute), over: memory, in: compute)
        return try output(attended, adding: consume residual, in: compute)
    }
}
