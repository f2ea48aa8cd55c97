import DiffusionBasics

/// A request that a scheduler cannot walk.
public enum SchedulerError: DescribedError, Equatable {
    /// More steps than training had, or too few for the solver.
    case stepCountOutOfRange(stepCount: Int, allowed: ClosedRange<Int>)
    /// Spacing and offset lead beyond the training schedule.
    case timestepOutOfRange(timestep: Int, stepCount: Int, last: Int)
    /// At this timestep the latents are pure noise, and x₀ cannot be had from a prediction of noise.
    case noSignal(timestep: Int)
    /// At this timestep nothing is left to take away.
    case noNoise(timestep: Int)
    /// Two steps in a row begin at the same noise level.
    case repeatedLevel(stepCount: Int)
    /// No sampler goes by that name; `nearest` is the most similar one.
    case unknownSampler(name: String, nearest: String?)
    /// No spacing goes by that name.
    case unknownSpacing(name: String, known: [String])
    /// The sampler has no such option, or not with that value.
    case unsupportedOption(sampler: String, option: String, value: String, supported: [String])

    public var code: String {
        switch self {
        case .stepCountOutOfRange: "sampler.step-count"
        case .timestepOutOfRange: "sampler.timestep-range"
        case .noSignal: "sampler.no-signal"
        case .noNoise: "sampler.no-noise"
        case .repeatedLevel: "sampler.repeated-level"
        case .unknownSampler: "sampler.unknown"
        case .unknownSpacing: "sampler.unknown-spacing"
        case .unsupportedOption: "sampler.unsupported-option"
        }
    }

    public var sentence: String {
        switch self {
        case .stepCountOutOfRange(let stepCount, let allowed):
            "\(stepCount) \(stepCount == 1 ? "step was" : "steps were") asked for; this sampler and model take \(allowed.lowerBound) to \(allowed.upperBound)."
        case .timestepOutOfRange(let timestep, let stepCount, let last):
            "\(stepCount) steps with this spacing and offset reach timestep \(timestep); the model knows 0 to \(last)."
        case .noSignal(let timestep):
            "At timestep \(timestep) the latents hold no signal, and a model that predicts noise cannot begin there."
        case .noNoise(let timestep):
            "At timestep \(timestep) the noise schedule holds no noise, and a step cannot begin there."
        case .repeatedLevel(let stepCount):
            "\(stepCount) steps are more than this sampler can tell apart with this spacing and model."
        case .unknownSampler(let name, let nearest):
            "There is no sampler \"\(name)\"." + (nearest.map { " Did you mean \"\($0)\"?" } ?? "")
        case .unknownSpacing(let name, let known):
            "There is no spacing \"\(name)\": known are \(known.joined(separator: ", "))."
        case .unsupportedOption(let sampler, let option, let value, let supported):
            "\(sampler) has no \(option) \(value): it takes \(supported.joined(separator: ", "))."
        }
    }

    public var remedy: String? {
        switch self {
        case .stepCountOutOfRange, .unknownSpacing, .unsupportedOption: nil
        case .timestepOutOfRange, .repeatedLevel: "Ask for fewer steps."
        case .noSignal: "Use \"leading\" spacing, or a scheduler_config.json whose \"prediction_type\" fits the model."
        case .noNoise: "Check \"beta_start\" and \"trained_betas\" in scheduler_config.json."
        case .unknownSampler: "Known are \(Self.samplerNames)."
        }
    }

    private static var samplerNames: String {
        SamplerRegistry.entries.compactMap(\.aliases.first).joined(separator: ", ")
    }
}
