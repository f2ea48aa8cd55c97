import DiffusionTensors
import Testing

@Suite("torch.randn on a CPU")
struct TorchNoiseGeneratorTests {
    /// Seeds, sizes drawn one after another, and the hash of PyTorch's bytes; printed by `make_noise_goldens.py`.
    static let draws: [(seed: UInt64, sizes: [Int], hash: UInt64)] = [
        (0, [16384], 0xDF76_3936_577C_AC18),
        (42, [16384], 0xA6F5_89A0_8584_1B88),
        (42, [262_144], 0xB2F5_A60D_DE6E_CB89),
        (1234, [39936], 0x38ED_8117_62F6_1A72),
        (42, [25220], 0x3F3F_B644_A88C_1EDD),
        (7, [3, 5, 1, 16, 2, 40, 7, 15, 17, 1, 1, 64, 1000, 9], 0x3D92_2D65_423B_8B60),
        (9_223_372_049_200_454_709, [1, 33, 2, 100], 0x5D74_D52D_01F3_81C6),
        (4_294_967_301, [20, 3], 0x4276_8455_95A1_FFC3),
        (0, [15], 0x52B8_F3BC_C098_F4B9),
        (0, [16], 0x28D4_9F8F_92BF_21D6),
        (0, [1, 1, 1, 1], 0x0E97_C4A9_542B_C1A3),
        (3, [0, 17, 0, 2], 0x3244_D7B7_7FFB_B3C7),
    ]

    @Test("equals PyTorch bit for bit, draw after draw", arguments: draws)
    func equalsTorch(seed: UInt64, sizes: [Int], hash: UInt64) {
        var generator = TorchNoiseGenerator(seed: seed)
        #expect(byteHash(sizes.map { generator.normal([$0]) }) == hash)
    }

    @Test("a shape changes nothing but the shape")
    func shapes() {
        var flat = TorchNoiseGenerator(seed: 5)
        var shaped = TorchNoiseGenerator(seed: 5)
        let tensor = shaped.normal([1, 4, 5, 3])
        #expect(tensor.shape == [1, 4, 5, 3])
        #expect(tensor.scalars == flat.normal([60]).scalars)
    }

    @Test("a copy goes on alone")
    func copies() {
        var first = TorchNoiseGenerator(seed: 9)
        _ = first.normal([3])
        var second = first
        #expect(first.normal([100]).scalars == second.normal([100]).scalars)
    }
}
