import DiffusionBasics
import DiffusionSchedulers
import DiffusionTensors
import DiffusionWeights

extension DiffusionModel {
    /// The longest edge of a picture, in pixels.
    public static let longestEdge = 16_384
    private static let mostImages = 1_000_000
    /// Schedulers know better what they can take.
    private static let mostSteps = 1_000_000

    /// Fixes and checks every value of `request`: what it leaves open comes from the model's card, then from the package's
    /// defaults (20 steps, guidance 7), the seed from the system.
    /// - Parameters:
    ///   - sampler: the host program's own, which then takes the place of the one named.
    ///   - options: of the pipeline that is to render it: under a limit of memory more pictures are decoded in tiles.
    /// - Throws: `RequestError`, `SchedulerError`, `ConfigurationError`; what is wrong with the file of an initial picture.
    public func resolve(
        _ request: GenerationRequest, sampler: Sampler? = nil, for options: PipelineOptions = PipelineOptions()
    ) throws -> ResolvedRequest {
        let picture = try request.initialImage?.read()
        let mask = try mask(of: request, for: picture)
        let size = try size(of: request, picture)
        let named = request.sampler ?? source.card.sampler ?? modelSampler.sampler.name
        let samplerName = try sampler?.name ?? SamplerRegistry.displayName(of: named)
        var resolved = ResolvedRequest(
            prompt: request.prompt, negativePrompt: request.negativePrompt,
            width: size.width, height: size.height,
            steps: request.steps ?? source.card.steps ?? 20,
            guidanceScale: request.guidanceScale ?? source.card.guidanceScale ?? 7,
            guidanceRescale: request.guidanceRescale, sampler: samplerName,
            timestepSpacing: request.timestepSpacing, sigmaSpacing: request.sigmaSpacing, eta: request.eta,
            seed: request.seed ?? UInt64(UInt32.random(in: 0...UInt32.max)),
            imageCount: request.imageCount, clipSkip: request.clipSkip, noiseSource: request.noiseSource,
            model: name, vae: replacedAutoencoder)
        try check(resolved)
        try takeApproximations(of: request, into: &resolved, for: options)
        resolved.initialPicture = try picture.map { try initialPicture($0, mask, for: resolved, request.strength) }
        try checkScheduler(try makeScheduler(for: resolved, sampler ?? SamplerRegistry.sampler(named: samplerName)))
        return resolved
    }

    /// The sampler that the model's own scheduler configuration names, and what to say if another runs in its place.
    var modelSampler: SamplerRegistry.Choice { SamplerRegistry.sampler(for: scheduler) }

    /// What to say where the model's own sampler is asked for and another has to run in its place.
    public func samplerNote(for request: GenerationRequest) -> String? {
        request.sampler == nil && source.card.sampler == nil ? modelSampler.note : nil
    }

    /// U-Net calls that one picture of `request` takes.
    /// - Throws: as `resolve`.
    public func evaluationCount(of request: ResolvedRequest) throws -> Int {
        request.evaluations(of: try makeScheduler(for: request, SamplerRegistry.sampler(named: request.sampler))).count
    }

    /// A scheduler for one picture of `request`.
    func makeScheduler(for request: ResolvedRequest, _ sampler: Sampler) throws -> any Scheduler {
        try sampler.makeScheduler(
            configuration: request.initialPicture?.mask == nil ? scheduler : inpaintingScheduler,
            stepCount: request.steps,
            options: SamplerOptions(
                eta: request.eta, timestepSpacing: request.timestepSpacing, sigmaSpacing: request.sigmaSpacing))
    }

    /// `[1, channels, height / f, width / f]`.
    func latentShape(for request: ResolvedRequest) -> Shape {
        [1, vae.latentChannels, request.height / sizeFactor, request.width / sizeFactor]
    }

    private func check(_ request: ResolvedRequest) throws {
        try checkEdge("width", request.width)
        try checkEdge("height", request.height)
        try checkRange("steps", request.steps, 1...Self.mostSteps)
        try checkLatentSize(request)
        try checkRange("batch-count", request.imageCount, 1...Self.mostImages)
        try checkRange("clip-skip", request.clipSkip, 0...text.layerCount - 1)
        try checkRange("cfg-scale", request.guidanceScale, -1000...1000)
        try checkRange("guidance-rescale", request.guidanceRescale, 0...1)
        try checkRange("eta", request.eta, 0...1)
    }

    private func checkLatentSize(_ request: ResolvedRequest) throws {
        guard unet.takes(height: request.height / sizeFactor, width: request.width / sizeFactor) else {
            throw RequestError.outOfRange(
                field: "size", found: "\(request.width)x\(request.height)",
                expected: "a larger one: nothing would be left at the U-Net's deepest level")
        }
    }

    package func checkEdge(_ field: String, _ value: Int) throws {
        let factor = sizeFactor
        guard value >= factor, value <= Self.longestEdge, value % factor == 0 else {
            let near = min(max(factor, (value / factor) * factor), Self.longestEdge)
            throw RequestError.outOfRange(
                field: field, found: String(value),
                expected: "a multiple of \(factor) from \(factor) to \(Self.longestEdge), such as \(near)")
        }
    }

    func checkRange<Value: Comparable>(_ field: String, _ value: Value, _ range: ClosedRange<Value>) throws {
        // A NaN is in no range.
        guard range.contains(value) else {
            throw RequestError.outOfRange(
                field: field, found: shortest(value),
                expected: "\(shortest(range.lowerBound)) to \(shortest(range.upperBound))")
        }
    }

    /// 1 for 1.0.
    private func shortest<Value>(_ value: Value) -> String {
        (value as? Double).flatMap { Int(exactly: $0) }.map(String.init) ?? "\(value)"
    }

    private func checkScheduler(_ scheduler: any Scheduler) throws {
        let learnsVariance = unet.outputChannels == 2 * vae.latentChannels
        guard scheduler.learnsVariance == learnsVariance else {
            throw RequestError.doesNotFit(
                sentence: learnsVariance
                    ? "The model predicts a variance beside the noise, which this sampler does not read."
                    : "This sampler's variance is learned, but the model does not predict one.",
                remedy: learnsVariance ? "Use --sampler ddpm." : nil)
        }
    }
}
