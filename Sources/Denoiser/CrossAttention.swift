import DiffusionEngine
import DiffusionTensors

/// Multi-head attention of picture tokens over themselves or over a text context (diffusers `Attention`).
struct CrossAttention: Sendable {
    private let heads: Int
    private let arithmetic: ProductArithmetic
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
    /// - Parameter tokens: `[images, tokens, width]`.
    func callAsFunction(_ tokens: Tensor, in compute: ComputeContext) throws -> Tensor {
        try attend(tokens, over: try memory(of: tokens, in: compute), in: compute)
    }

    /// The tokens over text.
    /// - Parameters:
    ///   - tokens: `[images, tokens, width]`.
    ///   - contexts: one per image.
    func callAsFunction(_ tokens: Tensor, over contexts: [ContextMemory], in compute: ComputeContext) throws -> Tensor {
        let memories = try contexts.map { context in
            try context.memory(of: identity) { try memory(of: $0, in: compute) }
        }
        return try attend(tokens, over: AttentionMemory(joining: memories), in: compute)
    }

    private func memory(of source: Tensor, in compute: ComputeContext) throws -> AttentionMemory {
        try AttentionMemory(
            keys: try key(source, in: compute), values: try value(source, in: compute), heads: heads,
            arithmetic: arithmetic, in: compute)
    }

    private func attend(_ tokens: Tensor, over memory: AttentionMemory, in compute: ComputeContext) throws -> Tensor {
        try output(try attention(query: try query(tokens, in: compute), over: memory, in: compute), in: compute)
    }
}
