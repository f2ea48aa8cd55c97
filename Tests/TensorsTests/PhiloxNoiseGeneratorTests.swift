import DiffusionTensors
import Testing

@Suite("Philox")
struct PhiloxNoiseGeneratorTests {
    @Test("the known answer for counter and key of zeros (Random123)")
    func knownAnswer() {
        let words = PhiloxNoiseGenerator.words(counter: .zero, key: .zero)
        #expect(words == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    }

    @Test("the known answer for the digits of pi (Random123)")
    func knownAnswerOfPi() {
        let words = PhiloxNoiseGenerator.words(
            counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: SIMD2(0xA409_3822, 0x299F_31D0))
        #expect(words == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    /// Seeds, sizes of the calls, the first numbers; printed by `make_noise_goldens.py`.
    static let draws: [(seed: UInt64, sizes: [Int], first: [Float])] = [
        (0, [4, 4], [-0.9246624112129211, -0.42534396052360535, -2.643845796585083, 0.14518387615680695]),
        (
            0x1234_5678_9ABC_DEF0, [1, 2, 5],
            [0.48971056938171387, 1.2097467184066772, -0.35250672698020935, 1.0707505941390991]
        ),
        (42, [16384], [0.1940188705921173, 2.1613738536834717, -0.17205095291137695, 0.8490599989891052]),
    ]

    @Test("maps to normal numbers as A1111 does", arguments: draws)
    func normals(seed: UInt64, sizes: [Int], first: [Float]) {
        var generator = PhiloxNoiseGenerator(seed: seed)
        let found = sizes.flatMap { generator.normal([$0]).scalars }
        for (found, expected) in zip(found, first) { #expect(abs(found - expected) <= expected.magnitude.ulp) }
    }

    @Test("a call's numbers do not depend on the sizes of earlier calls")
    func callsAreIndependent() {
        var (small, large) = (PhiloxNoiseGenerator(seed: 8), PhiloxNoiseGenerator(seed: 8))
        _ = (small.normal([1]), large.normal([500]))
        #expect(small.normal([7]).scalars == Array(large.normal([9]).scalars.prefix(7)))
    }

    @Test("mean 0 and variance 1")
    func moments() {
        var generator = PhiloxNoiseGenerator(seed: 3)
        let numbers = generator.normal([100_000]).scalars.map(Double.init)
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)
        #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.02)
    }
}
