import DiffusionBasics
import DiffusionDenoiser
import DiffusionRenderer
import DiffusionSchedulers
import DiffusionText
import DiffusionWeights

/// A model whose configuration has been read and checked; its weights have not.
///
/// Cheap to make: enough to check requests and to say what a run would do.
public struct DiffusionModel: Sendable {
    /// The folder or file, as messages and metadata name it.
    public var name: String { source.name }
    /// The folder or file whose autoencoder takes the place of the model's own.
    public let replacedAutoencoder: String?
    /// Sentences worth showing once: keys that nobody knows, a scheduler that is not there.
    public let warnings: [String]
    /// The same of what is as it should be: a part that is not run.
    public let notes: [String]
    /// Words that the model was taught, where its card lists them.
    public var knownWords: [String] { source.card.knows }
    /// Other words for them.
    package var knownSynonyms: [String] { source.card.synonyms }
    /// Pixels of a latent's edge; picture sizes are multiples of it.
    public var sizeFactor: Int { vae.downsamplingFactor }
    /// Picture size that the model was made for.
    public let defaultSize: (width: Int, height: Int)

    let source: any ModelSource
    let unet: UNetConfiguration
    let vae: AutoencoderArchitecture
    let text: CLIPTextConfiguration
    /// As the model has it, with the corrections of diffusers' StableDiffusionPipeline.
    let scheduler: SchedulerConfiguration
    /// The same with those of its StableDiffusionInpaintPipeline.
    let inpaintingScheduler: SchedulerConfiguration

    /// - Parameters:
    ///   - variant: which weight files of a folder to take, `fp16` for `*.fp16.safetensors`; nil takes the plain ones, or
    ///     the only variant there is.
    ///   - vae: an autoencoder's folder, a model's folder that has one, or a safetensors file, in place of the model's own.
    /// - Throws: errors of the file system and of the configuration files, each with a sentence that names file and key.
    public init(_ location: ModelLocation = .default, variant: String? = nil, vae replacement: String? = nil) throws {
        let model = try location.open(variant: variant)
        let source = try replacement.map { try ReplacedAutoencoder(in: model, by: $0) } ?? model
        var warnings: [String] = []
        func read<Configuration>(
            _ part: ModelPart, _ make: (ConfigurationReader) throws -> Configuration
        ) throws -> Configuration {
            let reader = try source.configuration(of: part).reader()
            let configuration = try make(reader)
            if let warning = Self.warning(about: reader) { warnings.append(warning) }
            return configuration
        }
        self.source = source
        replacedAutoencoder = replacement
        unet = try read(.unet, UNetConfiguration.init)
        vae = try read(.vae, AutoencoderArchitecture.init)
        text = try read(.textEncoder, CLIPTextConfiguration.init)
        let written = try Self.completed(try read(.scheduler, SchedulerConfiguration.init), source.schedulerClass)
        (scheduler, inpaintingScheduler) = (written.correctedForStableDiffusion(), written.correctedForInpainting())
        if let unknown = source.card.unknownKeys.nonEmpty {
            warnings.append(
                "\(ModelCard.fileName) has keys that mean nothing here: \(unknown.joined(separator: ", ")).")
        }
        self.warnings = warnings
        notes = source.safetyChecker == nil ? [] : ["The model's safety checker is not run."]
        let latent = unet.sampleSize ?? (64, 64)
        defaultSize = (
            source.card.width ?? latent.width * vae.downsamplingFactor,
            source.card.height ?? latent.height * vae.downsamplingFactor
        )
        try checkThatPartsFit()
    }

    /// The scheduler's configuration with the class that the model's index names where its own file names none.
    private static func completed(
        _ scheduler: SchedulerConfiguration, _ indexClass: String
    ) throws -> SchedulerConfiguration {
        var completed = scheduler
        completed.className = scheduler.className ?? indexClass
        guard completed.className?.hasPrefix("FlowMatch") != true else {
            throw ConfigurationError.unsupported(
                file: scheduler.file, key: "_class_name", value: completed.className ?? "",
                supported: ["the schedulers of Stable Diffusion 1.x and 2.x"])
        }
        return completed
    }

    private static func warning(about reader: ConfigurationReader) -> String? {
        let keys = reader.unknownKeys
        guard !keys.isEmpty else { return nil }
        return "\(reader.file) has keys that mean nothing here: \(keys.joined(separator: ", "))."
    }

    private func checkThatPartsFit() throws {
        func refuse(_ sentence: String, _ remedy: String? = nil) -> RequestError {
            .doesNotFit(sentence: "\(name): \(sentence)", remedy: remedy)
        }
        let latentChannels = vae.latentChannels
        guard unet.inputChannels == latentChannels || isInpaintingModel else {
            throw refuse(
                "the U-Net takes \(unet.inputChannels) channels, but the autoencoder's latents have \(latentChannels): "
                    + "expected \(latentChannels), or \(2 * latentChannels + 1) of an inpainting model.")
        }
        guard [latentChannels, 2 * latentChannels].contains(unet.outputChannels) else {
            throw refuse("the U-Net gives \(unet.outputChannels) channels for latents of \(latentChannels).")
        }
        guard unet.contextWidths.isSubset(of: [text.hiddenSize]) else {
            throw refuse(
                "the U-Net wants text vectors of width \(unet.contextWidths.sorted()), the text encoder makes "
                    + "\(text.hiddenSize).", "The folders of two models may be mixed up.")
        }
        guard vae.outputChannels == 3 else {
            throw refuse("the autoencoder makes pictures of \(vae.outputChannels) channels, expected 3.")
        }
    }
}

extension Array {
    /// nil where there is nothing.
    fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
