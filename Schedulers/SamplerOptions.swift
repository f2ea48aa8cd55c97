/// What a request may change about a sampler; nil leaves it as the model's configuration has it.
public struct SamplerOptions: Sendable, Equatable, Codable {
    /// Weight of the noise that DDIM and TCD add in each step, 0 (none) to 1 (as much as DDPM).
    public var eta: Double
    /// DDIM: derive ε again from the limited x₀.
    public var usesClippedModelOutput: Bool
    /// Which timesteps of training the run takes.
    public var timestepSpacing: TimestepSpacing?
    /// How noise levels are spread, for the samplers that can; the others refuse it.
    public var sigmaSpacing: SigmaSpacing?
    /// Order of accuracy, for the solvers that have several.
    public var solverOrder: Int?
    /// DPM-Solver's equation.
    public var algorithmType: AlgorithmType?
    /// A multi-step solver's variant.
    public var solverType: SolverType?
    /// PNDM: begin without Runge–Kutta steps.
    public var skipsPRKSteps: Bool?

    /// Options as given, everything else as the model's configuration has it.
    public init(
        eta: Double = 0, usesClippedModelOutput: Bool = false, timestepSpacing: TimestepSpacing? = nil,
        sigmaSpacing: SigmaSpacing? = nil, solverOrder: Int? = nil, algorithmType: AlgorithmType? = nil,
        solverType: SolverType? = nil, skipsPRKSteps: Bool? = nil
    ) {
        self.eta = eta
        self.usesClippedModelOutput = usesClippedModelOutput
        self.timestepSpacing = timestepSpacing
        self.sigmaSpacing = sigmaSpacing
        self.solverOrder = solverOrder
        self.algorithmType = algorithmType
        self.solverType = solverType
        self.skipsPRKSteps = skipsPRKSteps
    }

    /// These options, and what they leave open from `preset`.
    package func filled(from preset: SamplerOptions) -> SamplerOptions {
        var filled = self
        filled.timestepSpacing = timestepSpacing ?? preset.timestepSpacing
        filled.sigmaSpacing = sigmaSpacing ?? preset.sigmaSpacing
        filled.solverOrder = solverOrder ?? preset.solverOrder
        filled.algorithmType = algorithmType ?? preset.algorithmType
        filled.solverType = solverType ?? preset.solverType
        filled.skipsPRKSteps = skipsPRKSteps ?? preset.skipsPRKSteps
        return filled
    }

    /// For samplers that walk whole timesteps: a spacing of noise levels asked for is refused, one that the model's
    /// configuration names for other samplers is not.
    func refuseSigmaSpacing(for sampler: String, but supported: [SigmaSpacing] = []) throws {
        guard let sigmaSpacing, !supported.contains(sigmaSpacing) else { return }
        throw SchedulerError.unsupportedOption(
            sampler: sampler, option: "sigma spacing", value: sigmaSpacing.rawValue,
            supported: supported.isEmpty ? ["none"] : supported.map(\.rawValue))
    }

    /// Refuses a spacing of timesteps asked for.
    func refuseTimestepSpacing(for sampler: String, but supported: [TimestepSpacing]) throws {
        guard let timestepSpacing, !supported.contains(timestepSpacing) else { return }
        throw SchedulerError.unsupportedOption(
            sampler: sampler, option: "timestep spacing", value: timestepSpacing.rawValue,
            supported: supported.map(\.rawValue))
    }

    /// The solver order asked for, or the configuration's, or 2.
    func solverOrder(_ configuration: SchedulerConfiguration, for sampler: String, in range: ClosedRange<Int>) throws
        -> Int
    {
        if let solverOrder, !range.contains(solverOrder) {
            throw SchedulerError.unsupportedOption(
                sampler: sampler, option: "order", value: String(solverOrder), supported: range.map(String.init))
        }
        let order = solverOrder ?? configuration.solverOrder ?? 2
        guard range.contains(order) else {
            throw configuration.outOfRange(
                "solver_order", String(order), expected: "\(range.lowerBound) to \(range.upperBound)")
        }
        return order
    }

    /// `eta`, refused outside 0 to 1.
    func checkedEta(for sampler: String) throws -> Float {
        guard (0...1).contains(eta) else {
            throw SchedulerError.unsupportedOption(
                sampler: sampler, option: "eta", value: String(eta), supported: ["0 to 1"])
        }
        return Float(eta)
    }
}
