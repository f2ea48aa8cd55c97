import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors

/// A picture to begin with that is there and cannot be used: the render fails, not the command line.
struct InitialPictureFailure: Error {
    var error: any Error
}

extension GenerateCommand {
    /// Reads `--init-img` and `--strength`.
    /// - Throws: `InitialPictureFailure`; `UsageError`; `FileSystemError` for a file that is not there.
    func takePicture(into request: inout GenerationRequest, _ recorded: RecordedRequest?) throws {
        request.strength = start.strength ?? request.strength
        try recorded?.checkStart(hasNoise: start.initLatents != nil)
        guard let path = start.initImg else {
            guard start.strength == nil else {
                throw UsageError.conflict(
                    "--strength says how much of a picture gives way, but there is none.",
                    remedy: "Name one with --init-img.")
            }
            try recorded?.checkNeedsNoPicture()
            return
        }
        guard start.initLatents == nil else {
            throw UsageError.conflict(
                "--init-img and --init-latents both say what to begin with.", remedy: "Leave one of them out.")
        }
        do {
            request.initialImage = .image(try readPicture(path))
        } catch let error as ImageError {
            throw InitialPictureFailure(error: error)
        }
    }

    private func readPicture(_ path: String) throws -> RGBImage {
        let options = ImageReadingOptions.withoutAlpha
        guard path == "-" else { return try ImageReader.read(path, options: options).image }
        guard !(words + [content.prompt, content.promptFile].compactMap(\.self)).contains("-") else {
            throw UsageError.conflict(
                "Standard input cannot hold both the prompt and the picture.", remedy: "Take one of them from a file.")
        }
        let bytes = try PromptText.standardInputBytes(limit: options.maximumFileByteCount)
        return try ImageReader.decode(bytes, file: "Standard input", options: options).image
    }

    /// Gives each picture its row of `--init-latents`.
    /// - Throws: `UsageError`, `RequestError`.
    func share(_ noise: Tensor, among renders: inout [RenderPlan.Render], _ model: DiffusionModel) throws {
        guard noise.shape[0] == renders.count else {
            throw UsageError.conflict(
                "--init-latents holds noise for \(noise.shape[0]) pictures, but \(renders.count) are to be made.",
                remedy: "Make as many with --batch-count.")
        }
        for index in renders.indices {
            let row = noise.slice(index..<index + 1)
            try model.check(startingNoise: row, for: renders[index].request)
            renders[index].startingNoise = row
        }
    }

    /// - Throws: `OutputError`, `FileSystemError`, `UsageError`.
    func checkSaveLatents(_ renders: [RenderPlan.Render]) throws {
        guard let path = output.saveLatents else { return }
        guard !renders.contains(where: { $0.target.path == path }) else { throw UsageError.sameName(path: path) }
        try AtomicFile(output.force ? .replace : .refuse, temporaries: TemporaryFiles()).check(path)
    }
}

extension GenerationRequest {
    /// The size that latents of that shape decode to, where the request names none.
    func withSize(of latents: Tensor, _ model: DiffusionModel) -> GenerationRequest {
        var sized = self
        sized.height = height ?? latents.shape[2] * model.sizeFactor
        sized.width = width ?? latents.shape[3] * model.sizeFactor
        return sized
    }
}
