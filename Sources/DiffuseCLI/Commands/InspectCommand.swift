import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionWeights

/// `diffuse inspect MODEL|IMAGE`: what a file says about itself.
struct InspectCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what a model consists of and what it lacks, or what a picture says of its making.",
        usage: "diffuse inspect [model or picture] [--json]")
    static var flags: FlagTable { FlagTable(aliases: ModelOption.aliases, switches: ["json"]) }

    @Argument(help: ArgumentHelp("A model's folder or file, a PNG or a JPEG.", valueName: "path"), completion: .file())
    var path: String?

    @Option(help: ArgumentHelp("Which weight files of a model's folder, such as fp16.", valueName: "name"))
    var variant: String?

    @Flag(help: "One JSON object instead of lines.")
    var json = false

    static func help(isComplete: Bool) -> String { helpMessage(includeHidden: isComplete, columns: 80) }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        if let path, FileSystem.isFile(path), try Self.isPicture(path) {
            try show(PictureReport(ImageReader.read(path), path: path).fields)
            return .success
        }
        let model = try ModelOption.open(path, variant: variant)
        let report = model.report()
        try show(report.fields(of: model))
        let problems = report.parts.compactMap(\.problem)
        for problem in problems { CommandDispatch.report(problem, []) }
        return problems.first.map { ExitCode(refusing: $0) } ?? .success
    }

    private func show(_ fields: [JSONLine.Field]) throws {
        let text = json ? JSONLine.text(fields) + "\n" : JSONLine.paragraphs(fields)
        try StandardOutput.write(Array(text.utf8))
    }

    /// By name or by content: a damaged picture is to be told as one.
    private static func isPicture(_ path: String) throws -> Bool {
        if let ending = PathParts(path).fileExtension, ImageFormat(fileExtension: ending) != nil { return true }
        let file = try RegularFile(path)
        return (try? ImageSignature.format(of: file.bytes(0..<min(file.size, 16)), file: path)) != nil
    }
}
