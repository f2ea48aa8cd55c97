import Diffusion
import DiffusionBasics
import DiffusionTensors
import TestSupport
import Testing

/// Inpainting against diffusers' `StableDiffusionInpaintPipeline`: with every sampler over an ordinary U-Net, and over one
/// that takes mask and picture as inputs.
@Suite(.serialized) struct InpaintingGoldenTests {
    struct Run: Sendable, CustomTestStringConvertible {
        let fixture: Fixture
        let name: String
        let model: String
        let request: GenerationRequest

        var testDescription: String { "\(fixture.path.split(separator: "/").last ?? "") \(name)" }

        init(_ node: JSONNode, _ fixture: Fixture) throws {
            let reader = try ConfigurationReader(node, file: fixture.file("runs.json"))
            self.fixture = fixture
            name = try reader.string("name", default: "")
            model = Fixture(try reader.string("model", default: "")).path
            var request = GenerationRequest(prompt: try reader.string("prompt", default: ""))
            request.negativePrompt = try reader.string("negativePrompt", default: "")
            (request.width, request.height) = (try reader.optionalInt("width"), try reader.optionalInt("height"))
            request.steps = try reader.optionalInt("steps")
            request.strength = try reader.optionalDouble("strength")
            request.guidanceScale = try reader.optionalDouble("guidanceScale")
            request.eta = try reader.double("eta", default: 0)
            request.seed = UInt64(try reader.int("seed", default: 0))
            request.sampler = try reader.optionalString("spelling")
            request.initialImage = .file(fixture.file("picture.png"))
            request.mask = .file(fixture.file("mask.png"))
            self.request = request
        }
    }

    private static func runs() throws -> [Run] {
        try ["inpaint/blended", "inpaint/extra_inputs"].map { Fixture($0) }.flatMap { fixture in
            try (fixture.json("runs.json").object?["runs"]?.array ?? []).map { try Run($0, fixture) }
        }
    }

    @Test func everySamplerAndBothKindsOfModelAreThere() throws {
        let runs = try Self.runs()
        let samplers = try Set(runs.map { try SamplerRegistry.displayName(of: $0.request.sampler ?? "") })
        #expect(samplers.count >= 15)
        #expect(runs.filter { $0.fixture.path.hasSuffix("extra_inputs") }.count >= 5)
    }

    @Test(arguments: try runs()) func repaintsAsDiffusers(_ run: Run) async throws {
        let expected = try run.fixture.tensors()
        let pipeline = try await DiffusionPipeline(.path(run.model), options: .init(threadCount: 2, precision: .f32))
        let latents = try #require(expected["\(run.name)/latents"])
        let pixels = try #require(expected["\(run.name)/image"])
        let mask = try #require(try pipeline.model.resolve(run.request).initialPicture?.mask)
        let expectedMask = try #require(expected["\(run.name)/mask"])
        #expect(firstDifferentBit(mask.latents(factor: pipeline.model.sizeFactor), expectedMask) == nil)
        let image = try #require(try await pipeline.images(run.request).first)
        // Where the configuration leaves it to the class, DDIM clips x₀, and latents end near 1: rounding weighs more.
        let tolerance = run.fixture.path.hasSuffix("extra_inputs") ? 1e-3 : 1e-4
        #expect(differences(image.latents, from: latents, tolerance: tolerance, name: "latents") == nil)
        #expect(image.image.height == pixels.shape[1] && image.image.width == pixels.shape[2])
        #expect(psnr(image.image.pixels, pixels.scalars) >= 50)
    }
}
