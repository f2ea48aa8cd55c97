import DiffusionEngine
import DiffusionTensors

extension AutoencoderConfiguration {
    /// The autoencoder's resnets know no timestep.
    var resnetStyle: ResnetBlock2D.Style {
        ResnetBlock2D.Style(groups: normGroups, epsilon: 1e-6, activation: activation)
    }
}

/// Two resnets around self-attention over the pixels (diffusers `UNetMidBlock2D` in an autoencoder).
struct AutoencoderMidBlock: Sendable {
    private let first: ResnetBlock2D
    private let attention: PixelAttention?
    private let second: ResnetBlock2D

    init(_ scope: WeightScope, configuration: AutoencoderConfiguration) {
        let channels = configuration.blockChannels[configuration.blockChannels.count - 1]
        let style = configuration.resnetStyle
        first = ResnetBlock2D(scope["resnets"][0], inputs: channels, outputs: channels, style: style)
        second = ResnetBlock2D(scope["resnets"][1], inputs: channels, outputs: channels, style: style)
        attention =
            configuration.hasMidAttention
            ? PixelAttention(scope["attentions"][0], channels: channels, groups: configuration.normGroups) : nil
    }

    func callAsFunction(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        var hidden = try first(consume input, in: context)
        if let attention { hidden = try attention(consume hidden, in: context) }
        return try second(consume hidden, in: context)
    }
}

/// Attention with a single head as wide as the feature map, beside a residual.
struct PixelAttention: Sendable {
    private let arithmetic: ProductArithmetic
    private let norm: GroupNorm
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear

    init(_ scope: WeightScope, channels: Int, groups: Int) {
        arithmetic = scope.arithmetic
        norm = GroupNorm(scope["group_norm"], groups: groups, channels: channels, epsilon: 1e-6)
        query = Linear(scope["to_q"], inputs: channels, outputs: channels)
        key = Linear(scope["to_k"], inputs: channels, outputs: channels)
        value = Linear(scope["to_v"], inputs: channels, outputs: channels)
        output = Linear(scope["to_out"][0], inputs: channels, outputs: channels)
    }

    func callAsFunction(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        let shape = input.shape
        let rows: Shape = [shape[0], shape[1] * shape[2], shape[3]]
        let tokens = try normalized(input, in: context).reshaped(to: rows)
        let attended = try attention(
            query: try query(tokens, in: context), key: try key(tokens, in: context),
            value: try value(tokens, in: context), heads: 1, arithmetic: arithmetic, in: context)
        let residual = (consume input).reshaped(to: rows)
        return try output(attended, adding: consume residual, in: context).reshaped(to: shape)
    }

    private func normalized(_ input: Tensor, in context: ComputeContext) throws -> PreparedTensor {
        let pixels = ConvolutionInput(input)
        return try PreparedTensor(
            pixels.normalized(try norm.normalization(of: pixels, activation: nil, in: context)), for: arithmetic,
            in: context)
    }
}

/// A level of the decoder: resnets, then twice the size unless it is the last (diffusers `UpDecoderBlock2D`).
struct AutoencoderUpBlock: Sendable {
    private let resnets: [ResnetBlock2D]
    private let upsample: Upsample2D?

    init(_ scope: WeightScope, inputs: Int, outputs: Int, isLast: Bool, configuration: AutoencoderConfiguration) {
        resnets = (0...configuration.layersPerBlock).map {
            ResnetBlock2D(
                scope["resnets"][$0], inputs: $0 == 0 ? inputs : outputs, outputs: outputs,
                style: configuration.resnetStyle)
        }
        upsample = isLast ? nil : Upsample2D(scope["upsamplers"][0], channels: outputs)
    }

    /// The resnets.
    func callAsFunction(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        var hidden = consume input
        for resnet in resnets { hidden = try resnet(consume hidden, in: context) }
        return hidden
    }

    /// What comes after them: twice the size.
    func upsampled(_ input: consuming Tensor, in context: ComputeContext) throws -> Tensor {
        guard let upsample else { return input }
        let (height, width) = (2 * input.shape[1], 2 * input.shape[2])
        return try upsample(consume input, height: height, width: width, in: context)
    }

    /// How far the resnets see: two 3×3 convolutions each.
    var reach: Int { 2 * resnets.count }
}

extension Convolution2D {
    /// The convolution of a normalised and activated feature map.
    func afterSiLU(of norm: GroupNorm, _ input: ConvolutionInput, in context: ComputeContext) throws -> Tensor {
        try self(input.normalized(try norm.normalization(of: input, activation: .silu, in: context)), in: context)
    }
}
