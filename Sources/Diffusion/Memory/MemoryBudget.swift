import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors

/// Keeps a pipeline within a limit of the process's memory: what computes next gets the room it needs, and the weights of
/// what does not compute make it.
///
/// Only the plans of convolutions and the choice of tiles change a picture's bytes, by rounding and a little more; they
/// depend on nothing but the model, the precision and the limit.
final class MemoryBudget: Sendable {
    /// Bytes that the process may take.
    let limit: Int
    let memory: ModelMemory
    let networks: ModelMemory.Networks
    /// Of the bytes of each network's convolutions.
    let convolutionLimits: (unet: Int, decoder: Int, encoder: Int)
    /// Keeps the weights.
    let residency: WeightResidency
    private let threadCount: Int
    private let usable: Int
    /// What neither weights that come and go nor activations take.
    private let fixed: Int

    init(_ model: DiffusionModel, _ options: PipelineOptions, limit: Int) {
        memory = ModelMemory(model, options.precision)
        convolutionLimits = memory.convolutionLimits(within: limit)
        networks = memory.networks(within: limit)
        threadCount = options.threadCount
        fixed = ModelMemory.processByteCount(threadCount: threadCount) + memory.rest(networks)
        usable = ModelMemory.usable(limit)
        residency = WeightResidency(byteLimit: max(0, usable - fixed))
        self.limit = limit
    }

    /// Makes room for activations; of weights one group is always read, whatever is left.
    private func reserve(_ activations: Int, for network: NetworkSize, in context: ComputeContext) {
        context.buffers.limit(to: activations)
        residency.limit(to: max(0, usable - fixed - activations - network.scratch(threadCount: threadCount)))
    }

    /// The limit, where the convolutions are packed otherwise than without.
    var limitToTell: Int? { networks == memory.fastest ? nil : limit }
}

// MARK: - What comes next

extension MemoryBudget {
    func willEncodePrompt(in context: ComputeContext) { reserve(memory.prompt, for: memory.textEncoder, in: context) }

    /// - Parameter shape: `[1, height, width, 3]`.
    func willEncode(picture shape: Shape, in context: ComputeContext) {
        reserve(
            memory.encoding(width: shape[2], height: shape[1], threadCount: threadCount), for: networks.encoder,
            in: context)
    }

    /// - Parameter shape: `[images, channels, height, width]`.
    func willDecode(latents shape: Shape, inTiles: Bool, in context: ComputeContext) {
        let factor = memory.model.sizeFactor
        reserve(
            memory.decoding(
                width: shape[3] * factor, height: shape[2] * factor, inTiles: inTiles, threadCount: threadCount),
            for: networks.decoder, in: context)
    }

    /// The same by another autoencoder, whose weights stay.
    func willDecode(latents shape: Shape, by decoder: any PictureDecoder, in context: ComputeContext) {
        let activations = decoder.activationByteCount(
            height: shape[2], width: shape[3], tiles: nil, .float32, threadCount: threadCount)
        reserve(activations, for: NetworkSize(), in: context)
    }

    /// - Parameters:
    ///   - shape: `[rows, channels, height, width]` of what the U-Net is asked.
    ///   - isWhole: whether all rows have to go through it together.
    /// - Returns: how many rows to ask for at a time.
    func willDenoise(_ shape: Shape, isWhole: Bool, in context: ComputeContext) -> Int {
        let factor = memory.model.sizeFactor
        func activations(_ rows: Int) -> Int {
            memory.denoising(
                rows: rows, width: shape[3] * factor, height: shape[2] * factor, keepsDeepFeatures: isWhole,
                threadCount: threadCount) + memory.contexts(promptCount: shape[0])
        }
        let rows = isWhole ? shape[0] : rowCount(atMost: shape[0], activations)
        reserve(activations(rows), for: networks.unet, in: context)
        return rows
    }

    /// As many as leave room for the whole U-Net; where none do, as many as leave room for a part of it at a time.
    private func rowCount(atMost most: Int, _ activations: (Int) -> Int) -> Int {
        let scratch = networks.unet.scratch(threadCount: threadCount)
        func largest(besides weights: Int) -> Int? {
            var rows = most
            while rows > 1, fixed + scratch + weights + activations(rows) > usable { rows = (rows + 1) / 2 }
            return fixed + scratch + weights + activations(rows) <= usable ? rows : nil
        }
        let whole = networks.unet.total - networks.unet.rest
        return largest(besides: whole) ?? largest(besides: networks.unet.largestGroup) ?? 1
    }
}
