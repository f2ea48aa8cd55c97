import DiffusionTensors

/// What happens while a request is rendered, in order.
public enum GenerationEvent: Sendable {
    /// The prompts have become context vectors. Comes once.
    case promptEncoded(PromptReport)
    /// One U-Net call and the scheduler's step after it.
    case stepCompleted(StepReport)
    /// A picture is done. Comes once for each picture.
    case finished(GeneratedImage)
}

/// What became of the prompts.
public struct PromptReport: Sendable {
    /// Tokens of the prompt, start and end included, after cutting.
    public var tokenCount: Int
    /// The most the text encoder takes.
    public var tokenLimit: Int
    /// Sentences worth showing: what was cut, syntax that is taken literally.
    public var warnings: [String]
    /// Wall clock; next to nothing for prompts that the pipeline knows.
    public var seconds: Double
}

/// One denoising step.
public struct StepReport: Sendable {
    /// Which of the request's pictures, from 0.
    public var imageIndex: Int
    /// U-Net calls done for this picture, from 1.
    public var evaluation: Int
    /// U-Net calls the picture takes.
    public var evaluationCount: Int
    /// What the U-Net was told.
    public var timestep: Double
    /// Wall clock of this step alone.
    public var seconds: Double
    /// The latents after the step, `[1, channels, height / f, width / f]`.
    public var latents: Tensor
    /// The scheduler's present estimate of the noise-free latents, same shape: what a preview shows.
    public var predictedOriginalSample: Tensor
}
