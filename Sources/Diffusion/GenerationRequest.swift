import DiffusionSchedulers

/// What is to be rendered: the one type that the command line, job files and host programs share.
///
/// Fields left nil take the model card's value, then the package's default. As JSON it uses AUTOMATIC1111's names
/// (`cfg_scale`, `sampler_name`, `n_iter`, …).
public struct GenerationRequest: Sendable, Equatable {
    /// What the picture shows. An empty prompt is allowed.
    public var prompt: String
    /// What it should not show; takes the place of the empty prompt in classifier-free guidance.
    public var negativePrompt: String
    /// Pixels, a multiple of the model's factor (8 for Stable Diffusion); the model's own size if nil.
    public var width: Int?
    /// As `width`, 16,384 at most.
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
    /// How noise levels are spread (`karras`, `exponential`, `beta`, `lu`), for samplers that can; the model's own if nil.
    public var sigmaSpacing: SigmaSpacing?
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
    /// The picture to begin with: image to image. Without width or height its own is taken, down to the model's factor.
    public var initialImage: InitialImage?
    /// How much of that picture gives way, 0 to 1: of the steps this share is done. 0.75 if nil.
    public var strength: Double?
    /// A picture of the initial one's size that draws what of it is repainted: white gives way, black stays (inpainting).
    public var mask: InitialImage?

    /// The part of the run in which guidance works; all of it if nil.
    public var guidanceRange: GuidanceRange?
    /// What the U-Net reuses of earlier steps; nothing if nil.
    public var cache: FeatureCache?
    /// Whether the picture is decoded in tiles.
    public var tiling = TilingChoice.auto

    /// A source of noise.
    public enum NoiseSource: String, Sendable, Codable, CaseIterable {
        /// PyTorch's generator on the CPU: the same pictures as `torch.Generator("cpu").manual_seed(seed)`.
        case torchCPU = "torch-cpu"
        /// Philox 4×32-10, PyTorch's generator on a GPU.
        case philox

        /// By this name, or by AUTOMATIC1111's and stable-diffusion.cpp's (`CPU`, `NV`, `cuda`); case, `_` and `-` do not
        /// count.
        package static func named(_ name: String) -> NoiseSource? {
            switch name.lowercased().filter({ $0 != "-" && $0 != "_" }) {
            case "torchcpu", "cpu": .torchCPU
            case "philox", "nv", "cuda": .philox
            default: nil
            }
        }
    }

    /// A request with everything else left open: one picture in the model's own size, with a random seed.
    public init(prompt: String) {
        self.prompt = prompt
        negativePrompt = ""
        guidanceRescale = 0
        eta = 0
        imageCount = 1
        clipSkip = 0
        noiseSource = .torchCPU
    }
}
