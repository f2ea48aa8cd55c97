import DiffusionTensors

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Sines and cosines of the timesteps at falling frequencies (Vaswani et al. 2017; diffusers `get_timestep_embedding`).
///
/// Computed in Float, in PyTorch's order: at timestep 999 the rounding of the angle shows.
/// - Parameters:
///   - width: of one row; an odd one ends in a zero.
///   - cosineFirst: diffusers' `flip_sin_to_cos`.
///   - frequencyShift: diffusers' `freq_shift`.
/// - Returns: `[timesteps, width]`.
package func sinusoidalFeatures(
    of timesteps: [Double], width: Int, cosineFirst: Bool, frequencyShift: Double
) -> Tensor {
    let half = width / 2
    let frequencies = (0..<half).map { index -> Float in
        let exponent = -Float(log(10_000.0)) * Float(index) / Float(Double(half) - frequencyShift)
        return expf(exponent)
    }
    return Tensor(shape: [timesteps.count, width]) { target in
        target.initialize(repeating: 0)
        for (row, timestep) in timesteps.enumerated() {
            for (index, frequency) in frequencies.enumerated() {
                let angle = Float(timestep) * frequency
                target[row * width + index] = cosineFirst ? cosf(angle) : sinf(angle)
                target[row * width + half + index] = cosineFirst ? sinf(angle) : cosf(angle)
            }
        }
    }
}
