import DiffusionBasics
import DiffusionEngine
import DiffusionTensors

/// The denoiser: latents, timestep and text context in, predicted noise (or velocity, or sample) out.
///
/// Matches diffusers `UNet2DConditionModel` for the parts that Stable Diffusion 1.x and 2.x use; every size comes from the
/// configuration.
public struct UNet2DConditionModel: Sendable {
    public let configuration: UNetConfiguration
    private let inputConvolution: Convolution2D
    private let time: TimeEmbedding
    private let downBlocks: [UNetDownBlock]
    private let midBlock: UNetMidBlock?
    private let upBlocks: [UNetUpBlock]
    private let outputNorm: GroupNorm
    private let outputConvolution: Convolution2D

    /// Describes the network; its weights are read when the scope's loads run.
    package init(_ weights: WeightScope, configuration: UNetConfiguration) {
        self.configuration = configuration
        let size = configuration.sampleSize ?? (64, 64)
        // Guidance evaluates two images at once.
        let weights = weights.expecting(ExpectedFeatureMap(imageCount: 2, height: size.height, width: size.width))
        let delicate = weights.with(weights.arithmetic.delicate)
        let first = configuration.blockChannels[0]
        inputConvolution = Convolution2D(
            delicate["conv_in"],
            .init(
                inputChannels: configuration.inputChannels, outputChannels: first, kernel: configuration.inputKernel,
                padding: .init((configuration.inputKernel - 1) / 2)))
        time = TimeEmbedding(delicate["time_embedding"], configuration)
        downBlocks = configuration.downBlocks.indices.map {
            UNetDownBlock(
                weights["down_blocks"][$0].atLevel($0), level: $0, configuration: configuration)
        }
        midBlock = configuration.midBlock.map {
            UNetMidBlock(
                weights["mid_block"].atLevel(configuration.downBlocks.count - 1), $0,
                configuration: configuration)
        }
        upBlocks = configuration.upBlocks.indices.map {
            UNetUpBlock(
                weights["up_blocks"][$0].atLevel(configuration.upBlocks.count - 1 - $0), index: $0,
                configuration: configuration)
        }
        outputNorm = GroupNorm(
            weights["conv_norm_out"], groups: configuration.normGroups, channels: first,
            epsilon: configuration.normEpsilon)
        outputConvolution = Convolution2D(
            delicate["conv_out"],
            .init(
                inputChannels: first, outputChannels: configuration.outputChannels,
                kernel: configuration.outputKernel, padding: .init((configuration.outputKernel - 1) / 2)))
    }

    /// One evaluation.
    /// - Parameters:
    ///   - sample: noisy latents `[images, in channels, height, width]`, of any size.
    ///   - timesteps: one per image.
    ///   - context: text embeddings, one per image; they keep what the layers make of them for the next call.
    ///   - timeCondition: `[images, timeConditionChannels]`, where the model has that input.
    /// - Returns: `[images, out channels, height, width]`.
    /// - Throws: `CancellationError`, `MemoryError`, `NonFiniteValueError`.
    package func callAsFunction(
        _ sample: Tensor, timesteps: [Double], context: [ContextMemory], timeCondition: Tensor? = nil,
        in compute: ComputeContext
    ) throws -> Tensor {
        var nothingKept: DeepFeatureCache?
        return try self(
            sample, timesteps: timesteps, context: context, timeCondition: timeCondition, cache: &nothingKept,
            in: compute)
    }

    /// As above, with what a run keeps of its deep features; nil computes every call in full.
    package func callAsFunction(
        _ sample: Tensor, timesteps: [Double], context: [ContextMemory], timeCondition: Tensor? = nil,
        cache: inout DeepFeatureCache?, in compute: ComputeContext
    ) throws -> Tensor {
        ensure(
            sample.shape.rank == 4 && sample.shape[0] == timesteps.count && context.count == timesteps.count,
            "U-Net on \(sample.shape), \(timesteps.count) timesteps, \(context.count) contexts")
        let embedding = try time(timesteps, timeCondition: timeCondition, in: compute)
        let condition = UNetCondition(
            activatedTime: try configuration.activation(embedding, in: compute), context: context)
        let centered = configuration.centersInput ? sample.map { 2 * $0 - 1 } : sample
        let input = try inputConvolution(try toNHWC(centered, in: compute), in: compute)
        let hidden =
            if let deep = cache?.next(imageCount: timesteps.count) {
                try shallowPass(input, over: deep, condition, in: compute)
            } else {
                try wholePass(input, condition, &cache, in: compute)
            }
        return try toNCHW(try output(ConvolutionInput(hidden), in: compute), in: compute)
    }

    /// Everything between the input and the output layers.
    private func wholePass(
        _ input: Tensor, _ condition: UNetCondition, _ cache: inout DeepFeatureCache?, in compute: ComputeContext
    ) throws -> Tensor {
        var skips = [input]
        var hidden = input
        for block in downBlocks { hidden = try block(consume hidden, condition, skips: &skips, in: compute) }
        if let midBlock { hidden = try midBlock(consume hidden, condition, in: compute) }
        for block in upBlocks.dropLast() { hidden = try block(consume hidden, condition, skips: &skips, in: compute) }
        guard let last = upBlocks.last else { return hidden }
        let deepCount = last.layerCount - Self.shallowLayerCount
        hidden = try last.layers(0..<deepCount, consume hidden, condition, skips: &skips, in: compute)
        cache?.keep(hidden)
        return try last.layers(deepCount..<last.layerCount, consume hidden, condition, skips: &skips, in: compute)
    }

    /// The first level's outermost skip branches, over the deep feature of an earlier call.
    private func shallowPass(
        _ input: Tensor, over deep: Tensor, _ condition: UNetCondition, in compute: ComputeContext
    ) throws -> Tensor {
        guard let first = downBlocks.first, let last = upBlocks.last else { return input }
        var skips = [input, try first.layer(0, input, condition, in: compute)]
        let deepCount = last.layerCount - Self.shallowLayerCount
        return try last.layers(deepCount..<last.layerCount, deep, condition, skips: &skips, in: compute)
    }

    /// Layers of the last block that a shallow pass computes: those whose skips it has. Every block has as many, for it has
    /// one more than the level on the way down.
    private static let shallowLayerCount = 2

    private func output(_ hidden: ConvolutionInput, in compute: ComputeContext) throws -> Tensor {
        let normalization = try outputNorm.normalization(
            of: hidden, activation: configuration.activation, in: compute)
        return try outputConvolution(hidden.normalized(normalization), in: compute)
    }
}
