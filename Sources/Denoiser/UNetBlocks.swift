import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// What every block of one U-Net call is told besides the feature map.
struct UNetCondition {
    /// Time embedding after the activation, `[images, time channels]`.
    var activatedTime: Tensor
    /// Text context, one per image.
    var context: [ContextMemory]
}

/// A level of the encoder half: resnets, each with a transformer where the level has attention, and a down-sampling
/// (diffusers `DownBlock2D`, `CrossAttnDownBlock2D`).
struct UNetDownBlock: Sendable {
    private let resnets: [ResidentLayer<ResnetBlock2D>]
    private let attentions: [ResidentLayer<SpatialTransformer>]
    private let downsample: ResidentLayer<Downsample2D>?

    init(_ scope: WeightScope, level: Int, configuration: UNetConfiguration) {
        let outputs = configuration.blockChannels[level]
        let inputs = level == 0 ? configuration.blockChannels[0] : configuration.blockChannels[level - 1]
        let count = configuration.layersPerBlock[level]
        resnets = (0..<count).map { index in
            ResidentLayer(scope["resnets"][index]) {
                ResnetBlock2D(
                    $0, inputs: index == 0 ? inputs : outputs, outputs: outputs, style: configuration.resnetStyle)
            }
        }
        let layers = configuration.downBlocks[level] == .crossAttention ? configuration.transformerLayers[level] : []
        attentions = layers.indices.map { index in
            ResidentLayer(scope["attentions"][index]) {
                SpatialTransformer($0, configuration.transformer(level: level, layerCount: layers[index]))
            }
        }
        let isLast = level == configuration.blockChannels.count - 1
        downsample =
            isLast
            ? nil
            : ResidentLayer(scope["downsamplers"][0]) {
                Downsample2D($0, channels: outputs, padding: configuration.downsamplePadding)
            }
    }

    /// Appends every feature map that the decoder half will want to `skips`.
    func callAsFunction(
        _ input: consuming Tensor, _ condition: UNetCondition, skips: inout [Tensor], in context: ComputeContext
    ) throws -> Tensor {
        var hidden = consume input
        for layer in resnets.indices {
            hidden = try self.layer(layer, consume hidden, condition, in: context)
            skips.append(hidden)
        }
        if let downsample {
            hidden = try downsample.loaded(in: context)(hidden, in: context)
            skips.append(hidden)
        }
        return hidden
    }

    /// One resnet with its transformer.
    func layer(
        _ index: Int, _ input: consuming Tensor, _ condition: UNetCondition, in context: ComputeContext
    ) throws -> Tensor {
        let hidden = try resnets[index].loaded(in: context)(
            consume input, activatedTime: condition.activatedTime, in: context)
        guard !attentions.isEmpty else { return hidden }
        return try attentions[index].loaded(in: context)(consume hidden, context: condition.context, in: context)
    }
}

/// Between the halves (diffusers `UNetMidBlock2DCrossAttn`, `UNetMidBlock2D`).
struct UNetMidBlock: Sendable {
    private let first: ResidentLayer<ResnetBlock2D>
    private let attention: ResidentLayer<SpatialTransformer>?
    private let second: ResidentLayer<ResnetBlock2D>?

    init(_ scope: WeightScope, _ kind: UNetConfiguration.MidBlock, configuration: UNetConfiguration) {
        let level = configuration.blockChannels.count - 1
        let channels = configuration.blockChannels[level]
        var style = configuration.resnetStyle
        style.outputScaleFactor = Float(configuration.midBlockScaleFactor)
        func resnet(_ index: Int) -> ResidentLayer<ResnetBlock2D> {
            ResidentLayer(scope["resnets"][index]) {
                ResnetBlock2D($0, inputs: channels, outputs: channels, style: style)
            }
        }
        first = resnet(0)
        guard kind == .crossAttention else {
            // diffusers builds the plain mid block with no layers behind its first resnet.
            (attention, second) = (nil, nil)
            return
        }
        var shape = configuration.transformer(
            level: level, layerCount: configuration.transformerLayers[level].first ?? 1)
        shape.onlyCrossAttention = false
        let description = shape
        attention = ResidentLayer(scope["attentions"][0]) { SpatialTransformer($0, description) }
        second = resnet(1)
    }

