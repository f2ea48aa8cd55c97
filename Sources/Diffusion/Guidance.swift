import DiffusionBasics
import DiffusionTensors

/// Classifier-free guidance (Ho and Salimans 2022, equation 6), with the rescaling of Lin et al. 2023, section 3.4.
struct Guidance: Sendable {
    /// How far to go from the unconditional output through the conditional one.
    var scale: Float
    /// 0 leaves the guided output, 1 gives it the conditional one's standard deviation.
    var rescale: Float

    /// Whether a second row, for the negative prompt, is needed at all.
    var isActive: Bool { scale > 1 }

    /// - Parameters:
    ///   - unconditional: the model's output for the negative prompt, `[1, C, H, W]`.
    ///   - conditional: that for the prompt.
    func combine(unconditional: Tensor, conditional: Tensor) -> Tensor {
        let guided = unconditional.combined(with: conditional) { $0 + scale * ($1 - $0) }
        guard rescale > 0 else { return guided }
        let ratio = Float(conditional.standardDeviation / guided.standardDeviation)
        return guided.map { rescale * ($0 * ratio) + (1 - rescale) * $0 }
    }
}

extension Tensor {
    /// Over all elements, with n − 1 in the denominator as `torch.std` has it.
    fileprivate var standardDeviation: Double {
        withUnsafeScalars { scalars in
            let mean = scalars.reduce(0.0) { $0 + Double($1) } / Double(scalars.count)
            let squares = scalars.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
            return (squares / Double(scalars.count - 1)).squareRoot()
        }
    }
}
