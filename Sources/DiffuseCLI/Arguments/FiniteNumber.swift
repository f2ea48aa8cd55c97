import ArgumentParser

/// A decimal number as a flag's value: `nan`, `inf` and what is too large for one are refused as they were typed.
struct FiniteNumber: ExpressibleByArgument {
    let value: Double

    init?(argument: String) {
        guard let value = Double(argument), value.isFinite else { return nil }
        self.value = value
    }
}
