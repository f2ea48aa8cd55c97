import DiffusionTensors

/// What DPM-Solver and its kin make of the model's output before they step: x₀ or ε, x₀ limited.
struct SolverOutput: Sendable {
    let prediction: PredictionType
    let limit: SampleLimit
    /// Whether the solver integrates x₀ (DPM-Solver++, UniPC) or ε (DPM-Solver, DEIS).
    let isOriginal: Bool

    /// - Parameter isLimited: whether the class thresholds x₀ where the configuration says so.
    /// - Throws: `ConfigurationError`.
    init(_ configuration: SchedulerConfiguration, isOriginal: Bool, isLimited: Bool = true) throws {
        prediction = configuration.predictionType ?? .epsilon
        limit = isLimited ? try .thresholding(configuration) : .none
        self.isOriginal = isOriginal
    }

    /// - Returns: what the solver integrates, and x₀.
    func converted(
        _ output: Tensor, sample: Tensor, at point: SolverPoint
    ) -> (value: Tensor, original: Tensor) {
        // A learned variance, in the second half of the channels, is not used.
        let mean = output.shape == sample.shape ? output : output.firstHalf(like: sample)
        let original = limit.applied(to: point.original(from: mean, sample: sample, as: prediction))
        if isOriginal { return (original, original) }
        guard limit == .none else { return (point.epsilon(original: original, sample: sample), original) }
        return (point.epsilon(from: mean, sample: sample, as: prediction), original)
    }
}

extension Tensor {
    /// The first half of the channels of one picture.
    func firstHalf(like sample: Tensor) -> Tensor {
        reshaped(to: Shape([2] + sample.shape.dimensions)).slice(0..<1).reshaped(to: sample.shape)
    }

    /// scale · (self − other).
    func difference(from other: Tensor, scaledBy scale: Float) -> Tensor {
        combined(with: other) { scale * ($0 - $1) }
    }
}
