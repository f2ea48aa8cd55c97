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

    /// `order 1 to 3, 1 U-Net call a step, can add noise`
    private static func traits(of entry: SamplerRegistry.Entry) -> String {
        let (low, high) = (entry.orders.lowerBound, entry.orders.upperBound)
        let calls = entry.evaluationsPerStep
        return [
            low == high ? "order \(low)" : "order \(low) to \(high)",
            "\(calls) U-Net call\(calls == 1 ? "" : "s") a step",
            entry.isStochastic ? "can add noise" : nil,
        ].compactMap(\.self).joined(separator: ", ")
    }

    func execute(temporaries: TemporaryFiles) async throws -> ExitCode {
        let lines = SamplerRegistry.entries.map { entry in
            let names = entry.aliases + entry.presets.map(\.alias)
            return "\(entry.className): \(names.joined(separator: ", ")) (\(Self.traits(of: entry)))\n"
        }
        try StandardOutput.write(Array(lines.joined().utf8))
        return .success
    }
}
