import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionRenderer

/// `diffuse benchmark`: how long the parts of a render take on this machine.
struct BenchmarkCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Renders one picture, writes none, and says how long each part takes.",
        usage: "diffuse benchmark [options]")

    static var flags: FlagTable {
        FlagTable(
            shortNames: EngineOptions.shortNames.merging(["W": "width", "H": "height"]) { own, _ in own },
            aliases: ModelOption.aliases.merging(["res": "size"]) { own, _ in own }, switches: ["json"],
            pairs: ["size": ("width", "height")])
    }

    @Option(help: ArgumentHelp("U-Net calls to time; the first is not counted.", valueName: "n"))
    var steps = 4

    @Option(name: [.customShort("W"), .long], help: ArgumentHelp("Pixels; the model's own size.", valueName: "n"))
    var width: Int?

    @Option(name: [.customShort("H"), .long], help: ArgumentHelp("Pixels; or --size WxH for both.", valueName: "n"))
    var height: Int?

    @Flag(help: "One JSON object instead of lines.")
    var json = false

    @OptionGroup var engine: EngineOptions

    static func help(isComplete: Bool) -> String { helpMessage(includeHidden: isComplete, columns: 80) }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        guard (2...1000).contains(steps) else {
            throw UsageError.badValue(flag: "--steps", found: String(steps), expected: "2 to 1000")
        }
        let options = try engine.pipelineOptions()
        let model = try engine.model.open()
        var request = GenerationRequest(prompt: model.knownWords.first ?? "a red apple")
        (request.width, request.height, request.steps, request.seed) = (width, height, steps, 0)
        request.sampler = "ddim"
        if model.isInpaintingModel { try repaintWhite(&request, model) }
        let resolved = try model.resolve(request)
        let fields = try await measure(resolved, model, options)
        let text = json ? JSONLine.text(fields) + "\n" : JSONLine.paragraphs(fields)
        try StandardOutput.write(Array(text.utf8))
        return .success
    }

    /// An inpainting model renders nothing without a picture and a mask.
    private func repaintWhite(_ request: inout GenerationRequest, _ model: DiffusionModel) throws {
        let (width, height) = (width ?? model.defaultSize.width, height ?? model.defaultSize.height)
        try model.checkEdge("width", width)
        try model.checkEdge("height", height)
        let white = try RGBImage(
            width: width, height: height, pixels: Array(repeating: .max, count: width * height * 3))
        (request.initialImage, request.mask, request.strength) = (.image(white), .image(white), 1)
    }

    private func measure(
        _ request: ResolvedRequest, _ model: DiffusionModel, _ options: PipelineOptions
    ) async throws -> [JSONLine.Field] {
        let start = ContinuousClock.now
        let pipeline = try await DiffusionPipeline(model, options: options)
        let loading = (ContinuousClock.now - start) / .seconds(1)
        var (encoding, decoding, steps) = (0.0, 0.0, [Double]())
        for try await event in try pipeline.generate(request) {
            switch event {
            case .promptEncoded(let report): encoding = report.seconds
            case .stepCompleted(let report): steps.append(report.seconds)
            case .finished(let image): decoding = image.seconds.decoding
            }
        }
        let counted = steps.dropFirst().sorted()
        return [
            ("model", .string(model.name)), ("size", .string("\(request.width)x\(request.height)")),
            ("threads", .integer(options.threadCount)), ("precision", .string(options.precision.resolved.rawValue)),
            ("load_seconds", .real(loading)),
            ("prompt_seconds", .real(encoding)), ("step_seconds", .real(counted[counted.count / 2])),
            ("fastest_step_seconds", .real(counted[0])), ("decode_seconds", .real(decoding)),
            ("peak_memory", .integer(ProcessUsage.peakMemory)),
        ]
    }
}
