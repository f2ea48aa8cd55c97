import DiffusionDenoiser
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import DiffusionText
import DiffusionWeights

/// A model's networks, described and ready to compute, and its tokenizer.
struct LoadedNetworks: Sendable {
    let tokenizer: CLIPTokenizer
    let textEncoder: LoadedTextEncoder
    let unet: UNet2DConditionModel
    let decoder: ResidentLayer<any PictureDecoder>
    /// Sentences about tensors that nobody wanted.
    let warnings: [String]

    /// The text encoder stays in f32 whatever the precision: it runs once per prompt, in a fraction of a second, and all
    /// that follows hangs on it.
    ///
    /// Checks every name and shape of all parts first, then reads and packs the weights on the context's workers; under a
    /// limit of memory only what stays throughout, and the rest when it is needed.
    /// - Throws: errors of the weight files, `CancellationError`, `MemoryError`.
    init(_ model: DiffusionModel, _ precision: Precision, _ budget: MemoryBudget?, in context: ComputeContext) throws {
        let loads = LoadList()
        var stores: [WeightStore] = []
        func scope(_ part: ModelPart, convolutionLimit: Int? = nil) throws -> (WeightScope, WeightGroups) {
            let store = try model.source.weights(of: part)
            stores.append(store)
            return WeightScope(store, loads: loads).kept(by: budget, convolutionLimit: convolutionLimit)
        }
        tokenizer = try CLIPTokenizer(
            files: try model.source.tokenizer(), textEncoderPositions: model.text.positionCount)
        guard tokenizer.lengthLimit <= model.text.positionCount else {
            throw TextModelError.tooLong(count: tokenizer.lengthLimit, limit: model.text.positionCount)
        }
        let (text, textGroups) = try scope(.textEncoder)
        textEncoder = LoadedTextEncoder(
            model, network: CLIPTextModel(text, configuration: model.text),
            kept: budget.map { ($0.residency, textGroups) })
        let (unet, unetGroups) = try scope(.unet, convolutionLimit: budget?.convolutionLimits.unet)
        self.unet = UNet2DConditionModel(unet.with(precision.arithmetic), configuration: model.unet)
        let (vae, _) = try scope(.vae, convolutionLimit: budget?.convolutionLimits.decoder)
        decoder = ResidentLayer(vae.with(precision.arithmetic.delicate)) { model.vae.makeDecoder($0) }
        try WeightStore.check(stores)
        warnings = stores.compactMap(\.unreadWarning)
        try context.load(loads)
        try context.load(textGroups.rest)
        try context.load(unetGroups.rest)
    }
}

extension WeightScope {
    /// The same place with weights that come and go as a budget has room, and the groups they fall into; without a budget
    /// the place as it is, and no groups.
    func kept(by budget: MemoryBudget?, convolutionLimit: Int?) -> (WeightScope, WeightGroups) {
        let groups = WeightGroups()
        guard let budget else { return (self, groups) }
        let kept = kept(by: budget.residency, as: groups)
        return (convolutionLimit.map { kept.choosingPlans(in: PlanBook(byteLimit: $0)) } ?? kept, groups)
    }
}
