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
        let first = configuration.blockChannels[0]
        inputConvolution = Convolution2D(
            weights["conv_in"],
            .init(
                inputChannels: configuration.inputChannels, outputChannels: first, kernel: configuration.inputKernel,
                padding: .init((configuration.inputKernel - 1) / 2)))
        time = TimeEmbedding(weights["time_embedding"], configuration)
        downBlocks = configuration.downBlocks.indices.map {
            UNetDownBlock(weights["down_blocks"][$0], level: $0, configuration: configuration)
        }
        midBlock = configuration.midBlock.map {
            UNetMidBlock(weights["mid_block"], $0, configuration: configuration)
        }
        upBlocks = configuration.upBlocks.indices.map {
            UNetUpBlock(weights["up_blocks"][$0], index: $0, configuration: configuration)
        }
        outputNorm = GroupNorm(
            weights["conv_norm_out"], groups: configuration.normGroups, channels: first,
            epsilon: configuration.normEpsilon)
        outputConvolution = Convolution2D(
            weights["conv_out"],
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
        ensure(
            sample.shape.rank == 4 && sample.shape[0] == timesteps.count && context.count == timesteps.count,
            "U-Net on \(sample.shape), \(timesteps.count) timesteps, \(context.count) contexts")
        let embedding = try time(timesteps, timeCondition: timeCondition, in: compute)
        let condition = UNetCondition(
            activatedTime: try configuration.activation(embedding, in: compute), context: context)
        let centered = configuration.centersInput ? sample.map { 2 * $0 - 1 } : sample
        var hidden = try inputConvolution(try toNHWC(centered, in: compute), in: compute)
        var skips = [hidden]
        for block in downBlocks { hidden = try block(consume hidden, condition, skips: &skips, in: compute) }
        if let midBlock { hidden = try midBlock(consume hidden, condition, in: compute) }
        for block in upBlocks { hidden = try block(consume hidden, condition, skips: &skips, in: compute) }
        let activated = try activatedOutput(consume hidden, in: compute)
        return try toNCHW(try outputConvolution(activated, in: compute), in: compute)
    }

    private func activatedOutput(_ hidden: consuming Tensor, in compute: ComputeContext) throws -> Tensor {
        try configuration.activation(try outputNorm(hidden, in: compute), in: compute)
    }
}
