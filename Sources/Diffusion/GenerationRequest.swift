import DiffusionSchedulers

/// What is to be rendered: the one type that the command line, job files and host programs share.
///
/// Fields left nil take the model card's value, then the package's default. As JSON it uses AUTOMATIC1111's names
/// (`cfg_scale`, `sampler_name`, `n_iter`, …).
public struct GenerationRequest: Sendable, Equatable, Codable {
    /// What the picture shows. An empty prompt is allowed.
    public var prompt: String
    /// What it should not show; takes the place of the empty prompt in classifier-free guidance.
    public var negativePrompt: String
    /// Pixels, a multiple of the model's factor (8 for Stable Diffusion); the model's own size if nil.
    public var width: Int?
    public var height: Int?
    /// Denoising steps, 1 or more.
    public var steps: Int?
    /// Classifier-free guidance (Ho and Salimans 2022). At 1 or less the negative prompt is not used, and the U-Net does
    /// half the work.
    public var guidanceScale: Double?
    /// 0 (off) to 1: how far the guided output is brought back to the spread of the unguided one (Lin et al. 2023, 3.4).
    public var guidanceRescale: Double
    /// A sampler by any of its names (`ddim`, `DDIM`, `DDIMScheduler`); the model's own if nil.
    public var sampler: String?
    /// Where on the training schedule the steps lie: `leading`, `linspace` or `trailing`; the model's own if nil.
    public var timestepSpacing: TimestepSpacing?
    /// Noise that DDIM adds in each step, 0 (none) to 1 (as much as DDPM).
    public var eta: Double
    /// The first picture's seed; picture k of `imageCount` has seed + k. Random if nil, and told in every result.
    public var seed: UInt64?
    /// Pictures to make, 1 or more.
    public var imageCount: Int
    /// How many of the text encoder's last layers to leave out.
    public var clipSkip: Int
    /// Where noise comes from.
    public var noiseSource: NoiseSource

    /// A source of noise.
    public enum NoiseSource: String, Sendable, Codable, CaseIterable {
        /// PyTorch's generator on the CPU: the same pictures as `torch.Generator("cpu").manual_seed(seed)`.
        case torchCPU = "torch-cpu"
        /// Philox 4×32-10, PyTorch's generator on a GPU.
        case philox
    }

    public init(prompt: String) {
        self.prompt = prompt
        negativePrompt = ""
        guidanceRescale = 0
        eta = 0
        imageCount = 1
        clipSkip = 0
        noiseSource = .torchCPU
    }

    private enum CodingKeys: String, CodingKey {
        case prompt
        case negativePrompt = "negative_prompt"
        case width
        case height
        case steps
        case guidanceScale = "cfg_scale"
        case guidanceRescale = "guidance_rescale"
        case sampler = "sampler_name"
        case timestepSpacing = "scheduler"
        case eta
        case seed
        case imageCount = "n_iter"
        case clipSkip = "clip_skip"
        case noiseSource = "rng"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(prompt: try values.decode(String.self, forKey: .prompt))
        negativePrompt = try values.decodeIfPresent(String.self, forKey: .negativePrompt) ?? ""
        width = try values.decodeIfPresent(Int.self, forKey: .width)
        height = try values.decodeIfPresent(Int.self, forKey: .height)
        steps = try values.decodeIfPresent(Int.self, forKey: .steps)
        guidanceScale = try values.decodeIfPresent(Double.self, forKey: .guidanceScale)
        guidanceRescale = try values.decodeIfPresent(Double.self, forKey: .guidanceRescale) ?? 0
        sampler = try values.decodeIfPresent(String.self, forKey: .sampler)
        let spacing = try values.decodeIfPresent(String.self, forKey: .timestepSpacing)
        timestepSpacing = try spacing.map { try Self.spacing($0, values) }
        eta = try values.decodeIfPresent(Double.self, forKey: .eta) ?? 0
        seed = try values.decodeIfPresent(UInt64.self, forKey: .seed)
        imageCount = try values.decodeIfPresent(Int.self, forKey: .imageCount) ?? 1
        clipSkip = try values.decodeIfPresent(Int.self, forKey: .clipSkip) ?? 0
        noiseSource = try values.decodeIfPresent(NoiseSource.self, forKey: .noiseSource) ?? .torchCPU
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(prompt, forKey: .prompt)
        try values.encode(negativePrompt, forKey: .negativePrompt)
        try values.encodeIfPresent(width, forKey: .width)
        try values.encodeIfPresent(height, forKey: .height)
        try values.encodeIfPresent(steps, forKey: .steps)
        try values.encodeIfPresent(guidanceScale, forKey: .guidanceScale)
        try values.encode(guidanceRescale, forKey: .guidanceRescale)
        try values.encodeIfPresent(sampler, forKey: .sampler)
        try values.encodeIfPresent(timestepSpacing?.rawValue, forKey: .timestepSpacing)
        try values.encode(eta, forKey: .eta)
        try values.encodeIfPresent(seed, forKey: .seed)
        try values.encode(imageCount, forKey: .imageCount)
        try values.encode(clipSkip, forKey: .clipSkip)
        try values.encode(noiseSource, forKey: .noiseSource)
    }

    private static func spacing(
        _ name: String, _ values: KeyedDecodingContainer<CodingKeys>
    ) throws -> TimestepSpacing {
        guard let spacing = TimestepSpacing(rawValue: name) else {
            let known = TimestepSpacing.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .timestepSpacing, in: values, debugDescription: "\"\(name)\" is none of \(known)")
        }
        return spacing
    }
}
