import DiffusionBasics

/// The samplers this package has, and the names they go by.
public enum SamplerRegistry {
    /// One sampler class as `diffuse samplers` lists it.
    public struct Entry: Sendable {
        /// diffusers' class name, as in `scheduler_config.json`.
        public let className: String
        /// What people and metadata call it, one of its names.
        public let displayName: String
        /// The type that runs.
        public let scheduler: any Scheduler.Type
        /// Names that mean this class in diffusers, A1111, ComfyUI or stable-diffusion.cpp.
        public let aliases: [String]
        /// Orders of accuracy that can be asked for.
        public let orders: ClosedRange<Int>
        /// Whether a step can add noise.
        public let isStochastic: Bool
        /// Names that mean this class with certain settings.
        public let presets: [Preset]

        /// U-Net calls for each step.
        public var evaluationsPerStep: Int { scheduler.evaluationsPerStep }
    }

    /// A name for a class with settings.
    public struct Preset: Sendable {
        /// As people write it.
        public let alias: String
        /// As metadata have it; the same name but for case and punctuation.
        public let displayName: String
        /// What it holds beside the class.
        public let options: SamplerOptions
    }

    /// What a name or a model's configuration comes to.
    public struct Choice: Sendable {
        /// The sampler to run.
        public let sampler: Sampler
        /// What the person should be told: that the model's class is not built and another runs in its place.
        public let note: String?
    }

    /// Finds a sampler by class name, alias or alias and sigma spacing (`DPM++ 2M Karras`); case, blanks, `_` and `-` do
    /// not count.
    /// - Throws: `SchedulerError.unknownSampler`, with the nearest name.
    public static func sampler(named name: String) throws -> Sampler {
        try match(name).sampler
    }

    /// The one spelling that metadata use of all that mean the same sampler, `DPM++ 2M Karras` for `dpmpp_2m_karras`.
    /// - Throws: as `sampler(named:)`.
    public static func displayName(of name: String) throws -> String { try match(name).displayName }

    private typealias Match = (sampler: Sampler, displayName: String)

    private static func match(_ name: String) throws -> Match {
        let key = comparable(name)
        if let match = exactMatch(key) { return match }
        for spacing in [SigmaSpacing.karras, .exponential, .beta] where key.hasSuffix(spacing.rawValue) {
            guard let (plain, display) = exactMatch(String(key.dropLast(spacing.rawValue.count))) else { continue }
            var preset = plain.preset
            preset.sigmaSpacing = spacing
            let sampler = Sampler(plain.scheduler, name: plain.name, preset: preset)
            return (sampler, "\(display) \(spacing.rawValue.capitalizedFirst)")
        }
        throw SchedulerError.unknownSampler(name: name, nearest: nearestName(to: name, among: allNames))
    }

    /// The sampler a model asks for. A class that is not built runs as DDIM, and the note says so.
    public static func sampler(for configuration: SchedulerConfiguration) -> Choice {
        guard let className = configuration.className else {
            return Choice(sampler: ddim, note: "\(configuration.file) names no scheduler class; sampling with DDIM.")
        }
        guard let sampler = exactMatch(comparable(className))?.sampler else {
            return Choice(
                sampler: ddim,
                note: "The model's scheduler, \(className), is not among this program's samplers; sampling with DDIM.")
        }
        return Choice(sampler: sampler, note: nil)
    }

    /// The spacing of timesteps (`leading`, `linspace`, `trailing`) or of noise levels (`karras`, `exponential`, `beta`,
    /// `lu`) of that name, as options.
    /// - Throws: `SchedulerError.unknownSpacing`.
    public static func spacing(named name: String) throws -> SamplerOptions {
        let key = comparable(name)
        if let spacing = TimestepSpacing(rawValue: key) { return SamplerOptions(timestepSpacing: spacing) }
        if let spacing = SigmaSpacing(rawValue: key) { return SamplerOptions(sigmaSpacing: spacing) }
        throw SchedulerError.unknownSpacing(
            name: name, known: TimestepSpacing.allCases.map(\.rawValue) + SigmaSpacing.allCases.map(\.rawValue))
    }

    private static var ddim: Sampler { Sampler(DDIMScheduler.self, name: "DDIMScheduler") }

    private static var allNames: [String] {
        entries.flatMap { $0.aliases + $0.presets.map(\.alias) + [$0.className] }
    }

    private static func exactMatch(_ key: String) -> Match? {
        for entry in entries {
            if ([entry.className] + entry.aliases).contains(where: { comparable($0) == key }) {
                return (Sampler(entry.scheduler, name: entry.className), entry.displayName)
            }
            if let preset = entry.presets.first(where: { comparable($0.alias) == key }) {
                let sampler = Sampler(entry.scheduler, name: entry.className, preset: preset.options)
                return (sampler, preset.displayName)
            }
        }
        return nil
    }

    /// Letters and digits only, `+` read as `p`, without the class names' ending.
    private static func comparable(_ name: String) -> String {
        let letters = name.lowercased().map { $0 == "+" ? "p" : $0 }.filter { $0.isLetter || $0.isNumber }
        let text = String(letters)
        return text.hasSuffix("scheduler") ? String(text.dropLast("scheduler".count)) : text
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
