import DiffusionBasics

/// What a model's `scheduler_config.json` says: its training schedule, and how it likes to be sampled.
///
/// Any scheduler can be built from any model's configuration, as with diffusers' `XScheduler.from_config(config)`: a nil
/// stands for an absent key and takes the default of the class that runs. Names are diffusers' keys.
public struct SchedulerConfiguration: Sendable, Equatable {
    /// The name that errors give.
    public var file = "scheduler_config.json"
    /// The diffusers class the model was saved with, `_class_name`.
    public var className: String?
    /// Keys that no scheduler class knows, in file order.
    public var unknownKeys: [String] = []

    // MARK: The training schedule

    /// Timesteps of training, 1 or more.
    public var numTrainTimesteps: Int?
    /// β of the first timestep, 0 to 1.
    public var betaStart: Double?
    /// β of the last timestep, 0 to 1.
    public var betaEnd: Double?
    /// How β runs between them.
    public var betaSchedule: BetaSchedule?
    /// β for every timestep, in place of a formula.
    public var trainedBetas: [Double]?
    /// Shift β so that the last timestep holds no signal (arXiv 2305.08891).
    public var rescaleBetasZeroSNR: Bool?
    /// What the U-Net predicts.
    public var predictionType: PredictionType?

    // MARK: Timesteps and noise levels of a run

    /// Which timesteps of training a run takes.
    public var timestepSpacing: TimestepSpacing?
    /// Added to each timestep with `leading` spacing.
    public var stepsOffset: Int?
    /// `use_karras_sigmas`, `use_exponential_sigmas`, `use_beta_sigmas` or `use_lu_lambdas`, whichever is true.
    public var sigmaSpacing: SigmaSpacing?
    /// Lowest noise level of spaced ones, above 0; nil takes training's.
    public var sigmaMin: Double?
    /// Highest noise level of spaced ones, above 0; nil takes training's.
    public var sigmaMax: Double?
    /// The noise level a run ends on.
    public var finalSigmasType: FinalSigma?
    /// Euler: how levels between training timesteps are found.
    public var interpolationType: SigmaInterpolation?
    /// Euler: what the U-Net is told.
    public var timestepType: TimestepType?
    /// Below it log signal-to-noise is cut off; −∞ cuts nothing.
    public var lambdaMinClipped: Double?
    /// Steps that a consistency model was distilled with.
    public var originalInferenceSteps: Int?
    /// LCM: factor of timesteps in the boundary condition.
    public var timestepScaling: Double?

    // MARK: The predicted x₀

    /// Whether x₀ is clipped to ±`clipSampleRange`.
    public var clipSample: Bool?
    /// Largest magnitude of a clipped x₀.
    public var clipSampleRange: Double?
    /// Whether x₀ is limited by dynamic thresholding; goes before clipping.
    public var thresholding: Bool?
    /// Quantile of magnitudes that sets the threshold, 0 to 1.
    public var dynamicThresholdingRatio: Double?
    /// Upper bound of the threshold, above 0.
    public var sampleMaxValue: Double?
    /// Whether the last step ends at ᾱ = 1 or at that of timestep 0.
    public var setAlphaToOne: Bool?

    // MARK: Solvers

    /// The variance DDPM adds; `learned` ones double the U-Net's output channels.
    public var varianceType: VarianceType?
    /// PNDM: begin without Runge–Kutta steps.
    public var skipPRKSteps: Bool?
    /// Order of accuracy.
    public var solverOrder: Int?
    /// DPM-Solver's equation.
    public var algorithmType: AlgorithmType?
    /// A multi-step solver's variant.
    public var solverType: SolverType?
    /// Whether the order falls at the end of a run of fewer than 15 steps.
    public var lowerOrderFinal: Bool?
    /// DPM-Solver: whether the last step has order 1.
    public var eulerAtFinal: Bool?
    /// UniPC: whether x₀ is integrated, and not ε.
    public var predictX0: Bool?
    /// Steps after which UniPC does not correct.
    public var disableCorrector: [Int]?

    /// A configuration that leaves everything to the class that runs.
    public init() {}
}

extension SchedulerConfiguration {
    /// What diffusers' `StableDiffusionPipeline` makes of the configuration when it is built around a scheduler:
    /// `steps_offset` becomes 1 and `clip_sample` false, whatever the file or the class's default says.
    package func correctedForStableDiffusion() -> SchedulerConfiguration {
        var corrected = self
        corrected.stepsOffset = 1
        corrected.clipSample = false
        return corrected
    }

    /// What its `StableDiffusionInpaintPipeline` makes of it: `steps_offset` becomes 1 and `skip_prk_steps` true;
    /// `clip_sample` stays, so where the file does not say false, DDIM and DDPM clip there and nowhere else.
    package func correctedForInpainting() -> SchedulerConfiguration {
        var corrected = self
        corrected.stepsOffset = 1
        corrected.skipPRKSteps = true
        return corrected
    }

    func outOfRange(_ key: String, _ found: String, expected: String) -> ConfigurationError {
        .outOfRange(file: file, key: key, expected: expected, found: found)
    }

    func unsupported(_ key: String, _ value: String, supported: [String]) -> ConfigurationError {
        .unsupported(file: file, key: key, value: value, supported: supported)
    }
}
