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
    let decoder: any PictureDecoder
    /// Sentences about tensors that nobody wanted.
    let warnings: [String]

    /// The text encoder stays in f32 whatever the precision: it runs once per prompt, in a fraction of a second, and all
    /// that follows hangs on it.
    ///
    /// Checks every name and shape of all parts first, then reads and packs the weights on the context's workers.
    /// - Throws: errors of the weight files, `CancellationError`, `MemoryError`.
    init(_ model: DiffusionModel, _ precision: Precision, in context: ComputeContext) throws {
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
        unet = UNet2DConditionModel(try scope(.unet).with(precision.arithmetic), configuration: model.unet)
        decoder = model.vae.makeDecoder(try scope(.vae).with(precision.arithmetic.delicate))
        try WeightStore.check(stores)
        warnings = stores.compactMap(\.unreadWarning)
        try context.load(loads)
    }
}
