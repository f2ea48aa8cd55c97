import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors

/// `diffuse encode IMAGE`: the autoencoder's first half alone.
struct EncodeCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode", abstract: "Writes a picture's latents as safetensors, one tensor \"latents\".",
        usage: "diffuse encode picture.png [options]",
        discussion: """
            The latents are the mean of what the autoencoder's encoder says, in the denoiser's scale; with --seed a
            sample of it, as image to image draws one. Sides that are no multiples of the model's factor are resized.
            """)

    static var flags: FlagTable {
        FlagTable(
            shortNames: EngineOptions.shortNames.merging(["s": "seed", "W": "width", "H": "height"]) { own, _ in own },
            aliases: ModelOption.aliases.merging(["res": "size"]) { own, _ in own }, switches: ["force"],
            pairs: ["size": ("width", "height")])
    }

    @Argument(help: ArgumentHelp("A PNG or JPEG; - reads standard input.", valueName: "picture"), completion: .pictures)
    var picture: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A file, or -; else latents.safetensors or the next free number.", valueName: "file"))
    var output: String?

    @Flag(help: "Replace a file that is there.")
    var force = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Draw a sample with this seed.", valueName: "n"))
    var seed: UInt64?

    @Option(name: [.customShort("W"), .long], help: ArgumentHelp("Pixels; the picture's own.", valueName: "n"))
    var width: Int?

    @Option(name: [.customShort("H"), .long], help: ArgumentHelp("Pixels; the picture's own.", valueName: "n"))
    var height: Int?

    @OptionGroup var engine: EngineOptions

    static func help(isComplete: Bool) -> String { helpMessage(includeHidden: isComplete, columns: 80) }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        let options = try engine.pipelineOptions()
        let file = AtomicFile(output == nil ? .number : force ? .replace : .refuse, temporaries: temporaries)
        let path = output ?? "latents.safetensors"
        let isPiped = path == ImageWriter.standardOutputPath
        if !isPiped { try file.check(path) }
        let image: RGBImage
        do {
            image = try InputPicture.read(picture)
        } catch let error as ImageError {
            CommandDispatch.report(error, [])
            return ExitCode(failures: [error])
        }
        let model = try engine.model.open()
        let fitting = try model.fitting(image, width: width, height: height)
        let latents = try await DiffusionPipeline(model, options: options).encode(image: fitting, seed: seed)
        guard !isPiped else {
            try StandardOutput.write(LatentsFile.bytes(of: latents))
            return .success
        }
        let written = try LatentsFile.write(latents, to: path, file)
        try StandardOutput.write(Array("\(written)\n".utf8))
        return .success
    }
}
