import DiffusionBasics

/// The evenly spaced sequences diffusers takes from NumPy, with NumPy's rounding.
enum NumericGrid {
    /// `numpy.linspace(start, stop, count)`.
    static func linear(from start: Double, to stop: Double, count: Int) -> [Double] {
        guard count > 1 else { return count == 1 ? [start] : [] }
        let step = (stop - start) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? stop : Double($0) * step + start }
    }

    /// The first `count` of `numpy.arange(start, 0, -step)`.
    ///
    /// For some counts (61 of 1000, 103, …) rounding gives NumPy one entry more, near 0, and diffusers then takes a step
    /// at timestep −1. That step is not followed.
    static func falling(from start: Double, by step: Double, count: Int) -> [Double] {
        let delta = (start - step) - start
        return (0..<count).map { start + Double($0) * delta }
    }

    /// `numpy.interp(x, 0..<values.count, values)`: linear between neighbours, constant outside.
    static func interpolated(_ values: [Double], at x: Double) -> Double {
        ensure(!values.isEmpty, "interpolation of nothing")
        guard x > 0 else { return values[0] }
        let below = Int(x)
        guard below < values.count - 1 else { return values[values.count - 1] }
        return (values[below + 1] - values[below]) * (x - Double(below)) + values[below]
    }
}
