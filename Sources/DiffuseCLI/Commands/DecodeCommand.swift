import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors

/// `diffuse decode LATENTS`: the autoencoder's second half alone.
struct DecodeCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Renders latents, as --save-latents and encode write them.",
        usage: "diffuse decode latents.safetensors [options]")

    static var flags: FlagTable {
        FlagTable(shortNames: EngineOptions.shortNames, aliases: ModelOption.aliases, switches: ["force"])
    }

    @Argument(
        help: ArgumentHelp("A safetensors file with a tensor \"latents\".", valueName: "latents"), completion: .latents)
    var latents: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A file, a folder, a name with {index}, or -.", valueName: "path"))
    var output: String?

    @Flag(help: "Replace files that are there.")
    var force = false

    @Option(help: ArgumentHelp("png or jpeg (from the name's ending).", valueName: "name"))
    var format: String?

    @Option(help: ArgumentHelp("Of a JPEG, 1 to 100.", valueName: "n"))
    var quality = 90

    @Option(
        help: ArgumentHelp(TilingOption.help, valueName: "how"), completion: .names(of: TilingChoice.self))
    var vaeTiling = TilingChoice.auto.rawValue

    @OptionGroup var engine: EngineOptions

    static func help(isComplete: Bool) -> String { helpMessage(includeHidden: isComplete, columns: 80) }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        let options = try engine.pipelineOptions()
        guard (1...100).contains(quality) else { throw ImageError.wrongQuality(quality) }
        let tiling = try TilingOption.choice(named: vaeTiling)
        let places = try OutputPlan(output: output, format: format, replaces: force)
        let rows = try LatentsFile.read(latents)
        let values = (0..<rows.shape[0]).map {
            OutputNameTemplate.Values(seed: 0, index: $0, job: "output", prompt: "")
        }
        let targets = try places.targets(for: values)
        try targets.check()
        let pipeline = try await DiffusionPipeline(engine.model.open(), options: options)
        let writer = ImageWriter(format: places.format, quality: quality)
        for (index, target) in targets.enumerated() {
            let picture = try await pipeline.picture(latents: rows.slice(index..<index + 1), tiling: tiling)
            try target.makeFolder()
            let file = AtomicFile(target.policy, temporaries: temporaries)
            let path = try writer.write(
                picture, metadata: pipeline.model.metadataOfDecoding, to: target.path, using: file
            ).path
            if let path { try StandardOutput.write(Array("\(path)\n".utf8)) }
        }
        return .success
    }
}
