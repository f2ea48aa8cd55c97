import DiffusionSchedulers

/// What a model and its card say where a job says nothing.
struct JobModelDefaults: Sendable {
    var width: Int
    var height: Int
    var steps: Int
    var guidanceScale: Double
    /// As metadata spell it.
    var sampler: String

    init(_ model: DiffusionModel) {
        let card = model.source.card
        (width, height) = model.defaultSize
        steps = card.steps ?? 20
        guidanceScale = card.guidanceScale ?? 7
        let named = card.sampler ?? model.modelSampler.sampler.name
        sampler = (try? SamplerRegistry.displayName(of: named)) ?? named
    }

    /// Fills what is open; the size stays so where an initial picture brings its own.
    func complete(_ request: inout GenerationRequest, hasPicture: Bool) {
        if !hasPicture {
            request.width = request.width ?? width
            request.height = request.height ?? height
        }
        request.steps = request.steps ?? steps
        request.guidanceScale = request.guidanceScale ?? guidanceScale
        request.sampler = request.sampler ?? sampler
    }
}
