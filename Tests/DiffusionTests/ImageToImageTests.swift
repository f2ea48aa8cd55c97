import Diffusion
import DiffusionRenderer
import DiffusionTensors
import DiffusionWeights
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ImageToImageTests {
    private let location = ModelLocation.path(Fixture("pipeline/sd1_ddim").path)
    private let path = Fixture("img2img/samplers").file("picture.png")

    private func request(_ change: (inout GenerationRequest) -> Void = { _ in }) -> GenerationRequest {
        var request = GenerationRequest(prompt: "a photo of a cat")
        (request.steps, request.seed, request.initialImage) = (4, 7, .file(path))
        change(&request)
        return request
    }

    @Test func thePicturesOwnSizeIsTakenDownToTheFactor() throws {
        let model = try DiffusionModel(location)
        let resolved = try model.resolve(request())
        #expect(resolved.width == 40 && resolved.height == 32)
        let picture = try #require(resolved.initialPicture)
        #expect(picture.image.width == 40 && picture.image.height == 32 && picture.strength == 0.75)
        #expect(try model.resolve(request { $0.width = 64 }).height == 32)
        let tiny = try RGBImage(width: 7, height: 9, pixels: Array(repeating: 1, count: 189))
        #expect(throws: RequestError.self) { try model.resolve(request { $0.initialImage = .image(tiny) }) }
        #expect(try model.resolve(request { ($0.initialImage, $0.width, $0.height) = (.image(tiny), 8, 8) }).width == 8)
    }

    @Test(arguments: [(10, 0.75, 7), (10, 0.1, 1), (10, 1, 10), (10, 0.09, 0), (10, 0, 0), (3, 0.67, 2)])
    func strengthIsTheShareOfSteps(_ steps: Int, _ strength: Double, _ count: Int) throws {
        let model = try DiffusionModel(location)
        func evaluations(_ sampler: String) throws -> Int {
            try model.evaluationCount(
                of: try model.resolve(
                    request { ($0.steps, $0.strength, $0.sampler) = (steps, strength, sampler) }))
        }
        #expect(try evaluations("ddim") == count)
        // Two a step, the last has one.
        #expect(try evaluations("heun") == max(0, 2 * count - 1))
    }

    @Test(arguments: [-0.1, 1.1, .nan, .infinity]) func impossibleStrengthIsRefused(_ strength: Double) throws {
        let model = try DiffusionModel(location)
        #expect(throws: RequestError.self) { try model.resolve(request { $0.strength = strength }) }
    }

    /// With nothing to be done the picture only passes the autoencoder.
    @Test func noStrengthKeepsThePicture() async throws {
        let pipeline = try await DiffusionPipeline(location)
        var names: [String] = []
        var finished: GeneratedImage?
        for try await event in try pipeline.generate(request { ($0.strength, $0.imageCount) = (0, 2) }) {
            switch event {
            case .promptEncoded: names.append("prompt")
            case .stepCompleted: names.append("step")
            case .finished(let image):
                names.append("image")
                finished = finished ?? image
            }
        }
        #expect(names == ["prompt", "image", "image"])
        let start = try #require(try pipeline.model.resolve(request()).initialPicture).image
        let latents = try await pipeline.encode(image: start, seed: 7)
        #expect(firstDifferentBit(latents, try #require(finished).latents) == nil)
        #expect(try await pipeline.picture(latents: latents) == finished?.image)
    }

    @Test func threadsBatchAndThePicturesFormDoNotChangeTheBytes() async throws {
        let pipeline = try await DiffusionPipeline(location, options: .init(threadCount: 1))
        let other = try await DiffusionPipeline(location, options: .init(threadCount: 3))
        let batch = try await pipeline.images(request { $0.imageCount = 2 })
        let own = InitialImage.image(try ImageReader.read(path, options: .withoutAlpha).image)
        let alone = try await other.images(request { ($0.seed, $0.initialImage) = (8, own) })
        #expect(batch.count == 2 && alone.first?.image == batch.last?.image)
        #expect(try alone.first?.encoded() == batch.last?.encoded())
    }

    @Test func thePictureSaysThatAnotherWentIntoIt() async throws {
        let pipeline = try await DiffusionPipeline(location)
        let image = try #require(try await pipeline.images(request { $0.strength = 0.5 }).first)
        #expect(image.metadata.sourceType == .compositeWithTrainedAlgorithmicMedia)
        #expect(image.metadata.parameters["Denoising strength"] == "0.5")
        let text = try #require(try await pipeline.images(request { $0.initialImage = nil }).first)
        #expect(text.metadata.sourceType == .trainedAlgorithmicMedia)
        #expect(text.metadata.parameters["Denoising strength"] == nil)
    }

    @Test func theEncoderIsReadWhenAPictureNeedsIt() async throws {
        let folder = try TemporaryFolder()
        let model = "\(folder.path)/model"
        try FileManager.default.copyItem(atPath: Fixture("pipeline/sd1_ddim").path, toPath: model)
        let weights = "\(model)/vae/diffusion_pytorch_model.safetensors"
        try loadTensors(weights).filter { !$0.key.hasPrefix("encoder.") }.write(to: weights)
        let pipeline = try await DiffusionPipeline(.path(model))
        #expect(
            try await pipeline.images(request { ($0.initialImage, $0.width, $0.height) = (nil, 16, 16) }).count == 1)
        let error = await #expect(throws: (any Error).self) { try await pipeline.images(request()) }
        #expect("\(try #require(error))".contains("encoder.conv_in.weight"))
        await #expect(throws: (any Error).self) { try await pipeline.loadEncoder() }
        #expect(
            try await pipeline.images(request { ($0.initialImage, $0.width, $0.height) = (nil, 16, 16) }).count == 1)
    }

    @Test func noiseOfOnesOwnStandsForTheSeedsFirstDraw() async throws {
        let pipeline = try await DiffusionPipeline(location)
        func text(_ change: (inout GenerationRequest) -> Void = { _ in }) -> GenerationRequest {
            request {
                ($0.initialImage, $0.width, $0.height, $0.sampler) = (nil, 24, 16, "euler")
                change(&$0)
            }
        }
        var generator = TorchNoiseGenerator(seed: 7)
        let noise = generator.normal([1, 4, 2, 3])
        let drawn = try #require(try await pipeline.images(text()).first)
        let given = try #require(try await pipeline.images(text { $0.seed = 99 }, startingNoise: noise).first)
        #expect(drawn.image == given.image)
        #expect(given.metadata.parameters["Starting noise"] == "given")
        let both = Tensor.concatenated([noise, 2 * noise])
        let two = try await pipeline.images(text { $0.imageCount = 2 }, startingNoise: both)
        #expect(two.first?.image == drawn.image && two.last?.image != drawn.image)
        #expect(throws: RequestError.self) { try pipeline.generate(text(), startingNoise: both) }
        #expect(throws: RequestError.self) { try pipeline.generate(text { $0.width = 32 }, startingNoise: noise) }
        #expect(throws: RequestError.self) {
            try pipeline.generate(text(), startingNoise: noise.map { $0 / 0 })
        }
        #expect(throws: RequestError.self) {
            try pipeline.generate(
                request { ($0.width, $0.height) = (24, 16) }, startingNoise: noise)
        }
    }
}

extension [String: Tensor] {
    fileprivate func write(to path: String) throws {
        let tensors = sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
        try Data(SafetensorsWriter.bytes(of: tensors)).write(to: URL(fileURLWithPath: path))
    }
}
