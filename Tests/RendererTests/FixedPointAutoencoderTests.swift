import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import TestSupport
import Testing

/// Whole autoencoders in 16-bit fixed point, for every architecture in the fixtures.
@Suite(.serialized) struct FixedPointAutoencoderTests {
    private static let errorBound = 5e-3

    @Test(arguments: try Fixture.names(in: "vae")) func decodesNearFloat32(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let exact = try loadKLDecoder(fixture, in: context)
        let fixed = try loadKLDecoder(fixture, arithmetic: .fixed16, in: context)
        for (label, latents) in tensors.sorted(by: { $0.key < $1.key }) where label.hasSuffix("/latents") {
            let error = relativeError(
                try fixed(latents: latents, addsShift: true, in: context),
                try exact(latents: latents, addsShift: true, in: context))
            print("\(name) \(label): rms error \(error) of the rms")
            #expect(error <= Self.errorBound)
        }
    }

    @Test(arguments: try Fixture.names(in: "vae")) func encodesNearFloat32(_ name: String) throws {
        let fixture = Fixture(name)
        let picture = try #require(try fixture.tensors()["encode_odd/sample"])
        let context = try ComputeContext(threadCount: 2)
        let exact = try loadKLEncoder(fixture, in: context)(try toNHWC(picture, in: context), in: context)
        let fixed = try loadKLEncoder(fixture, arithmetic: .fixed16, in: context)(
            try toNHWC(picture, in: context), in: context)
        #expect(relativeError(fixed.mean, exact.mean) <= Self.errorBound)
        #expect(relativeError(fixed.logVariance, exact.logVariance) <= Self.errorBound)
    }

    @Test(arguments: ["vae/sd_like", "vae/old_attention_names"])
    func isTheSameForEveryThreadCountAndPath(_ name: String) throws {
        let fixture = Fixture(name)
        let latents = try #require(try fixture.tensors().first { $0.key.hasSuffix("/latents") }?.value)
        let first = try ComputeContext(threadCount: 1, instructionPath: .portable)
        let reference = try loadKLDecoder(fixture, arithmetic: .fixed16, in: first)(
            latents: latents, addsShift: false, in: first)
        for path in InstructionPath.allCases where path.isAvailable {
            for threadCount in [1, 2, 3, 8] {
                let context = try ComputeContext(threadCount: threadCount, instructionPath: path)
                let decoder = try loadKLDecoder(fixture, arithmetic: .fixed16, in: context)
                let picture = try decoder(latents: latents, addsShift: false, in: context)
                #expect(firstDifferentBit(picture, reference) == nil, "\(path.rawValue), \(threadCount) threads")
            }
        }
    }
}
