import Foundation

extension SigmaSpacing {
    /// `count` noise levels from the highest to the lowest.
    /// - Parameters:
    ///   - highest: σ to begin at, above 0.
    ///   - lowest: σ to end at, above 0.
    func levels(from highest: Double, to lowest: Double, count: Int) -> [Double] {
        switch self {
        case .karras: Self.karras(from: highest, to: lowest, count: count)
        case .exponential, .lu: NumericGrid.linear(from: log(highest), to: log(lowest), count: count).map { exp($0) }
        case .beta: Self.beta(from: highest, to: lowest, count: count)
        }
    }

    /// Karras et al., arXiv 2206.00364, equation 5, with ρ = 7.
    private static func karras(from highest: Double, to lowest: Double, count: Int) -> [Double] {
        let rho = 7.0
        let (first, last) = (pow(highest, 1 / rho), pow(lowest, 1 / rho))
        return NumericGrid.linear(from: 0, to: 1, count: count).map { pow(first + $0 * (last - first), rho) }
    }

    /// Quantiles of a beta distribution with α = β = 0.6 (arXiv 2407.12173).
    private static func beta(from highest: Double, to lowest: Double, count: Int) -> [Double] {
        let distribution = BetaDistribution(alpha: 0.6, beta: 0.6)
        return NumericGrid.linear(from: 0, to: 1, count: count)
            .map { lowest + distribution.quantile(1 - $0) * (highest - lowest) }
    }
}
