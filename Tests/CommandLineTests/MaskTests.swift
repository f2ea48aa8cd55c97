import Diffusion
import DiffusionRenderer
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// `--mask`, alone and with `--from-image`, and models made for inpainting.
@Suite(.serialized) struct MaskTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }
    private static let fixture = Fixture("inpaint/blended")
    private static let picture = fixture.file("picture.png")
    private static let mask = fixture.file("mask.png")
    private static let inpaintingModel = Fixture("inpaint/extra_inputs").path

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    private func render(
        _ arguments: [String], model: String = DiffuseProgram.smallModel, input: [UInt8] = []
    ) async throws -> DiffuseProgram.Outcome {
        try await program.run(["a cat", "--steps", "2", "--seed", "5"] + arguments, model: model, input: input)
    }

    @Test(arguments: [DiffuseProgram.smallModel, inpaintingModel])
    func theCommandLineMakesTheLibrarysPictureAndMakesItAgain(_ model: String) async throws {
        let start = ["-i", Self.picture, "--mask", Self.mask]
        let made = try await render(start + ["-o", "a.png", "-b", "2"], model: model)
        #expect(made.code == 0 && made.errors.contains("strength 0.75, mask"), "\(made.errors)")
        let pipeline = try await DiffusionPipeline(.path(model))
        var request = GenerationRequest(prompt: "a cat")
        (request.steps, request.seed, request.imageCount) = (2, 5, 2)
        (request.initialImage, request.mask) = (.file(Self.picture), .file(Self.mask))
        let images = try await pipeline.images(request)
        for (name, image) in zip(["a.png", "a-1.png"], images) { #expect(try folder.bytes(name) == image.encoded()) }

        let marks = try ImageReader.read(folder.file("a.png")).marks
        #expect(marks.digitalSourceType?.hasSuffix("/compositeWithTrainedAlgorithmicMedia") == true)
        let refusals: [([String], String)] = [
            ([], "Name them with --init-img and --mask"), (["-i", Self.picture], "Name that one with --mask"),
            (["--mask", Self.mask], "Name that one with --init-img"),
        ]
        for (arguments, says) in refusals {
            let outcome = try await program.run(["--from-image", "a.png"] + arguments, model: model)
            #expect(outcome.code == 2 && outcome.errors.contains(says), "\(outcome.errors)")
        }
        let again = try await program.run(["--from-image", "a-1.png", "-o", "b.png"] + start, model: model)
        #expect(try again.code == 0 && folder.bytes("a-1.png") == folder.bytes("b.png"), "\(again.errors)")
    }

    @Test func aMaskComesFromStandardInput() async throws {
        #expect(try await render(["-i", Self.picture, "--mask_image", Self.mask, "-o", "a.png"]).code == 0)
        let piped = try await render(
            ["-i", Self.picture, "--mask", "-", "-o", "b.png"], input: RegularFile.contents(of: Self.mask))
        #expect(try piped.code == 0 && folder.bytes("a.png") == folder.bytes("b.png"), "\(piped.errors)")
        let both = try await render(["-i", "-", "--mask", "-"])
        #expect(both.code == 2 && both.errors.contains("both the picture and the mask"))
    }

    @Test func whatDoesNotFitTogetherIsRefused() async throws {
        let lone = try await render(["--mask", Self.mask])
        #expect(lone.code == 2 && lone.errors.contains("Name one with --init-img"), "\(lone.errors)")
        let missing = try await render(["-i", Self.picture, "--mask", "none.png"])
        #expect(missing.code == 2 && missing.errors.contains("none.png"), "\(missing.errors)")
        for (arguments, says) in [([], "--init-img and --mask"), (["-i", Self.picture], "Name the mask with --mask")] {
            let outcome = try await render(arguments, model: Self.inpaintingModel)
            #expect(outcome.code == 2 && outcome.errors.contains("is an inpainting model"), "\(outcome.errors)")
            #expect(outcome.errors.contains(says))
        }
        #expect(try folder.names == [])
    }

    @Test func case53AMaskOfAnotherSizeFailsAsAnItem() async throws {
        let small = try RGBImage(width: 3, height: 2, pixels: Array(repeating: 255, count: 18))
        try folder.write("mask.png", ImageWriter(format: .png).encode(small, metadata: nil).bytes)
        let outcome = try await render(["-i", Self.picture, "--mask", "mask.png", "-o", "a.png"])
        #expect(outcome.code == 3, "\(outcome.errors)")
        #expect(outcome.errors.contains("The mask has 3×2 pixels, but its picture has 45×37."))
        try folder.write("text.png", Array("white".utf8))
        let text = try await render(["-i", Self.picture, "--mask", "text.png", "-o", "a.png"])
        #expect(text.code == 3 && text.errors.contains("text.png is text"), "\(text.errors)")
        #expect(try folder.names.sorted() == ["mask.png", "text.png"])
    }

    @Test func aBlackMaskIsToldOf() async throws {
        let black = try RGBImage(width: 45, height: 37, pixels: Array(repeating: 9, count: 45 * 37 * 3))
        try folder.write("mask.png", ImageWriter(format: .png).encode(black, metadata: nil).bytes)
        let outcome = try await render(["-i", Self.picture, "--mask", "mask.png"])
        #expect(outcome.code == 0 && outcome.errors.contains("nothing is repainted"), "\(outcome.errors)")
    }

    @Test func aModelMadeForItIsInspectedAndMeasured() async throws {
        let report = try await program.run(["inspect", Self.inpaintingModel], model: nil)
        #expect(report.code == 0 && report.paths.contains("inpainting_model: true"), "\(report.errors)")
        let times = try await program.run(
            ["benchmark", "-m", Self.inpaintingModel, "--steps", "2"], model: nil)
        #expect(times.code == 0 && times.paths.contains { $0.hasPrefix("step_seconds: ") }, "\(times.errors)")
    }
}
