/// How the timesteps of a run are picked from those of training; raw values are diffusers' `timestep_spacing`
/// (Table 2 of arXiv 2305.08891).
public enum TimestepSpacing: String, Sendable, Codable, CaseIterable {
    /// Whole strides from 0 up, moved by `steps_offset`.
    case leading
    /// Evenly from 0 to the last timestep.
    case linspace
    /// Even strides from the last timestep down.
    case trailing

    /// The whole timesteps of DDIM and DDPM, falling.
    /// - Parameters:
    ///   - stepCount: 1 to `trainCount`.
    ///   - offset: `steps_offset`; counts for `leading` only.
    func timesteps(stepCount: Int, trainCount: Int, offset: Int) -> [Int] {
        switch self {
        case .linspace:
            NumericGrid.linear(from: 0, to: Double(trainCount - 1), count: stepCount).reversed()
                .map { Int($0.rounded(.toNearestOrEven)) }
        case .leading:
            (0..<stepCount).reversed().map { $0 * (trainCount / stepCount) + offset }
        case .trailing:
            NumericGrid.falling(
                from: Double(trainCount), by: Double(trainCount) / Double(stepCount), count: stepCount
            ).map { Int($0.rounded(.toNearestOrEven)) - 1 }
        }
    }

    /// The timesteps of solvers in sigma space (Euler, LMS, Heun, KDPM2), falling; fractional with `linspace`.
    func fractionalTimesteps(stepCount: Int, trainCount: Int, offset: Int) -> [Double] {
        guard self == .linspace else {
            return timesteps(stepCount: stepCount, trainCount: trainCount, offset: offset).map(Double.init)
        }
        return NumericGrid.linear(from: 0, to: Double(trainCount - 1), count: stepCount).reversed()
            .map { Double(Float($0)) }
    }

    /// The timesteps of DPM-Solver and its kin, falling: one more point is laid out, and the one at the end of the run
    /// left off.
    /// - Parameter usable: the timesteps of training whose signal-to-noise is not cut off.
    func solverTimesteps(stepCount: Int, trainCount: Int, usable: Int, offset: Int) -> [Int] {
        switch self {
        case .linspace:
            return NumericGrid.linear(from: 0, to: Double(usable - 1), count: stepCount + 1).dropFirst().reversed()
                .map { Int($0.rounded(.toNearestOrEven)) }
        case .leading:
            return (1...stepCount).reversed().map { $0 * (usable / (stepCount + 1)) + offset }
        case .trailing:
            let stride = Double(trainCount) / Double(stepCount)
            let count = min(stepCount, Int((Double(usable) / stride).rounded(.up)))
            return NumericGrid.falling(from: Double(usable), by: stride, count: count)
                .map { Int($0.rounded(.toNearestOrEven)) - 1 }
        }
    }
}
