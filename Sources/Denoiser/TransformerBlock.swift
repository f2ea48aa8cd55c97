import DiffusionEngine
import DiffusionTensors

/// Self-attention, cross-attention and a gated feed-forward, each behind a layer norm and beside a residual
/// (diffusers `BasicTransformerBlock`).
struct TransformerBlock: Sendable {
    private let norm1: LayerNorm
    private let attention1: CrossAttention
    private let norm2: LayerNorm
    private let attention2: CrossAttention
    private let norm3: LayerNorm
    private let feedForwardIn: Linear
    private let feedForwardOut: Linear
    private let onlyCrossAttention: Bool

    init(_ scope: WeightScope, shape: SpatialTransformer.Description) {
        let width = shape.heads * shape.headWidth
        onlyCrossAttention = shape.onlyCrossAttention
        norm1 = LayerNorm(scope["norm1"], width: width)
        attention1 = CrossAttention(
            scope["attn1"], width: width, contextWidth: onlyCrossAttention ? shape.contextWidth : width,
            heads: shape.heads, headWidth: shape.headWidth)
        norm2 = LayerNorm(scope["norm2"], width: width)
        attention2 = CrossAttention(
            scope["attn2"], width: width, contextWidth: shape.contextWidth, heads: shape.heads,
            headWidth: shape.headWidth)
        norm3 = LayerNorm(scope["norm3"], width: width)
        feedForwardIn = Linear(scope["ff"]["net"][0]["proj"], inputs: width, outputs: 8 * width)
        feedForwardOut = Linear(scope["ff"]["net"][2], inputs: 4 * width, outputs: width)
    }

    /// - Parameters:
    ///   - tokens: `[images, tokens, width]`; passed on by its last holder, its memory is the result's.
    ///   - context: one per image.
    func callAsFunction(_ tokens: consuming Tensor, context: [ContextMemory], in compute: ComputeContext) throws
        -> Tensor
    {
        try compute.checkCancellation()
        let normalized = try norm1(tokens, in: compute)
        let first =
            onlyCrossAttention
            ? try attention1(normalized, over: context, in: compute) : try attention1(normalized, in: compute)
        tokens = try add(consume tokens, first, in: compute)
        let second = try attention2(try norm2(tokens, in: compute), over: context, in: compute)
        tokens = try add(consume tokens, second, in: compute)
        let third = try feedForwardOut(try gated(try norm3(tokens, in: compute), in: compute), in: compute)
        return try add(consume tokens, third, in: compute)
    }

    private func gated(_ normalized: Tensor, in compute: ComputeContext) throws -> Tensor {
        try geglu(try feedForwardIn(normalized, in: compute), in: compute)
    }
}
