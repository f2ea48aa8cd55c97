import DiffusionTensors

/// A place of the schedule as the weights of what latents hold there: x = signal · x₀ + noise · ε.
public protocol SignalAndNoise {
    /// Weight of x₀, 0 to 1.
    var signal: Float { get }
    /// Weight of ε, 0 to 1.
    var noise: Float { get }
}

extension SignalAndNoise {
    /// x₀ from the model's output (equations 12 of DDIM, 15 of DDPM; v as in Imagen Video, section 2.4).
    public func original(from output: Tensor, sample: Tensor, as prediction: PredictionType) -> Tensor {
        let (signal, noise) = (signal, noise)
        switch prediction {
        case .epsilon: return sample.combined(with: output) { ($0 - noise * $1) / signal }
        case .vPrediction: return sample.combined(with: output) { signal * $0 - noise * $1 }
        case .sample: return output
        }
    }

    /// ε from the model's output.
    public func epsilon(from output: Tensor, sample: Tensor, as prediction: PredictionType) -> Tensor {
        let (signal, noise) = (signal, noise)
        switch prediction {
        case .epsilon: return output
        case .vPrediction: return output.combined(with: sample) { signal * $0 + noise * $1 }
        case .sample: return epsilon(original: output, sample: sample)
        }
    }

    /// ε from x₀.
    public func epsilon(original: Tensor, sample: Tensor) -> Tensor {
        let (signal, noise) = (signal, noise)
        return sample.combined(with: original) { ($0 - signal * $1) / noise }
    }

    /// The noised sample.
    public func adding(noise epsilon: Tensor, to original: Tensor) -> Tensor {
        let (signal, noise) = (signal, noise)
        return original.combined(with: epsilon) { signal * $0 + noise * $1 }
    }
}

/// A place of the schedule by ᾱ.
public struct NoiseLevel: SignalAndNoise, Sendable, Equatable {
    /// ᾱ.
    public var alphaCumprod: Float

    /// - Parameter alphaCumprod: 0 (noise alone) to 1 (no noise).
    public init(alphaCumprod: Float) { self.alphaCumprod = alphaCumprod }

    /// √ᾱ.
    public var signal: Float { alphaCumprod.squareRoot() }
    /// √(1 − ᾱ).
    public var noise: Float { (1 - alphaCumprod).squareRoot() }
    /// 1 − ᾱ.
    var betaCumprod: Float { 1 - alphaCumprod }
}
