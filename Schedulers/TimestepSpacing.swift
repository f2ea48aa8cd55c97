/// How the timesteps of a run are picked from those of training; raw values are diffusers' `timestep_spacing`
/// (Table 2 of arXiv 2305.08891).
public enum TimestepSpacing: String, Sendable, CaseIterable {
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
}
