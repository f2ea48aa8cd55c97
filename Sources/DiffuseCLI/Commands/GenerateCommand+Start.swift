import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors

/// A picture to begin with that is there and cannot be used: the render fails, not the command line.
struct InitialPictureFailure: Error {
    var error: any Error
}

extension GenerateCommand {
    /// Reads `--init-img`, `--mask` and `--strength`.
    /// - Throws: `InitialPictureFailure`; `UsageError`; `FileError` for a file that is not there.
    func takePicture(into request: inout GenerationRequest, _ recorded: RecordedRequest?) throws {
        request.strength = start.strength?.value ?? request.strength
        try recorded?.checkStart(hasNoise: start.initLatents != nil)
        try recorded?.checkPictures(isNamed: start.initImg != nil, isMaskNamed: start.mask != nil)
        guard let path = start.initImg else { return try checkNeedsNoPicture() }
        guard start.initLatents == nil else {
            throw UsageError.conflict(
                "--init-img and --init-latents both say what to begin with.", remedy: "Leave one of them out.")
        }
        try checkStandardInput()
        do {
            request.initialImage = .image(try InputPicture.read(path))
            request.mask = try start.mask.map { .image(try InputPicture.readMask($0)) }
        } catch let error as ImageError {
            throw InitialPictureFailure(error: error)
        }
    }

    private func checkNeedsNoPicture() throws {
        let meanings = [
            start.strength == nil ? nil : "--strength says how much of a picture gives way, but there is no picture.",
            start.mask == nil ? nil : "--mask says what of a picture is repainted, but there is no picture.",
        ].compactMap(\.self)
        guard let meaning = meanings.first else { return }
        throw UsageError.conflict(meaning, remedy: "Name one with --init-img.")
    }

    /// - Throws: `UsageError` where more than one thing would be read from standard input.
    private func checkStandardInput() throws {
        let texts = words + [content.prompt, content.promptFile].compactMap(\.self)
        let readers = [
            ("the prompt", texts.contains("-")), ("the picture", start.initImg == "-"), ("the mask", start.mask == "-"),
        ].filter(\.1).map(\.0)
        guard readers.count > 1 else { return }
        throw UsageError.conflict(
            "Standard input cannot hold both \(readers[0]) and \(readers[1]).", remedy: "Take one of them from a file.")
    }

    /// - Throws: `InitialPictureFailure` where the pictures do not go together.
    func resolved(
        _ request: GenerationRequest, _ model: DiffusionModel, _ options: PipelineOptions
    ) throws -> ResolvedRequest {
        do {
            return try model.resolve(request, for: options)
        } catch let error as ImageError {
            throw InitialPictureFailure(error: error)
        }
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

extension ResolvedRequest {
    /// What to say where a mask leaves the picture as it is.
    var emptyMaskNote: String? {
        initialPicture?.mask?.isEmpty == true ? "The mask is black throughout: nothing is repainted." : nil
    }
}
