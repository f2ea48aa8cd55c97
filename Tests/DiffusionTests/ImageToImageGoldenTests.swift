import Diffusion
import DiffusionBasics
import DiffusionTensors
import TestSupport
import Testing

/// Image to image against diffusers' `StableDiffusionImg2ImgPipeline`, with every sampler.
@Suite(.serialized) struct ImageToImageGoldenTests {
    private static let fixture = Fixture("img2img/samplers")

    struct Run: Sendable, CustomTestStringConvertible {
        let name: String
        let model: String
        let request: GenerationRequest

        var testDescription: String { name }

        init(_ node: JSONNode) throws {
            let reader = try ConfigurationReader(node, file: fixture.file("runs.json"))
            name = try reader.string("name", default: "")
            model = Fixture("pipeline/\(try reader.string("model", default: ""))").path
            var request = GenerationRequest(prompt: try reader.string("prompt", default: ""))
            request.negativePrompt = try reader.string("negativePrompt", default: "")
            request.steps = try reader.optionalInt("steps")
            request.strength = try reader.optionalDouble("strength")
            request.guidanceScale = try reader.optionalDouble("guidanceScale")
            request.eta = try reader.double("eta", default: 0)
            request.seed = UInt64(try reader.int("seed", default: 0))
            request.sampler = try reader.optionalString("spelling")
            request.imageCount = try reader.int("imagesPerPrompt", default: 1)
            request.initialImage = .file(fixture.file("picture.png"))
            self.request = request
        }
    }

    private static func runs() throws -> [Run] {
        try (fixture.json("runs.json").object?["runs"]?.array ?? []).map(Run.init)
    }

    @Test(arguments: try runs()) func rendersAsDiffusers(_ run: Run) async throws {
        let expected = try Self.fixture.tensors()
        let pipeline = try await DiffusionPipeline(.path(run.model), options: .init(threadCount: 2, precision: .f32))
        let latents = try #require(expected["\(run.name)/latents"])
        let pixels = try #require(expected["\(run.name)/image"])
        var count = 0
        for image in try await pipeline.images(run.request) {
            let row = image.index..<image.index + 1
            #expect(differences(image.latents, from: latents.slice(row), tolerance: 1e-4, name: "latents") == nil)
            #expect(image.image.height == pixels.shape[1] && image.image.width == pixels.shape[2])
            #expect(psnr(image.image.pixels, pixels.slice(row).scalars) >= 50)
            count += 1
        }
        #expect(count == latents.shape[0])
    }
}
