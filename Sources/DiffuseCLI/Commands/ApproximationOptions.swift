import ArgumentParser
import Diffusion

/// What trades exactness for time or memory; all of it is off unless asked for, but for tiles of large pictures.
struct ApproximationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Guidance in this part of the run alone, such as 0.2..0.8; half the work outside of it.",
            valueName: "a..b", visibility: .rare))
    var cfgRange: String?

    @Option(
        help: ArgumentHelp(
            "deep:3 computes every third step in full and little between (DeepCache); off.", valueName: "how",
            visibility: .rare))
    var cache: String?

    @Option(
        help: ArgumentHelp(TilingOption.help, valueName: "how", visibility: .rare),
        completion: .names(of: TilingChoice.self))
    var vaeTiling: String?

    /// - Throws: `UsageError`.
    func take(into request: inout GenerationRequest) throws {
        if let cfgRange {
            guard let range = GuidanceRange(rawValue: cfgRange) else {
                throw UsageError.badValue(
                    flag: "--cfg-range", found: cfgRange, expected: "two shares of the run such as 0.2..0.8")
            }
            request.guidanceRange = range
        }
        if let cache {
            request.cache = FeatureCache(rawValue: cache)
            guard request.cache != nil || cache == "off" else {
                throw UsageError.badValue(
                    flag: "--cache", found: cache, expected: "off, or deep: and a number from 2 on, such as deep:3")
            }
        }
        request.tiling = try vaeTiling.map(TilingOption.choice) ?? request.tiling
    }
}

/// `--vae-tiling` of every command that decodes.
enum TilingOption {
    static let help: String =
        "Decode in tiles to save memory: auto (from \(TilingChoice.autoPixelCount / 1_048_576) megapixel on), on or off."

    /// - Throws: `UsageError.unknownValue`.
    static func choice(named name: String) throws -> TilingChoice {
        guard let choice = TilingChoice(rawValue: name) else {
            throw UsageError.unknownValue(
                flag: "--vae-tiling", found: name, known: TilingChoice.allCases.map(\.rawValue))
        }
        return choice
    }
}
