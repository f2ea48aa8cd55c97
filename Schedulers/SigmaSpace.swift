import DiffusionBasics
import DiffusionTensors

/// Formulas of latents in sigma space, x = x₀ + σ·ε.
enum SigmaSpace {
    /// The sample as the U-Net wants it, of variance 1.
    static func modelInput(_ sample: Tensor, sigma: Float) -> Tensor { sample / (sigma * sigma + 1).squareRoot() }

    /// x₀ from the model's output.
    static func original(
        from output: Tensor, sample: Tensor, sigma: Float, as prediction: PredictionType
    ) -> Tensor {
        let power = sigma * sigma + 1
        switch prediction {
        case .epsilon: return sample.combined(with: output) { $0 - sigma * $1 }
        case .vPrediction:
            let weight = -sigma / power.squareRoot()
            return output.combined(with: sample) { $0 * weight + $1 / power }
        case .sample: return output
        }
    }

    /// dx/dσ, which is ε.
    static func derivative(_ sample: Tensor, original: Tensor, sigma: Float) -> Tensor {
        sample.combined(with: original) { ($0 - $1) / sigma }
    }

    /// sample + derivative · length.
    static func euler(_ sample: Tensor, _ derivative: Tensor, over length: Float) -> Tensor {
        sample.combined(with: derivative) { $0 + $1 * length }
    }

    /// x₀ + σ·ε.
    static func adding(noise: Tensor, to original: Tensor, sigma: Float) -> Tensor {
        euler(original, noise, over: sigma)
    }

    /// The level a step goes down to and the noise it then adds, together the variance of `next`.
    ///
    /// In exact numbers `down` is next²/σ; it is taken as a difference of squares because diffusers does so, except where
    /// that rounds to nothing (steep schedules), and diffusers has no number.
    static func ancestral(from sigma: Float, to next: Float) -> (down: Float, up: Float) {
        let (variance, nextVariance) = (sigma * sigma, next * next)
        let up = (nextVariance * (variance - nextVariance) / variance).squareRoot()
        let remaining = nextVariance - up * up
        return (remaining > 0 ? remaining.squareRoot() : nextVariance / sigma, up)
    }
}

/// A scheduler whose samples are x₀ + σ·ε, as diffusers' solvers from k-diffusion have them.
public protocol SigmaSpaceScheduler: Scheduler {}

extension SigmaSpaceScheduler {
    /// The sample scaled to variance 1.
    public func modelInput(for sample: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        SigmaSpace.modelInput(sample, sigma: Float(evaluation.sigma))
    }

    /// x₀ + σ·ε.
    public func adding(noise: Tensor, to original: Tensor, at evaluation: ModelEvaluation) -> Tensor {
        SigmaSpace.adding(noise: noise, to: original, sigma: Float(evaluation.sigma))
    }
}

extension PredictionType {
    /// Refuses what diffusers' class has no formula for.
    static func read(
        _ configuration: SchedulerConfiguration, supporting supported: [PredictionType] = allCases
    ) throws -> PredictionType {
        let type = configuration.predictionType ?? .epsilon
        guard supported.contains(type) else {
            throw configuration.unsupported("prediction_type", type.rawValue, supported: supported.map(\.rawValue))
        }
        return type
    }
}
