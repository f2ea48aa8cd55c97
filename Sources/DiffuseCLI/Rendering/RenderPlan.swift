import Diffusion
import DiffusionRenderer
import DiffusionTensors

/// A run whose every value is fixed and checked; no weights have been read.
struct RenderPlan {
    /// One picture.
    struct Render {
        /// Of this picture alone.
        var request: ResolvedRequest
        var target: OutputPlan.Target
        /// `[1, channels, height / f, width / f]` of unit variance, in place of the seed's.
        var startingNoise: Tensor?
    }

    /// What goes into the files beside the pictures.
    enum Metadata: String, CaseIterable {
        case full
        case none
    }

    var model: DiffusionModel
    /// One or more.
    var renders: [Render]
    /// U-Net calls of each picture.
    var evaluationCount: Int
    /// Whether the system drew a seed, which nothing else tells.
    var isSeedDrawn: Bool
    var options: PipelineOptions
    var writer: ImageWriter
    var metadata: Metadata
    var includesPrompt: Bool
    /// What the picture says it was made from, where it does again what a job's picture says.
    var renderKey: String?
    var stepPictures: StepPictures
    /// Where the latents of all pictures go, if anywhere.
    var latentsFile: (path: String, policy: ExistingFilePolicy)?
    var warnings: [String]
}

// MARK: - What people and programs are told of it

extension RenderPlan {
    /// Worth knowing, and as it should be.
    var notes: [String] {
        let prompt = renders.first?.request.prompt ?? ""
        let note = KnownWordsNote(
            prompt: prompt, knownPhrases: model.knownWords, synonyms: model.knownSynonyms)?.sentence
        return model.notes + [note].compactMap(\.self)
    }

    /// The U-Net calls of one picture, in their order.
    var callsPerPicture: [JobPlan.Call] {
        guard let request = renders.first?.request else { return [] }
        return JobPlan.Call.sequence(
            of: evaluationCount, isGuided: request.guidanceScale > 1, in: request.guidanceRange, request.cache)
    }

    /// `2 pictures: 64x64, DDIM, 20 steps, cfg-scale 3, seeds 7..8`
    var headline: String {
        let count = renders.count == 1 ? "1 picture" : "\(renders.count) pictures"
        return "\(count): \(settings), \(renders.count == 1 ? "seed" : "seeds") \(seedText)"
    }

    var seedText: String { SeedList.text(of: renders.map(\.request.seed)) }

    private var settings: String {
        guard let request = renders.first?.request else { return "nothing" }
        let spacing = [request.sigmaSpacing?.rawValue, request.timestepSpacing?.rawValue].compactMap(\.self)
            .map { " \($0)" }.joined()
        let strength = request.initialPicture.map { ", strength \($0.strength)\($0.mask == nil ? "" : ", mask")" } ?? ""
        return
            "\(request.width)x\(request.height), \(request.sampler)\(spacing), \(request.steps) step\(request.steps == 1 ? "" : "s"), "
            + "cfg-scale \(Int(exactly: request.guidanceScale).map(String.init) ?? String(request.guidanceScale))"
            + strength
    }

    /// What the largest picture takes.
    private var memoryEstimate: MemoryEstimate? {
        renders.first.map { model.memoryEstimate(for: $0.request, options: options) }
    }

    /// Several lines, for `--dry-run`.
    var description: String {
        let shown = renders.prefix(Self.mostFilesShown).map(\.target).foreseenPaths
        let more = renders.count - shown.count
        let files = shown + (more > 0 ? ["and \(more) more"] : [])
        return """
            would render \(headline)
              model: \(model.name)\(model.replacedAutoencoder.map { "\n  vae: \($0)" } ?? "")
              U-Net calls: \(renders.count * evaluationCount)
              threads: \(options.threadCount)
              precision: \(options.precision.resolved.rawValue)
              memory: \(memoryEstimate?.text(limit: options.memoryLimit) ?? "none")
              files: \(files.joined(separator: "\n         "))
            """
    }

    private static let mostFilesShown = 20

    var fields: [JSONLine.Field] {
        guard let request = renders.first?.request else { return [] }
        return [
            ("images", .integer(renders.count)), ("model", .string(model.name)),
            ("vae", model.replacedAutoencoder.map(JSONLine.Value.string) ?? .null), ("width", .integer(request.width)),
            ("height", .integer(request.height)), ("steps", .integer(request.steps)),
            ("sampler", .string(request.sampler)), ("cfg_scale", .real(request.guidanceScale)),
            ("evaluations", .integer(renders.count * evaluationCount)), ("threads", .integer(options.threadCount)),
            ("precision", .string(options.precision.resolved.rawValue)),
            ("memory", memoryEstimate?.value(limit: options.memoryLimit) ?? .null),
            ("seeds", .array(renders.map { .unsigned($0.request.seed) })),
            ("files", .array(renders.prefix(Self.mostFilesShown).map(\.target).foreseenPaths.map { .string($0) })),
        ]
    }
}
