import DiffusionTensors

/// One call of the U-Net: where on the noise schedule the latents are, and where the step leads.
public struct ModelEvaluation: Sendable, Equatable {
    /// The place of this evaluation in `Scheduler.evaluations`, from 0.
    public var index: Int
    /// What the U-Net is told; fractional with Karras sigmas.
    public var timestep: Double
    /// Noise level √((1 − ᾱ)/ᾱ) of the latents before the step; infinite at zero signal.
    public var sigma: Double
    /// Noise level after the step; 0 at the end.
    public var nextSigma: Double

    /// An entry of a scheduler's own list.
    public init(index: Int, timestep: Double, sigma: Double, nextSigma: Double) {
        self.index = index
        self.timestep = timestep
        self.sigma = sigma
        self.nextSigma = nextSigma
    }
}

/// What one step yields.
public struct SchedulerOutput: Sendable {
    /// The latents for the next evaluation, x_{t−1}.
    public var previousSample: Tensor
    /// The model's present estimate of the noise-free latents, x₀.
    public var predictedOriginalSample: Tensor

    /// Both `[1, C, H, W]`.
    public init(previousSample: Tensor, predictedOriginalSample: Tensor) {
        self.previousSample = previousSample
        self.predictedOriginalSample = predictedOriginalSample
    }
}

/// A noise scheduler: it walks latents from noise to picture, one model output at a time.
///
/// A scheduler sees latents of one picture, the model's output for them, and numbers; never the model. Conforming types
/// are structs whose history is private, so a copy is a snapshot. `evaluations` lists every U-Net call in order: solvers
/// that need two a step list both, multi-step solvers keep what they need from earlier ones.
public protocol Scheduler: Sendable {
    /// - Parameters:
    ///   - configuration: the training schedule, from the model's `scheduler_config.json`.
    ///   - stepCount: the steps asked for, at least 1.
    ///   - options: what a request may change: eta, spacing, order.
    /// - Throws: `SchedulerError` or `ConfigurationError` where the values make no schedule.
    init(configuration: SchedulerConfiguration, stepCount: Int, options: SamplerOptions) throws

    /// U-Net calls a step takes, diffusers' `order`: entries of `evaluations` that a step left out leaves out.
    static var evaluationsPerStep: Int { get }

    /// Whether the U-Net's output must hold a variance too, as `[1, 2C, H, W]`.
    var learnsVariance: Bool { get }

    /// The U-Net calls of a whole run, first to last. Image to image begins at a later one.
    var evaluations: [ModelEvaluation] { get }

    /// What unit noise is multiplied with to become the first sample.
    var initialNoiseSigma: Float { get }

    /// The sample as the U-Net wants it (solvers in sigma space scale it).
    func modelInput(for sample: Tensor, at evaluation: ModelEvaluation) -> Tensor

    /// The sample noised to the level of `evaluation`, where image to image begins.
    func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor

    /// One step. Evaluations must come in order, from whichever was the first.
    /// - Parameters:
    ///   - sample: latents `[1, C, H, W]`.
    ///   - modelOutput: the U-Net's output for them, `[1, C, H, W]` (twice the channels where the variance is learned).
    ///   - generator: drawn from in diffusers' order by stochastic solvers, left alone by the others.
    mutating func step(
        from sample: Tensor, modelOutput: Tensor, at evaluation: ModelEvaluation,
        using generator: inout some NoiseGenerator
    ) -> SchedulerOutput
}

extension Scheduler {
    /// 1, as most solvers have it.
    public static var evaluationsPerStep: Int { 1 }
    /// false, as most models have it.
    public var learnsVariance: Bool { false }

    /// The U-Net calls that remain when the first `stepCount` steps are left out, as image to image does.
    public func evaluations(skippingSteps stepCount: Int) -> ArraySlice<ModelEvaluation> {
        evaluations.dropFirst(stepCount * Self.evaluationsPerStep)
    }

    /// The sample as it is.
    public func modelInput(for sample: Tensor, at evaluation: ModelEvaluation) -> Tensor { sample }
}
