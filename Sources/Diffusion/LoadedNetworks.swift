import DiffusionDenoiser
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import DiffusionText
import DiffusionWeights

/// A model's networks with their weights in memory, and its tokenizer.
struct LoadedNetworks: Sendable {
    let tokenizer: CLIPTokenizer
    let textEncoder: LoadedTextEncoder
    let unet: UNet2DConditionModel
    let decoder: AutoencoderKLDecoder
    /// Sentences about tensors that nobody wanted.
    let warnings: [String]

    /// Checks every name and shape of all parts first, then reads and packs the weights on the context's workers.
    /// - Throws: errors of the weight files, `CancellationError`, `MemoryError`.
    init(_ model: DiffusionModel, in context: ComputeContext) throws {
        let loads = LoadList()
        var stores: [WeightStore] = []
        func scope(_ part: ModelPart) throws -> WeightScope {
            let store = try model.source.weights(of: part)
            stores.append(store)
            return WeightScope(store, loads: loads)
        }
        tokenizer = try CLIPTokenizer(
            files: try model.source.tokenizer(), textEncoderPositions: model.text.positionCount)
        guard tokenizer.lengthLimit <= model.text.positionCount else {
            throw TextModelError.tooLong(count: tokenizer.lengthLimit, limit: model.text.positionCount)
        }
        textEncoder = LoadedTextEncoder(
            model, network: CLIPTextModel(try scope(.textEncoder), configuration: model.text))
        unet = UNet2DConditionModel(try scope(.unet), configuration: model.unet)
        decoder = AutoencoderKLDecoder(try scope(.vae), configuration: model.vae)
        for store in stores { try store.check() }
        warnings = stores.compactMap(\.unreadWarning)
        try context.load(loads)
    }
}
