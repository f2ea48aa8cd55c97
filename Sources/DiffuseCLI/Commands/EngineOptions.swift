import ArgumentParser
import Diffusion
import DiffusionBasics
import DiffusionWeights

/// What every command that opens a model takes.
struct ModelOption: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A model's folder or file; the one that comes along, or DIFFUSE_MODEL.", valueName: "path"),
        completion: .file())
    var model: String?

    @Option(
        help: ArgumentHelp("A folder or file whose autoencoder replaces the model's own.", valueName: "path"),
        completion: .file())
    var vae: String?

    @Option(help: ArgumentHelp("Which weight files of a folder, such as fp16.", valueName: "name"))
    var variant: String?

    static let shortNames: [Character: String] = ["m": "model"]
    static let aliases = ["ckpt": "model", "models-path": "model", "resource-path": "model"]

    /// - Throws: what is wrong with the model's files, in one sentence.
    func open() throws -> DiffusionModel { try Self.open(model, variant: variant, vae: vae) }

    /// - Parameter path: nil takes what `DIFFUSE_MODEL` names, else the model that comes along.
    static func open(_ path: String?, variant: String? = nil, vae: String? = nil) throws -> DiffusionModel {
        do {
            return try DiffusionModel(path.map(ModelLocation.path) ?? .default, variant: variant, vae: vae)
        } catch let error as FileError {
            guard path == nil, vae == nil, let set = FileSystem.environment("DIFFUSE_MODEL") else { throw error }
            throw UsageError.conflict(
                "DIFFUSE_MODEL is \(set): \(error.sentence)", remedy: "Unset it, or name a model with --model.")
        }
    }
}

/// The arithmetic of every command that computes.
struct PrecisionOption: ParsableArguments {
    @Option(help: ArgumentHelp("f32, fixed16 (fast), draft (8 bits) or auto.", valueName: "name"))
    var precision: String?

    /// - Throws: `UsageError`.
    var chosen: Precision? {
        get throws {
            guard let precision else { return nil }
            guard let known = Precision(rawValue: precision) else {
                throw UsageError.unknownValue(
                    flag: "--precision", found: precision, known: Precision.allCases.map(\.rawValue))
            }
            return known
        }
    }
}

/// The limit of memory of every command that computes.
struct MemoryOption: ParsableArguments {
    @Option(help: ArgumentHelp("What the process may take, such as 2GB.", valueName: "size"))
    var maxMemory: String?

    /// Bytes.
    /// - Throws: `UsageError`.
    var chosen: Int? {
        get throws {
            guard let maxMemory else { return nil }
            guard let count = ByteCount.parse(maxMemory), count > 0 else {
                throw UsageError.badValue(
                    flag: MemoryOption.flag, found: maxMemory, expected: "a size such as 2GB, 1.5GiB or 800MB")
            }
            return count
        }
    }

    static let flag = "--max-memory"
}

/// What every command that computes takes.
struct EngineOptions: ParsableArguments {
    @OptionGroup var model: ModelOption

    @Option(name: .shortAndLong, help: ArgumentHelp("The physical cores, unless given.", valueName: "n"))
    var threads: Int?

    @OptionGroup var arithmetic: PrecisionOption
    @OptionGroup var memory: MemoryOption

    static let shortNames = ModelOption.shortNames.merging(["t": "threads", "o": "output"]) { own, _ in own }

    /// - Throws: `RequestError`.
    func pipelineOptions() throws -> PipelineOptions {
        var options = PipelineOptions()
        options.threadCount = threads ?? options.threadCount
        options.precision = try arithmetic.chosen ?? options.precision
        options.memoryLimit = try memory.chosen
        try options.check()
        return options
    }
}
