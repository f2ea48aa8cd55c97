import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionEngine
import DiffusionRenderer

/// `diffuse benchmark`: how long the parts of a render take on this machine.
struct BenchmarkCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Renders one picture, writes none, and says how long each part takes.",
        usage: "diffuse benchmark [options]")

    static var flags: FlagTable {
        FlagTable(
            shortNames: EngineOptions.shortNames.merging(["W": "width", "H": "height"]) { own, _ in own },
            aliases: ModelOption.aliases.merging(["res": "size"]) { own, _ in own }, switches: ["json", "layers"],
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

    @Flag(help: "Also what every layer of a step and of decoding took: plan, time, speed and memory.")
    var layers = false

    @OptionGroup var engine: EngineOptions

    static func help(isComplete: Bool) -> String { helpMessage(includeHidden: isComplete, columns: 80) }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        guard (2...1000).contains(steps) else {
            throw UsageError.badValue(flag: "--steps", found: String(steps), expected: "2 to 1000")
        }
        var options = try engine.pipelineOptions()
        options.profile = layers ? LayerProfile() : nil
        let model = try engine.model.open()
        var request = GenerationRequest(prompt: model.knownWords.first ?? "a red apple")
        (request.width, request.height, request.steps, request.seed) = (width, height, steps, 0)
        request.sampler = "ddim"
        if model.isInpaintingModel { try repaintWhite(&request, model) }
        let measurement = try await Measurement(try model.resolve(request, for: options), model, options)
        let text = json ? measurement.json : measurement.text
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
}

/// One render and what its parts took.
private struct Measurement {
    private let fields: [JSONLine.Field]
    private var reports: [LayerReport] = []

    init(_ request: ResolvedRequest, _ model: DiffusionModel, _ options: PipelineOptions) async throws {
        let start = ContinuousClock.now
        let pipeline = try await DiffusionPipeline(model, options: options)
        let loading = (ContinuousClock.now - start) / .seconds(1)
        var (encoding, decoding, steps, calls) = (0.0, 0.0, [Double](), [[LayerCall]]())
        for try await event in try pipeline.generate(request) {
            calls.append(options.profile?.take() ?? [])
            switch event {
            case .promptEncoded(let report): (encoding, calls) = (report.seconds, [])
            case .stepCompleted(let report): steps.append(report.seconds)
            case .finished(let image): decoding = image.seconds.decoding
            }
        }
        let counted = steps.dropFirst().sorted()
        fields = [
            ("model", .string(model.name)), ("size", .string("\(request.width)x\(request.height)")),
            ("threads", .integer(options.threadCount)), ("precision", .string(options.precision.resolved.rawValue)),
            ("load_seconds", .real(loading)),
            ("prompt_seconds", .real(encoding)), ("step_seconds", .real(counted[counted.count / 2])),
            ("fastest_step_seconds", .real(counted[0])), ("decode_seconds", .real(decoding)),
            ("peak_memory", .integer(ProcessUsage.peakMemory)),
        ]
        guard options.profile != nil else { return }
        reports = [
            LayerReport(
                stage: "step", calls: Array(calls.dropFirst().dropLast().joined()), seconds: counted.reduce(0, +),
                runCount: counted.count),
            LayerReport(stage: "decode", calls: calls.last ?? [], seconds: decoding, runCount: 1),
        ]
    }

    var text: String { JSONLine.paragraphs(fields) + reports.map { "\n" + $0.text }.joined() }

    var json: String { JSONLine.text(fields + reports.map { ($0.stage, .object($0.fields)) }) + "\n" }
}