    func callAsFunction(
        _ input: consuming Tensor, _ condition: UNetCondition, in context: ComputeContext
    ) throws -> Tensor {
        var hidden = try first.loaded(in: context)(
            consume input, activatedTime: condition.activatedTime, in: context)
        if let attention {
            hidden = try attention.loaded(in: context)(consume hidden, context: condition.context, in: context)
        }
        guard let second else { return hidden }
        return try second.loaded(in: context)(consume hidden, activatedTime: condition.activatedTime, in: context)
    }
}

/// A level of the decoder half: resnets over the joined skips, transformers where the level has attention, and an
/// up-sampling to the size of the next skip (diffusers `UpBlock2D`, `CrossAttnUpBlock2D`).
struct UNetUpBlock: Sendable {
    private let resnets: [ResidentLayer<ResnetBlock2D>]
    private let attentions: [ResidentLayer<SpatialTransformer>]
    private let upsample: ResidentLayer<Upsample2D>?

    /// - Parameter index: counted in the order of running, so 0 is the deepest level.
    init(_ scope: WeightScope, index: Int, configuration: UNetConfiguration) {
        let channels = configuration.blockChannels
        let level = channels.count - 1 - index
        let outputs = channels[level]
        let previous = index == 0 ? outputs : channels[level + 1]
        let lastSkip = channels[max(0, level - 1)]
        let count = configuration.layersPerBlock[level] + 1
        resnets = (0..<count).map { position in
            let skip = position == count - 1 ? lastSkip : outputs
            let inputs = (position == 0 ? previous : outputs) + skip
            return ResidentLayer(scope["resnets"][position]) {
                ResnetBlock2D($0, inputs: inputs, outputs: outputs, style: configuration.resnetStyle)
            }
        }
        let layers = configuration.upBlocks[index] == .crossAttention ? configuration.upTransformerLayers[index] : []
        attentions = layers.indices.map { index in
            ResidentLayer(scope["attentions"][index]) {
                SpatialTransformer($0, configuration.transformer(level: level, layerCount: layers[index]))
            }
        }
        upsample =
            level == 0
            ? nil : ResidentLayer(scope["upsamplers"][0]) { Upsample2D($0, channels: outputs) }
    }

    /// How many resnets it has.
    var layerCount: Int { resnets.count }

    /// Takes as many feature maps off the end of `skips` as it has resnets.
    func callAsFunction(
        _ input: consuming Tensor, _ condition: UNetCondition, skips: inout [Tensor], in context: ComputeContext
    ) throws -> Tensor {
        let hidden = try layers(resnets.indices, consume input, condition, skips: &skips, in: context)
        guard let upsample, let (height, width) = skips.last.map({ ($0.shape[1], $0.shape[2]) }) else { return hidden }
        return try upsample.loaded(in: context)(consume hidden, height: height, width: width, in: context)
    }

    /// Some of the resnets, each over a skip and with its transformer.
    func layers(
        _ range: Range<Int>, _ input: consuming Tensor, _ condition: UNetCondition, skips: inout [Tensor],
        in context: ComputeContext
    ) throws -> Tensor {
        var hidden = consume input
        for index in range {
            guard let skip = skips.popLast() else { reportBug("the decoder half asks for more skips than there are") }
            hidden = try resnets[index].loaded(in: context)(
                consume hidden, joining: consume skip, activatedTime: condition.activatedTime, in: context)
            if !attentions.isEmpty {
                hidden = try attentions[index].loaded(in: context)(
                    consume hidden, context: condition.context, in: context)
            }
        }
        return hidden
    }
}

extension UNetConfiguration {
    fileprivate var resnetStyle: ResnetBlock2D.Style {
        ResnetBlock2D.Style(
            groups: normGroups, epsilon: normEpsilon, activation: activation, timeChannels: timeChannels,
            timeNorm: timeNorm)
    }

    fileprivate func transformer(level: Int, layerCount: Int) -> SpatialTransformer.Description {
        SpatialTransformer.Description(
            channels: blockChannels[level], heads: attentionHeads[level],
            headWidth: blockChannels[level] / attentionHeads[level], layerCount: layerCount,
            contextWidth: crossAttentionWidths[level], onlyCrossAttention: onlyCrossAttention[level],
            usesLinearProjection: usesLinearProjection, groups: normGroups)
    }
}
