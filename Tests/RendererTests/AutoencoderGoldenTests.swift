import DiffusionBasics
import DiffusionEngine
import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Decoder and encoder against diffusers, for every architecture in the fixtures.
@Suite(.serialized) struct AutoencoderGoldenTests {
    @Test(arguments: try Fixture.names(in: "vae")) func decodesAsDiffusers(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadKLDecoder(fixture, in: context)
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

    @Test(arguments: try Fixture.names(in: "vae")) func encodesAsDiffusers(_ name: String) throws {
        let fixture = Fixture(name)
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let encoder = try loadKLEncoder(fixture, in: context)
        let cases = ["encode", "encode_odd"].filter { tensors["\($0)/moments"] != nil }
        #expect(cases.contains("encode_odd"))
        for name in cases {
            let picture = try #require(tensors["\(name)/sample"])
            let latents = try encoder(try toNHWC(picture, in: context), in: context)
            for (part, actual) in [("mean", latents.mean), ("logvar", latents.logVariance)] {
                let expected = try #require(tensors["\(name)/\(part)"])
                let label = "\(fixture.path) \(name) \(part)"
                #expect(differences(actual, from: expected, tolerance: 1e-5, name: label) == nil)
            }
        }
    }

    /// The picture as the encoder takes it, and a draw of one call over the whole posterior.
    @Test func samplesAroundTheMean() throws {
        let moments = Tensor(shape: [2, 4, 1, 3], scalars: (0..<24).map { Float($0) / 4 - 3 })
        let latents = LatentDistribution(moments: moments)
        let rows = (0..<4).map { Array(moments.scalars[6 * $0..<6 * $0 + 6]) }
        #expect(latents.mean.scalars == Array((rows[0] + rows[2])))
        #expect(latents.logVariance.scalars == Array((rows[1] + rows[3])))
        var generator = TorchNoiseGenerator(seed: 5)
        var same = generator
        let sample = latents.sample(using: &generator)
        let noise = same.normal([2, 2, 1, 3])
        let expected = (0..<12).map {
            latents.mean.scalars[$0] + expf(0.5 * latents.logVariance.scalars[$0]) * noise.scalars[$0]
        }
        #expect(sample.scalars == expected)
        let ends = LatentDistribution(moments: Tensor(shape: [1, 2, 1, 2], scalars: [0, 0, -99, 99]))
        #expect(ends.logVariance.scalars == [-30, 20])
        let image = try RGBImage(width: 2, height: 1, pixels: [0, 51, 255, 102, 204, 153])
        #expect(image.tensor.shape == [1, 1, 2, 3] && image.tensor.scalars[0] == -1 && image.tensor.scalars[2] == 1)
        #expect(abs(image.tensor.scalars[1] + 0.6) < 1e-6)
    }

    @Test func theShiftIsLeftOutOnRequest() throws {
        let fixture = Fixture("vae/shifted_no_quant")
        let tensors = try fixture.tensors()
        let context = try ComputeContext(threadCount: 2)
        let decoder = try loadKLDecoder(fixture, in: context)
        let latents = try #require(tensors["decode/latents"])
        let scale = Float(decoder.configuration.scalingFactor)
        let unshifted = try decoder(latents: latents, addsShift: false, in: context)
        let direct = try decoder.decode(latents.map { $0 / scale }, in: context)
        #expect(firstDifferentBit(unshifted, direct) == nil)
        #expect(decoder.configuration.shiftFactor != 0)
    }
}

func loadKLEncoder(
    _ fixture: Fixture, arithmetic: ProductArithmetic = .float32, in context: ComputeContext
) throws -> AutoencoderKLEncoder {
    let store = try fixture.weights(
        "diffusion_pytorch_model.safetensors", rules: .autoencoder, optional: ["decoder", "post_quant_conv"])
    let scope = WeightScope(store).with(arithmetic).packed(for: context.instructionPath)
    let configuration = try AutoencoderConfiguration(fixture.configuration())
    let encoder = AutoencoderKLEncoder(scope, configuration: configuration)
    try store.check()
    #expect(store.unreadNames == [])
    try context.load(scope.loads)
    return encoder
}

func loadKLDecoder(
    _ fixture: Fixture, arithmetic: ProductArithmetic = .float32, in context: ComputeContext
) throws -> AutoencoderKLDecoder {
    let reader = try fixture.configuration()
    let store = try fixture.weights(
        "diffusion_pytorch_model.safetensors", rules: .autoencoder, optional: ["encoder", "quant_conv"])
    let scope = WeightScope(store).with(arithmetic).packed(for: context.instructionPath)
    let decoder = AutoencoderKLDecoder(scope, configuration: try AutoencoderConfiguration(reader))
    try store.check()
    #expect(store.unreadNames == [])
    #expect(reader.unknownKeys.isEmpty)
    try context.load(scope.loads)
    return decoder
}
