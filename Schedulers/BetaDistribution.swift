import Foundation

/// The beta distribution on 0 to 1, as far as `beta` spacing needs it.
struct BetaDistribution: Sendable {
    let alpha: Double
    let beta: Double

    /// The x at which the cumulative distribution reaches `probability`, to about 1e-15.
    func quantile(_ probability: Double) -> Double {
        guard probability > 0 else { return 0 }
        guard probability < 1 else { return 1 }
        var (low, high) = (0.0, 1.0)
        // Bisection: the density is infinite at both ends, where Newton's method overshoots.
        for _ in 0..<200 where high - low > low.ulp {
            let middle = (low + high) / 2
            if cumulative(middle) < probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The regularised incomplete beta function I_x(α, β), for 0 < x < 1.
    func cumulative(_ x: Double) -> Double {
        // The fraction converges fast on the near side of the mean; the far side is 1 minus the mirrored one.
        guard x <= (alpha + 1) / (alpha + beta + 2) else {
            return 1 - BetaDistribution(alpha: beta, beta: alpha).cumulative(1 - x)
        }
        let logFactor =
            lgamma(alpha + beta) - lgamma(alpha) - lgamma(beta) + alpha * log(x) + beta * log1p(-x) - log(alpha)
        return exp(logFactor) / continuedFraction(x)
    }

    /// 1 + d₁/(1 + d₂/(1 + …)) (DLMF 8.17.22), from the inside out.
    private func continuedFraction(_ x: Double) -> Double {
        (1...120).reversed().reduce(1.0) { tail, index in 1 + coefficient(index, x) / tail }
    }

    private func coefficient(_ index: Int, _ x: Double) -> Double {
        let half = Double(index / 2)
        let span = alpha + 2 * half
        guard index.isMultiple(of: 2) else {
            return -(alpha + half) * (alpha + beta + half) * x / (span * (span + 1))
        }
        return half * (beta - half) * x / ((span - 1) * span)
    }
}
