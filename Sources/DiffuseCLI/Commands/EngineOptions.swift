import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionWeights

/// What every command that opens a model takes.
struct ModelOption: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A model's folder or file; the one that comes along, or DIFFUSE_MODEL.", valueName: "path"))
    var model: String?

    static let shortNames: [Character: String] = ["m": "model"]
    static let aliases = ["ckpt": "model", "models-path": "model", "resource-path": "model"]

    /// - Throws: what is wrong with the model's files, in one sentence.
    func open() throws -> DiffusionModel { try Self.open(model.map(ModelLocation.path) ?? .default) }

    static func open(_ location: ModelLocation) throws -> DiffusionModel {
        do {
            return try DiffusionModel(location)
        } catch let error as FileError {
            guard location == .default, let path = FileSystem.environment("DIFFUSE_MODEL") else { throw error }
            throw UsageError.conflict(
                "DIFFUSE_MODEL is \(path): \(error.sentence)", remedy: "Unset it, or name a model with --model.")
        }
    }
}

/// What every command that computes takes.
struct EngineOptions: ParsableArguments {
    @OptionGroup var model: ModelOption

    @Option(name: .shortAndLong, help: ArgumentHelp("The physical cores, unless given.", valueName: "n"))
    var threads: Int?

    static let shortNames = ModelOption.shortNames.merging(["t": "threads", "o": "output"]) { own, _ in own }

    /// - Throws: `RequestError`.
    func pipelineOptions() throws -> PipelineOptions {
        var options = PipelineOptions()
        options.threadCount = threads ?? options.threadCount
        try options.check()
        return options
    }
}
