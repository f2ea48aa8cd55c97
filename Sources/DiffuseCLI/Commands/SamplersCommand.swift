import ArgumentParser
import DiffusionRenderer
import DiffusionSchedulers

/// `diffuse samplers`: the names that `--sampler` takes.
struct SamplersCommand: CommandLineTool, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "samplers", abstract: "Lists the samplers and the names that --sampler takes for them.",
        usage: "diffuse samplers")
    static var flags: FlagTable { FlagTable() }

    static func help(isComplete: Bool) -> String { helpMessage(includeHidden: isComplete, columns: 80) }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        let lines = SamplerRegistry.entries.map { entry in
            let names = entry.aliases + entry.presets.map(\.alias)
            return "\(entry.className): \(names.joined(separator: ", "))\n"
        }
        try StandardOutput.write(Array(lines.joined().utf8))
        return .success
    }
}
