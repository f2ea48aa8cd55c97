import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights

/// The pictures that a run shows of itself before it ends, from `--preview` and `--save-every`.
struct StepPictures: Sendable {
    /// Where a cheap look at the picture in hand goes, again and again.
    var previewPath: String?
    /// An autoencoder that makes it; nil takes a linear map of the latents.
    var previewVAE: String?
    /// U-Net calls between two of them.
    var previewInterval: Int
    /// U-Net calls between two pictures that are decoded in full and kept.
    var saveInterval: Int?

    /// - Throws: `UsageError`, `OutputError`, `FileSystemError`.
    func check(_ targets: [OutputPlan.Target], replaces: Bool) throws {
        for (flag, interval) in [("--preview-interval", previewInterval), ("--save-every", saveInterval ?? 1)] {
            guard (1...1_000_000).contains(interval) else {
                throw UsageError.badValue(flag: flag, found: String(interval), expected: "1 or more")
            }
        }
        if saveInterval != nil, targets.contains(where: \.isStandardOutput) {
            throw UsageError.conflict(
                "--save-every writes files beside the picture, and the output is standard output.",
                remedy: "Name a file with -o.")
        }
        guard let previewPath else {
            guard previewVAE == nil else {
                throw UsageError.conflict(
                    "--preview-vae says how previews are made, but there are none.", remedy: "Name one with --preview.")
            }
            return
        }
        guard !targets.contains(where: { $0.path == previewPath }) else {
            throw UsageError.sameName(path: previewPath)
        }
        try AtomicFile(replaces ? .replace : .refuse, temporaries: TemporaryFiles()).check(previewPath)
    }
}

/// Writes them while a run goes on.
struct StepPictureWriter {
    private let pictures: StepPictures
    private let pipeline: DiffusionPipeline
    private let preview: (@Sendable (Tensor) async throws -> RGBImage)?
    private let temporaries: TemporaryFiles

    init(_ pictures: StepPictures, _ pipeline: DiffusionPipeline, _ temporaries: TemporaryFiles) async throws {
        self.pictures = pictures
        self.pipeline = pipeline
        self.temporaries = temporaries
        preview = pictures.previewPath == nil ? nil : try await Self.preview(with: pictures.previewVAE, pipeline)
    }

    private static func preview(
        with vae: String?, _ pipeline: DiffusionPipeline
    ) async throws -> @Sendable (Tensor) async throws -> RGBImage {
        guard let vae else {
            let preview = try await pipeline.makePreview()
            return { try preview.image(of: $0) }
        }
        let preview = try await pipeline.makePreview(vae: vae)
        return { try await preview.image(of: $0) }
    }

    /// - Returns: what to tell people, where a preview could not be written: that is no reason to stop.
    /// - Throws: `OutputError`, `FileSystemError`, `GenerationError`.
    func write(_ report: StepReport, _ render: RenderPlan.Render, quality: Int) async throws -> String? {
        let isLast = report.evaluation == report.evaluationCount
        if let interval = pictures.saveInterval, !isLast, report.evaluation.isMultiple(of: interval) {
            let image = try await pipeline.picture(
                latents: report.predictedOriginalSample, tiling: render.request.decodesInTiles ? .on : .off)
            let path = PathParts(render.target.path).inserting("-step\(report.evaluation)").path
            try render.target.makeFolder()
            try write(image, to: path, render.target.policy, quality: quality)
        }
        guard let preview, let path = pictures.previewPath,
            isLast || report.evaluation.isMultiple(of: pictures.previewInterval)
        else { return nil }
        let image = try await preview(report.predictedOriginalSample)
            .resized(width: render.request.width, height: render.request.height)
        do {
            try write(image, to: path, .replace, quality: quality)
        } catch let error as any DescribedError {
            return "The preview is not shown: \(error.sentence)"
        }
        return nil
    }

    private func write(_ image: RGBImage, to path: String, _ policy: ExistingFilePolicy, quality: Int) throws {
        let writer = ImageWriter(format: ImageFormat(path: path) ?? .png, quality: quality)
        try writer.write(
            image, metadata: pipeline.model.metadataOfDecoding, to: path,
            using: AtomicFile(policy, temporaries: temporaries))
    }
}
