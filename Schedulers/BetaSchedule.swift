import Foundation

/// The noise added at each training timestep; raw values are diffusers' `beta_schedule`.
///
/// Values are Float32, computed in the order and with the rounding of PyTorch's.
public enum BetaSchedule: String, Sendable, CaseIterable {
    /// Evenly from `betaStart` to `betaEnd`.
    case linear
    /// Linear in √β, as latent diffusion was trained.
    case scaledLinear = "scaled_linear"
    /// Nichol & Dhariwal's cosine (arXiv 2102.09672), β at most 0.999.
    case squaredCosine = "squaredcos_cap_v2"
    /// GeoDiff's, between `start` and `end`.
    case sigmoid
    /// ᾱ from a Laplace distribution of log signal-to-noise (arXiv 2407.03297).
    case laplace
    /// ᾱ = e^(−12 t).
    case exponential = "exp"

    /// β for each of `count` timesteps; `start` and `end` count for the first two and the sigmoid.
    func betas(from start: Double, to end: Double, count: Int) -> [Float] {
        switch self {
        case .linear: Self.torchLinspace(from: start, to: end, count: count)
        case .scaledLinear:
            Self.torchLinspace(from: start.squareRoot(), to: end.squareRoot(), count: count).map { $0 * $0 }
        case .sigmoid: Self.torchLinspace(from: -6, to: 6, count: count).map { Self.sigmoid($0, from: start, to: end) }
        case .squaredCosine: Self.betas(count: count) { pow(cos(($0 + 0.008) / 1.008 * .pi / 2), 2) }
        case .laplace: Self.betas(count: count, Self.laplaceSignal)
        case .exponential: Self.betas(count: count) { exp($0 * -12) }
        }
    }

    private static func sigmoid(_ x: Float, from start: Double, to end: Double) -> Float {
        1 / (1 + expf(-x)) * Float(end - start) + Float(start)
    }

    private static func laplaceSignal(_ time: Double) -> Double {
        let sign: Double = time > 0.5 ? -1 : 1
        let signalToNoise = exp(-0.5 * sign * log(1 - 2 * abs(0.5 - time) + 1e-6))
        return (signalToNoise / (1 + signalToNoise)).squareRoot()
    }

    /// β from a function that gives ᾱ for a time from 0 to 1.
    private static func betas(count: Int, _ alphaBar: (Double) -> Double) -> [Float] {
        (0..<count).map { index in
            let now = alphaBar(Double(index) / Double(count))
            let next = alphaBar(Double(index + 1) / Double(count))
            return Float(min(1 - next / now, 0.999))
        }
    }

    /// `torch.linspace` in Float32 on a CPU: from both ends to the middle, multiply and add fused.
    static func torchLinspace(from start: Double, to end: Double, count: Int) -> [Float] {
        let (first, last) = (Float(start), Float(end))
        guard count > 1 else { return [first] }
        let step = (last - first) / Float(count - 1)
        return (0..<count).map { index in
            index < count / 2
                ? first.addingProduct(step, Float(index)) : last.addingProduct(-step, Float(count - 1 - index))
        }
    }
}
