import DiffusionEngine
import DiffusionTensors

/// Self-attention, cross-attention and a gated feed-forward, each behind a layer norm and beside a residual
/// (diffusers `BasicTransformerBlock`).
struct TransformerBlock: Sendable {
    private let norm1: LayerNorm
    private let attention1: CrossAttention
    private let norm2: LayerNorm
    private let attention2: CrossAttention
    private let feedForward: FeedForward
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
        feedForward = FeedForward(norm: scope["norm3"], scope["ff"], width: width, inner: 4 * width)
    }

    /// - Parameters:
    ///   - tokens: `[images, tokens, width]`; passed on by its last holder, its memory is the result's.
    ///   - context: one per image.
    func callAsFunction(_ tokens: consuming Tensor, context: [ContextMemory], in compute: ComputeContext) throws
        -> Tensor
    {
        try compute.checkCancellation()
        let first = try norm1.prepared(tokens, for: attention1.arithmetic, in: compute)
        tokens =
            onlyCrossAttention
            ? try attention1(first, over: context, adding: consume tokens, in: compute)
            : try attention1(first, adding: consume tokens, in: compute)
        let second = try norm2.prepared(tokens, for: attention2.arithmetic, in: compute)
        tokens = try attention2(second, over: context, adding: consume tokens, in: compute)
        return try feedForward(consume tokens, in: compute)
    }
}
