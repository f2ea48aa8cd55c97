import Diffusion
import DiffusionBasics
import DiffusionRenderer
import DiffusionTensors
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct InpaintingTests {
    private static let ordinary = ModelLocation.path(Fixture("pipeline/sd1_ddim").path)
    private static let made = ModelLocation.path(Fixture("inpaint/extra_inputs").path)

    private func request(_ change: (inout GenerationRequest) -> Void = { _ in }) throws -> GenerationRequest {
        var request = GenerationRequest(prompt: "a photo of a cat")
        (request.steps, request.seed, request.strength) = (4, 7, 0.75)
        request.initialImage = .image(try Self.picture(width: 32, height: 24) { UInt8(($0 * 7 + $1 * 5) % 256) })
        request.mask = .image(try Self.halves(width: 32, height: 24))
        change(&request)
        return request
    }

    private static func picture(width: Int, height: Int, _ level: (Int, Int) -> UInt8) throws -> RGBImage {
        let levels = (0..<height).flatMap { y in (0..<width).map { x in level(x, y) } }
        return try RGBImage(width: width, height: height, pixels: levels.flatMap { [$0, $0, $0] })
    }

    /// White on the right.
    private static func halves(width: Int, height: Int) throws -> RGBImage {
        try picture(width: width, height: height) { x, _ in x < width / 2 ? 0 : 255 }
    }

    @Test func latentsOutsideTheMaskAreThePictures() async throws {
        let pipeline = try await DiffusionPipeline(Self.ordinary)
        let request = try request()
        let image = try #require(try await pipeline.images(request).first)
        let picture = try #require(try pipeline.model.resolve(request).initialPicture)
        let own = try await pipeline.encode(image: picture.image, seed: 7)
        let (width, values, kept) = (4, image.latents.scalars, own.scalars)
        for index in values.indices where index % width < width / 2 { #expect(values[index] == kept[index]) }
        #expect(values.indices.contains { $0 % width >= width / 2 && values[$0] != kept[$0] })
    }

    @Test func anEmptyMaskKeepsThePictureAndAFullOneIsImageToImage() async throws {
        let pipeline = try await DiffusionPipeline(Self.ordinary)
        func image(_ level: UInt8?) async throws -> RGBImage {
            let mask = try level.map { level in try Self.picture(width: 32, height: 24) { _, _ in level } }
            return try #require(
                try await pipeline.images(request { $0.mask = mask.map(InitialImage.image) }).first
            ).image
        }
        let still = try #require(
            try await pipeline.images(request { ($0.mask, $0.strength) = (nil, 0) }).first)
        #expect(try await image(0) == still.image)
        #expect(try await image(255) == image(nil))
    }

    @Test(arguments: [ordinary, made]) func threadsAndBatchesDoNotChangeTheBytes(_ location: ModelLocation) async throws
    {
        let pipeline = try await DiffusionPipeline(location, options: .init(threadCount: 1))
        let other = try await DiffusionPipeline(location, options: .init(threadCount: 3))
        let batch = try await pipeline.images(request { $0.imageCount = 2 })
        let alone = try #require(try await other.images(request { $0.seed = 8 }).first)
        #expect(try batch.count == 2 && batch[1].encoded() == alone.encoded())
        #expect(alone.metadata.parameters["Mask"] == "given")
        #expect(alone.metadata.sourceType == .compositeWithTrainedAlgorithmicMedia)
    }

    /// With so little strength that no step remains, and with a scheduler that takes two calls a step.
    @Test(arguments: [ordinary, made]) func noStepsKeepThePicture(_ location: ModelLocation) async throws {
        let pipeline = try await DiffusionPipeline(location)
        let image = try #require(
            try await pipeline.images(request { ($0.strength, $0.sampler) = (0.1, "heun") }).first)
        let picture = try #require(try pipeline.model.resolve(request()).initialPicture)
        #expect(firstDifferentBit(image.latents, try await pipeline.encode(image: picture.image, seed: 7)) == nil)
    }

    @Test func aModelMadeForItIsRecognisedAndAsksForWhatItNeeds() throws {
        let model = try DiffusionModel(Self.made)
        #expect(try model.isInpaintingModel && !DiffusionModel(Self.ordinary).isInpaintingModel)
        let cases: [((inout GenerationRequest) -> Void, String)] = [
            ({ ($0.initialImage, $0.mask) = (nil, nil) }, "--init-img and --mask"), ({ $0.mask = nil }, "--mask"),
        ]
        for (change, remedy) in cases {
            let error = #expect(throws: RequestError.self) { try model.resolve(request(change)) }
            #expect(try #require(error).sentence.contains("is an inpainting model"))
            #expect(try #require(error).remedy?.contains(remedy) == true)
        }
        #expect(throws: RequestError.self) {
            try DiffusionModel(Self.ordinary).resolve(request { $0.initialImage = nil })
        }
    }

    @Test func otherInputsAreNamed() throws {
        let folder = try TemporaryFolder()
        let model = "\(folder.path)/model"
        try FileManager.default.copyItem(atPath: Fixture("inpaint/extra_inputs").path, toPath: model)
        let path = "\(model)/unet/config.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let changed = text.replacingOccurrences(of: "\"in_channels\": 9", with: "\"in_channels\": 8")
        #expect(changed != text)
        try changed.write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: RequestError.self) { try DiffusionModel(.path(model)) }
        #expect(
            try #require(error).sentence.hasSuffix(
                "takes 8 channels, but the autoencoder's latents have 4: "
                    + "expected 4, or 9 of an inpainting model."))
    }

    @Test func aMaskOfAnotherSizeIsRefusedByBothSizes() throws {
        let mask = InitialImage.image(try Self.halves(width: 24, height: 32))
        let error = #expect(throws: ImageError.self) {
            try DiffusionModel(Self.ordinary).resolve(request { $0.mask = mask })
        }
        #expect(try #require(error).sentence == "The mask has 24×32 pixels, but its picture has 32×24.")
    }

    @Test func requestsWithMasksAreCodable() throws {
        let whole = try request()
        #expect(try JSONDecoder().decode(GenerationRequest.self, from: JSONEncoder().encode(whole)) == whole)
        let text = #"{"prompt": "a", "init_images": ["a.png"], "mask": "b.png"}"#
        let read = try JSONDecoder().decode(GenerationRequest.self, from: Data(text.utf8))
        #expect(read.initialImage == .file("a.png") && read.mask == .file("b.png"))
        let broken = #"{"prompt": "a", "mask": "data:image/png;base64,AAAA"}"#
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(GenerationRequest.self, from: Data(broken.utf8))
        }
        #expect("\(try #require(error))".contains("the picture in mask"))
    }
}
