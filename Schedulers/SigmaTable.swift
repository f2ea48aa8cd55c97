import Foundation

/// The noise level σ = √((1 − ᾱ)/ᾱ) at each timestep of training, and the way back from a level to a timestep.
struct SigmaTable: Sendable {
    /// σ by timestep, rising.
    let sigmas: [Float]
    private let logs: [Float]

    /// - Throws: `SchedulerError` where a level is 0 or infinite.
    init(_ schedule: NoiseSchedule) throws {
        if let timestep = schedule.alphasCumprod.firstIndex(of: 1) { throw SchedulerError.noNoise(timestep: timestep) }
        if let timestep = schedule.alphasCumprod.firstIndex(of: 0) {
            throw SchedulerError.noSignal(timestep: timestep)
        }
        sigmas = schedule.alphasCumprod.map(NoiseSchedule.sigma)
        logs = sigmas.map { logf($0) }
    }

    /// The lowest and highest level of training.
    var range: (lowest: Double, highest: Double) { (Double(sigmas[0]), Double(sigmas[sigmas.count - 1])) }

    /// σ at a timestep, linear between whole ones.
    func sigma(at timestep: Double) -> Double { NumericGrid.interpolated(sigmas.map(Double.init), at: timestep) }

    /// σ at each of `timesteps`.
    func sigmas(at timesteps: [Double]) -> [Double] {
        let values = sigmas.map(Double.init)
        return timesteps.map { NumericGrid.interpolated(values, at: $0) }
    }

    /// The timestep at which training saw a level, linear in log σ between whole ones, 0 to the last.
    func timestep(ofSigma sigma: Double) -> Double {
        guard logs.count > 1 else { return 0 }
        let target = log(max(sigma, 1e-10))
        let notAbove = logs.lastIndex { Double($0) <= target } ?? 0
        let low = min(notAbove, logs.count - 2)
        let weight = (Double(logs[low]) - target) / Double(logs[low] - logs[low + 1])
        let share = min(max(weight, 0), 1)
        return (1 - share) * Double(low) + share * Double(low + 1)
    }
}
