import DiffusionBasics
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights
import TestSupport
import Testing

/// The decoder against diffusers, for every architecture in the fixtures.
@Suite(.serialized) struct AutoencoderGoldenTests {
    @Test(arguments: try Fixture.names(in: "vae")) func decodesAsDiffusers(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadDecoder(fixture, in: context)
        let cases = Set(tensors.keys.filter { $0.hasSuffix("/latents") }.map { String($0.dropLast("/latents".count)) })
        #expect(!cases.isEmpty)
        for name in cases.sorted() {
            let picture = try decoder(
                latents: try #require(tensors["\(name)/latents"]), addsShift: true, in: context)
            let expected = try #require(tensors["\(name)/sample"])
            let label = "\(fixture.path) \(name)"
            #expect(differences(picture.channelsFirst, from: expected, tolerance: 1e-5, name: label) == nil)
        }
    }

    @Test func theShiftIsLeftOutOnRequest() throws {
        let fixture = Fixture("vae/shifted_no_quant")
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadDecoder(fixture, in: context)
        let latents = try #require(tensors["decode/latents"])
        let scale = Float(decoder.configuration.scalingFactor)
        let unshifted = try decoder(latents: latents, addsShift: false, in: context)
        let direct = try decoder.decode(latents.map { $0 / scale }, in: context)
        #expect(firstDifferentBit(unshifted, direct) == nil)
        #expect(decoder.configuration.shiftFactor != 0)
    }
}

private func loadDecoder(_ fixture: Fixture, in context: ComputeContext) throws -> AutoencoderKLDecoder {
    let reader = try fixture.configuration()
    let store = try fixture.weights(
        "diffusion_pytorch_model.safetensors", rules: .autoencoder, optional: ["encoder", "quant_conv"])
    let scope = WeightScope(store)
    let decoder = AutoencoderKLDecoder(scope, configuration: try AutoencoderConfiguration(reader))
    try store.check()
    #expect(store.unreadNames == [])
    #expect(reader.unknownKeys.isEmpty)
    try context.load(scope.loads)
    return decoder
}
