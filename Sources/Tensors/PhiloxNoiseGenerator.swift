import Foundation

/// Normal numbers from the counter-based generator Philox 4×32-10 (Salmon et al., SC 2011).
///
/// Element k of call c comes from the counter (c, 0, k, 0) and the seed's two halves as key, so no number depends on those
/// before it. Of the four words the first two become one normal number, √(−2 ln u)·sin v with u = (w₀ + ½)·2⁻³² and
/// v = (w₁ + ½)·2π·2⁻³². It is what PyTorch draws on an NVIDIA GPU while a draw fits its threads, and what A1111 and
/// ComfyUI call "NV"; like A1111 it rounds once, at the end.
public struct PhiloxNoiseGenerator: NoiseGenerator {
    private let key: SIMD2<UInt32>
    private var call: UInt32 = 0

    /// All 64 bits of the seed count.
    public init(seed: UInt64) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    }

    /// As `torch.randn(shape, device="cuda")` draws them.
    public mutating func normal(_ shape: Shape) -> Tensor {
        defer { call &+= 1 }
        return Tensor(shape: shape) { target in
            for element in target.indices {
                let counter = SIMD4(
                    call, 0, UInt32(truncatingIfNeeded: element), UInt32(truncatingIfNeeded: element >> 32))
                target[element] = Self.normal(Self.words(counter: counter, key: key))
            }
        }
    }

    /// The four random words of a counter.
    package static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (counter, key) = (counter, key)
        for round in 0..<10 {
            if round > 0 { key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let first = counter.x.multipliedFullWidth(by: 0xD251_1F53)
            let second = counter.z.multipliedFullWidth(by: 0xCD9E_8D57)
            counter = SIMD4(
                second.high ^ counter.y ^ key.x, second.low, first.high ^ counter.w ^ key.y, first.low)
        }
        return counter
    }

    private static func normal(_ words: SIMD4<UInt32>) -> Float {
        // A1111's factors are Float32, its arithmetic Float64.
        let unit: Float = 2.3283064e-10
        let turn = Float(2.3283064e-10 * 6.2831855)
        let u = Double(words.x) * Double(unit) + Double(unit / 2)
        let v = Double(words.y) * Double(turn) + Double(turn / 2)
        return Float((-2 * log(u)).squareRoot() * sin(v))
    }
}
