import ArgumentParser
import Diffusion
import DiffusionRenderer

/// What the picture shows, and how large it is.
struct ContentOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The same as the plain words; - reads standard input.", valueName: "text"))
    var prompt: String?

    @Option(
        help: ArgumentHelp("Read the prompt from a file.", valueName: "file", visibility: .rare), completion: .file())
    var promptFile: String?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("What it should not show.", valueName: "text"))
    var negativePrompt: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Folder, file or Hugging Face name; or DIFFUSE_MODEL.", valueName: "path"),
        completion: .file())
    var model: String?

    @Option(
        help: ArgumentHelp(
            "A folder or file whose autoencoder replaces the model's own.", valueName: "path", visibility: .rare),
        completion: .file())
    var vae: String?

    @Option(
        help: ArgumentHelp(
            "Which weight files of a folder, such as fp16.", valueName: "name", visibility: .rare))
    var variant: String?

    @Option(name: [.customShort("W"), .long], help: ArgumentHelp("Pixels; the model's own size.", valueName: "n"))
    var width: Int?

    @Option(name: [.customShort("H"), .long], help: ArgumentHelp("Pixels; or --size WxH for both.", valueName: "n"))
    var height: Int?
}

/// How the sampler goes from noise to the picture.
struct SamplingOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("Random unless given; a list such as 1,2,5..9.", valueName: "n"))
    var seed: String?

    @Option(help: ArgumentHelp("Denoising steps (the model's card, or 20).", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("How closely to follow the prompt (card, or 7).", valueName: "x"))
    var cfgScale: FiniteNumber?

    @Option(help: ArgumentHelp("Such as ddim or euler_a (the model's own).", valueName: "name"), completion: .samplers)
    var sampler: String?

    @Option(
        help: ArgumentHelp(
            "How noise levels are spread (karras, exponential, beta, lu) or timesteps (leading, linspace, trailing).",
            valueName: "name", visibility: .rare), completion: .spacings)
    var scheduler: String?

    @Option(help: ArgumentHelp("Noise that DDIM adds, 0 to 1.", valueName: "x", visibility: .rare))
    var eta: FiniteNumber?

    @Option(
        help: ArgumentHelp("Against the glare of a high cfg-scale, 0 to 1.", valueName: "x", visibility: .rare))
    var guidanceRescale: FiniteNumber?

    @Option(
        help: ArgumentHelp("Last layers of the text encoder to leave out.", valueName: "n", visibility: .rare))
    var clipSkip: Int?

    @Option(
        help: ArgumentHelp("Source of noise, or philox.", valueName: "name", visibility: .rare),
        completion: .names(of: GenerationRequest.NoiseSource.self))
    var rng: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Pictures; each has the next seed.", valueName: "n"))
    var batchCount = 1
}

/// What a picture begins with, where it is not the seed's noise.
struct StartOptions: ParsableArguments {
    @Option(
        name: [.customShort("i"), .long], help: ArgumentHelp("A PNG or JPEG to begin with.", valueName: "file"),
        completion: .pictures)
    var initImg: String?

    @Option(help: ArgumentHelp("How much of it gives way, 0 to 1 (0.75).", valueName: "x"))
    var strength: FiniteNumber?

    @Option(
        help: ArgumentHelp("Repaint only where this picture is white.", valueName: "file"),
        completion: .pictures)
    var mask: String?

    @Option(help: ArgumentHelp("Do again what a picture says of its making.", valueName: "file"), completion: .pictures)
    var fromImage: String?

    @Option(
        help: ArgumentHelp(
            "Noise to begin with: safetensors, \"latents\" of unit variance.", valueName: "file", visibility: .rare),
        completion: .latents)
    var initLatents: String?
}

/// Which files are written.
struct OutputOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A file, a folder, a name with {seed}, or -.", valueName: "path"), completion: .file())
    var output: String?

    @Flag(help: "Replace files that are there.")
    var force = false

    @Option(
        help: ArgumentHelp("png or jpeg (from the name's ending).", valueName: "name", visibility: .rare),
        completion: .names(of: ImageFormat.self))
    var format: String?

    @Option(help: ArgumentHelp("Of a JPEG, 1 to 100 (90).", valueName: "n", visibility: .rare))
    var quality: Int?

    @Option(
        help: ArgumentHelp(
            "What files say of their making: full, unless none.", valueName: "what", visibility: .rare),
        completion: .names(of: RenderPlan.Metadata.self))
    var metadata: String?

    @Flag(help: ArgumentHelp("Leave the prompts out of the files.", visibility: .rare))
    var noPromptMetadata = false

    @Option(
        help: ArgumentHelp(
            "Also write the latents of all pictures, as safetensors.", valueName: "file", visibility: .rare),
        completion: .file())
    var saveLatents: String?

    @Option(
        help: ArgumentHelp(
            "A picture that shows the one in hand, written again at each step.", valueName: "file", visibility: .rare),
        completion: .file())
    var preview: String?

    @Option(
        help: ArgumentHelp(
            "A folder whose autoencoder makes the previews, such as a tiny one.", valueName: "path",
            visibility: .rare))
    var previewVae: String?

    @Option(help: ArgumentHelp("Steps between two previews.", valueName: "n", visibility: .rare))
    var previewInterval = 1

    @Option(
        help: ArgumentHelp(
            "Also keep the picture after every n steps, as name-step5.png.", valueName: "n", visibility: .rare))
    var saveEvery: Int?

    var stepPictures: StepPictures {
        StepPictures(
            previewPath: preview, previewVAE: previewVae, previewInterval: previewInterval, saveInterval: saveEvery)
    }
}

/// How the program behaves while it works.
struct RunningOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The physical cores, unless given.", valueName: "n"))
    var threads: Int?

    @OptionGroup var arithmetic: PrecisionOption
    @OptionGroup var memory: MemoryOption

    @Flag(help: "Check, say what would be rendered, and stop.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("auto, bar, json (a line per event) or none.", valueName: "how", visibility: .rare),
        completion: .names(of: ReportingStyle.Form.self))
    var progress = "auto"

    @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say how long each stage takes, and the memory.")
    var verbose = false
}
