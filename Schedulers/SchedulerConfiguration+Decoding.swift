import DiffusionBasics

extension SchedulerConfiguration {
    /// Training timesteps beyond this are refused: the schedule is held in memory, and no model comes near.
    private static let mostTrainTimesteps = 1_000_000

    /// Reads a `scheduler_config.json`.
    ///
    /// diffusers writes `-Infinity` into those of DPM-Solver, which is no JSON and is taken nevertheless.
    /// - Throws: `JSONError` or `ConfigurationError`.
    public init(json bytes: some Collection<UInt8>, file: String = "scheduler_config.json") throws {
        let node = try JSONParser.parse(bytes, file: file, allowsNonFinite: true)
        try self.init(ConfigurationReader(node, file: file))
    }

    /// Reads every key that a diffusers scheduler of the Stable Diffusion family knows.
    /// - Throws: `ConfigurationError` where a value has another type, is out of range, or would change the result and is
    ///   not supported.
    package init(_ reader: ConfigurationReader) throws {
        self.init()
        file = reader.file
        className = try reader.optionalString("_class_name")
        try readTraining(reader)
        try readSpacing(reader)
        try readLimits(reader)
        try readSolver(reader)
        try Self.refuseFlowMatching(reader)
        unknownKeys = reader.unknownKeys
    }

    private mutating func readTraining(_ reader: ConfigurationReader) throws {
        numTrainTimesteps = try reader.optionalInt("num_train_timesteps", in: 1...Self.mostTrainTimesteps)
        betaStart = try reader.optionalDouble("beta_start")
        betaEnd = try reader.optionalDouble("beta_end")
        betaSchedule = try reader.optionalChoice("beta_schedule")
        trainedBetas = try reader.optionalDoubles("trained_betas")
        rescaleBetasZeroSNR = try reader.optionalBool("rescale_betas_zero_snr")
        predictionType = try reader.optionalChoice("prediction_type")
    }

    private mutating func readSpacing(_ reader: ConfigurationReader) throws {
        timestepSpacing = try reader.optionalChoice("timestep_spacing")
        stepsOffset = try reader.optionalInt("steps_offset", in: 0...Self.mostTrainTimesteps)
        sigmaSpacing = try Self.sigmaSpacing(reader)
        sigmaMin = try positive("sigma_min", reader)
        sigmaMax = try positive("sigma_max", reader)
        finalSigmasType = try reader.optionalChoice("final_sigmas_type")
        interpolationType = try reader.optionalChoice("interpolation_type")
        timestepType = try reader.optionalChoice("timestep_type")
        lambdaMinClipped = try Self.lambdaMinClipped(reader)
        originalInferenceSteps = try reader.optionalInt("original_inference_steps", in: 1...Self.mostTrainTimesteps)
        timestepScaling = try reader.optionalDouble("timestep_scaling")
    }

    private func positive(_ key: String, _ reader: ConfigurationReader) throws -> Double? {
        guard let value = try reader.optionalDouble(key) else { return nil }
        guard value > 0 else { throw outOfRange(key, "\(value)", expected: "more than 0") }
        return value
    }

    private mutating func readLimits(_ reader: ConfigurationReader) throws {
        clipSample = try reader.optionalBool("clip_sample")
        clipSampleRange = try reader.optionalDouble("clip_sample_range")
        thresholding = try reader.optionalBool("thresholding")
        dynamicThresholdingRatio = try reader.optionalDouble("dynamic_thresholding_ratio")
        sampleMaxValue = try reader.optionalDouble("sample_max_value")
        setAlphaToOne = try reader.optionalBool("set_alpha_to_one")
    }

    private mutating func readSolver(_ reader: ConfigurationReader) throws {
        varianceType = try reader.optionalChoice("variance_type")
        skipPRKSteps = try reader.optionalBool("skip_prk_steps")
        solverOrder = try reader.optionalInt("solver_order")
        algorithmType = try reader.optionalChoice("algorithm_type")
        solverType = try reader.optionalChoice("solver_type")
        lowerOrderFinal = try reader.optionalBool("lower_order_final")
        eulerAtFinal = try reader.optionalBool("euler_at_final")
        predictX0 = try reader.optionalBool("predict_x0")
        disableCorrector = try reader.optionalInts("disable_corrector")
    }

    private static func sigmaSpacing(_ reader: ConfigurationReader) throws -> SigmaSpacing? {
        let keys: [(String, SigmaSpacing)] = [
            ("use_karras_sigmas", .karras), ("use_exponential_sigmas", .exponential), ("use_beta_sigmas", .beta),
            ("use_lu_lambdas", .lu),
        ]
        let chosen = try keys.filter { try reader.bool($0.0, default: false) }
        guard chosen.count <= 1 else {
            throw reader.unsupported(chosen[1].0, "true beside \"\(chosen[0].0)\"", supported: ["one of them"])
        }
        return chosen.first?.1
    }

    /// A number, or Python's `-Infinity`.
    private static func lambdaMinClipped(_ reader: ConfigurationReader) throws -> Double? {
        if reader.node("lambda_min_clipped")?.number?.text == "-Infinity" { return -.infinity }
        return try reader.optionalDouble("lambda_min_clipped")
    }

    private static func refuseFlowMatching(_ reader: ConfigurationReader) throws {
        try reader.require("use_flow_sigmas", in: [.bool(false)])
        try reader.require("use_dynamic_shifting", in: [.bool(false)])
        try reader.require("solver_p", in: [])
        reader.ignore("flow_shift", "time_shift_type", "shift_terminal")
    }
}

extension ConfigurationReader {
    /// A string that must be a case of `Choice`; nil where the key is absent or null.
    fileprivate func optionalChoice<Choice: RawRepresentable & CaseIterable>(
        _ key: String
    ) throws -> Choice? where Choice.RawValue == String {
        guard let first = Choice.allCases.first, node(key) != nil else { return nil }
        return try choice(key, default: first)
    }
}
