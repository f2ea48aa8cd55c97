import DiffusionEngine
import DiffusionTensors

/// Transformer layers over the pixels of a feature map (diffusers `Transformer2DModel` with continuous input).
struct SpatialTransformer: Sendable {
    /// What a level's transformers look like.
    struct Description: Sendable {
        var channels: Int
        var heads: Int
        /// channels / heads, rounded down as diffusers does; heads × headWidth may be less than the channels.
        var headWidth: Int
        var layerCount: Int
        var contextWidth: Int
        var onlyCrossAttention: Bool
        var usesLinearProjection: Bool
        var groups: Int
    }

    private let norm: GroupNorm
    private let projectionIn: Linear
    private let blocks: [TransformerBlock]
    private let projectionOut: Linear

    init(_ scope: WeightScope, _ shape: Description) {
        let inner = shape.heads * shape.headWidth
        norm = GroupNorm(scope["norm"], groups: shape.groups, channels: shape.channels, epsilon: 1e-6)
        // A 1×1 convolution over NHWC pixels is a linear layer; just the file's shape differs.
        let isConvolution = !shape.usesLinearProjection
        projectionIn = Linear(
            scope["proj_in"], inputs: shape.channels, outputs: inner,
            weightShape: isConvolution ? [inner, shape.channels, 1, 1] : nil)
        blocks = (0..<shape.layerCount).map { TransformerBlock(scope["transformer_blocks"][$0], shape: shape) }
        projectionOut = Linear(
            scope["proj_out"], inputs: inner, outputs: shape.channels,
            weightShape: isConvolution ? [shape.channels, inner, 1, 1] : nil)
    }

    /// - Parameters:
    ///   - input: `[images, height, width, channels]`.
    ///   - context: one per image.
    func callAsFunction(_ input: consuming Tensor, context: [ContextMemory], in compute: ComputeContext) throws
        -> Tensor
    {
        let shape = input.shape
        let rows: Shape = [shape[0], shape[1] * shape[2], shape[3]]
        var tokens = try projectionIn(try normalized(input, in: compute).reshaped(to: rows), in: compute)
        for block in blocks { tokens = try block(consume tokens, context: context, in: compute) }
        // Reshaped without a second holder, so that the sum takes its memory.
        let residual = (consume input).reshaped(to: rows)
        return try projectionOut(consume tokens, adding: consume residual, in: compute).reshaped(to: shape)
    }

    private func normalized(_ input: Tensor, in compute: ComputeContext) throws -> PreparedTensor {
        let pixels = ConvolutionInput(input)
        return try PreparedTensor(
            pixels.normalized(try norm.normalization(of: pixels, activation: nil, in: compute)),
            for: projectionIn.arithmetic, in: compute)
    }
}
