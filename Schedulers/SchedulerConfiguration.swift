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
    public var betaSchedule: BetaSchedule?
    /// β for every timestep, in place of a formula.
    public var trainedBetas: [Double]?
    public var rescaleBetasZeroSNR: Bool?
    public var predictionType: PredictionType?

    // MARK: Timesteps and noise levels of a run

    public var timestepSpacing: TimestepSpacing?
    /// Added to each timestep with `leading` spacing.
    public var stepsOffset: Int?
    /// `use_karras_sigmas`, `use_exponential_sigmas`, `use_beta_sigmas` or `use_lu_lambdas`, whichever is true.
    public var sigmaSpacing: SigmaSpacing?
    public var sigmaMin: Double?
    public var sigmaMax: Double?
    public var finalSigmasType: FinalSigma?
    public var interpolationType: SigmaInterpolation?
    public var timestepType: TimestepType?
    /// Below it log signal-to-noise is cut off; −∞ cuts nothing.
    public var lambdaMinClipped: Double?
    /// Steps that a consistency model was distilled with.
    public var originalInferenceSteps: Int?
    public var timestepScaling: Double?

    // MARK: The predicted x₀

    public var clipSample: Bool?
    public var clipSampleRange: Double?
    public var thresholding: Bool?
    public var dynamicThresholdingRatio: Double?
    public var sampleMaxValue: Double?
    public var setAlphaToOne: Bool?

    // MARK: Solvers

    public var varianceType: VarianceType?
    public var skipPRKSteps: Bool?
    public var solverOrder: Int?
    public var algorithmType: AlgorithmType?
    public var solverType: SolverType?
    public var lowerOrderFinal: Bool?
    public var eulerAtFinal: Bool?
    public var predictX0: Bool?
    /// Steps after which UniPC does not correct.
    public var disableCorrector: [Int]?

    /// A configuration that leaves everything to the class that runs.
    public init() {}
}

extension SchedulerConfiguration {
    /// What diffusers' `StableDiffusionPipeline` makes of the configuration when it is built around a scheduler:
    /// `steps_offset` becomes 1 and `clip_sample` false, whatever the file or the class's default says.
    public func correctedForStableDiffusion() -> SchedulerConfiguration {
        var corrected = self
        corrected.stepsOffset = 1
        corrected.clipSample = false
        return corrected
    }

    func outOfRange(_ key: String, _ found: String, expected: String) -> ConfigurationError {
        .outOfRange(file: file, key: key, expected: expected, found: found)
    }

    func unsupported(_ key: String, _ value: String, supported: [String]) -> ConfigurationError {
        .unsupported(file: file, key: key, value: value, supported: supported)
    }
}
