/// Deterministic inputs (SplitMix64, Steele et al. 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// What inputs hold besides ordinary numbers.
enum Awkwardness: CaseIterable, Sendable {
    /// Only numbers of the size that activations have.
    case none
    /// Zeros of both signs, subnormals, tiny and large numbers too.
    case finite
    /// Infinities and NaNs as well.
    case hostile
}

private let finiteSpecials: [Float] = [
    0, -0.0, .leastNonzeroMagnitude, -Float.leastNormalMagnitude / 64, .leastNormalMagnitude, 1e-20, -87.4, 88.3, 88.7,
    -88.8, 15, -15, 104, -104,
]
private let hostileSpecials: [Float] = [.infinity, -.infinity, .nan, 1e30, -1e30, -.greatestFiniteMagnitude]

/// Numbers of about ±`scale`, every fifth or so from the list of special ones.
func awkwardValues(_ count: Int, seed: UInt64, scale: Float = 4, _ awkwardness: Awkwardness = .none) -> [Float] {
    var generator = SeededGenerator(seed)
    let specials = awkwardness == .hostile ? finiteSpecials + hostileSpecials : finiteSpecials
    return (0..<count).map { _ in
        let ordinary = Float.random(in: -1...1, using: &generator) + Float.random(in: -1...1, using: &generator)
        let isSpecial = Int.random(in: 0..<5, using: &generator) == 0 && awkwardness != .none
        return isSpecial ? specials.randomElement(using: &generator) ?? 0 : ordinary * scale
    }
}

/// Counts around the width of a vector and of the unrolled loops.
let awkwardCounts = [0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 79, 100, 130, 1000]
