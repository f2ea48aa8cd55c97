import Diffusion
import DiffusionRenderer
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// `--init-img`, `--strength`, and pictures that are odd or broken.
@Suite(.serialized) struct ImageToImageTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }
    private static let picture = Fixture("img2img/samplers").file("picture.png")

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    private func render(_ arguments: [String]) async throws -> DiffuseProgram.Outcome {
        try await program.run(["a cat", "--steps", "2", "--seed", "5"] + arguments)
    }

    private func image(_ name: String) throws -> DecodedImage { try ImageReader.read(folder.file(name)) }

    @Test(arguments: [["-i"], ["--init-img"], ["--image"], ["--img2img"], ["--init_img"]])
    func aPictureIsBegunWith(_ flag: [String]) async throws {
        let outcome = try await render(flag + [Self.picture, "--strength", "0.5", "-o", "a.png"])
        #expect(outcome.code == 0 && outcome.paths == ["a.png"], "\(outcome.errors)")
        let image = try image("a.png")
        #expect(image.image.width == 40 && image.image.height == 32)
        #expect(image.marks.parameters?["Denoising strength"] == "0.5")
        #expect(image.marks.digitalSourceType?.hasSuffix("/compositeWithTrainedAlgorithmicMedia") == true)
    }

    @Test func theCommandLineMakesTheLibrarysPicture() async throws {
        #expect(try await render(["-i", Self.picture, "-o", "a.png", "-b", "2", "-W", "48"]).code == 0)
        let pipeline = try await DiffusionPipeline(.path(DiffuseProgram.smallModel))
        var request = GenerationRequest(prompt: "a cat")
        (request.steps, request.seed, request.width, request.imageCount) = (2, 5, 48, 2)
        request.initialImage = .file(Self.picture)
        let images = try await pipeline.images(request)
        for (name, image) in zip(["a.png", "a-1.png"], images) { #expect(try folder.bytes(name) == image.encoded()) }
    }

    @Test func aPictureComesFromStandardInput() async throws {
        #expect(try await render(["-i", Self.picture, "-o", "a.png"]).code == 0)
        let piped = try await program.run(
            ["a cat", "--steps", "2", "--seed", "5", "-i", "-", "-o", "b.png"],
            input: RegularFile.contents(of: Self.picture))
        #expect(piped.code == 0, "\(piped.errors)")
        #expect(try folder.bytes("a.png") == folder.bytes("b.png"))
        let both = try await program.run(["-", "-i", "-"], input: Array("a cat".utf8))
        #expect(both.code == 2 && both.errors.contains("both the prompt and the picture"))
    }

    @Test func whatDoesNotFitTogetherIsRefused() async throws {
        let refusals: [(arguments: [String], says: String)] = [
            (["--strength", "0.5"], "Name one with --init-img"),
            (["-i", Self.picture, "--strength", "1.5"], #"--strength is "1.5", expected 0 to 1."#),
            (["-i", Self.picture, "--strength", "nan"], "'nan' is invalid for '--strength"),
            (["-i", "none.png"], "none.png"),
            (["-i", Self.picture, "-W", "41"], #"--width is "41""#),
            (["-i", Self.picture, "--init-latents", "x"], "Leave one of them out"),
        ]
        for (arguments, says) in refusals {
            let outcome = try await render(arguments)
            #expect(outcome.code == 2 && outcome.errors.contains(says), "\(outcome.errors)")
        }
        #expect(try folder.names == [])
    }

    // MARK: - Cases 50 to 52 of the reliability list; the reader's own tests go through each byte

    private static let pictures = FileSystem.join(
        FileSystem.parent(of: FileSystem.parent(of: #filePath)), "RendererTests/Fixtures")

    private static func bytes(_ name: String) throws -> [UInt8] {
        try RegularFile.contents(of: FileSystem.join(pictures, name))
    }

    /// The render fails, nothing else does: a sentence that names the file, exit code 3, no output.
    private func expectFailure(_ bytes: [UInt8], as name: String, says: String) async throws {
        try folder.write(name, bytes)
        let outcome = try await render(["-i", name, "-o", "out.png"])
        #expect(outcome.code == 3, "\(name): \(outcome.errors)")
        #expect(outcome.errors.contains(name) && outcome.errors.contains(says), "\(outcome.errors)")
        #expect(try outcome.output.isEmpty && folder.names == [name])
        try folder.remove(name)
    }

    @Test func case50BrokenPNGsFailAsItems() async throws {
        let whole = try Self.bytes("gray.png")
        try await expectFailure(Array(whole.dropLast(whole.count / 2)), as: "cut.png", says: "ends before")
        var damaged = whole
        damaged[whole.count / 2] ^= 0xFF
        try await expectFailure(damaged, as: "damaged.png", says: "damaged")
        var wide = whole
        wide.replaceSubrange(16..<20, with: [0x7F, 0xFF, 0xFF, 0xFF])
        wide.replaceSubrange(29..<33, with: Self.checksum(wide[12..<29]))
        try await expectFailure(wide, as: "wide.png", says: "limit")
    }

    private static func checksum(_ data: ArraySlice<UInt8>) -> [UInt8] {
        let crc = ~data.reduce(~UInt32(0)) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
        }
        return withUnsafeBytes(of: crc.bigEndian) { Array($0) }
    }

    @Test(arguments: ["palette.png", "one-bit.png", "two-bit-palette.png", "gray.png", "orientation-6.png"])
    func case50OddPNGsLoad(_ name: String) async throws { try await expectLoads(name) }

    @Test(arguments: ["cmyk.jpg", "gray.jpg", "progressive.jpg", "orientation-6.jpg", "orientation-3.jpg"])
    func case51OddJPEGsLoad(_ name: String) async throws { try await expectLoads(name) }

    private func expectLoads(_ name: String) async throws {
        let source = FileSystem.join(Self.pictures, name)
        let upright = try ImageReader.read("\(source).expected.png").image
        let outcome = try await render(["-i", source, "-o", "out.png"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let image = try image("out.png").image
        #expect(image.width == upright.width / 8 * 8 && image.height == upright.height / 8 * 8)
    }

    @Test func case51BrokenJPEGsFailAsItems() async throws {
        let whole = try Self.bytes("progressive.jpg")
        try await expectFailure(Array(whole.dropLast(whole.count / 2)), as: "cut.jpg", says: "ends before")
        var huge = whole
        let frame = try #require(huge.indices.first { huge[$0] == 0xFF && huge[$0 + 1] == 0xC2 })
        huge.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        try await expectFailure(huge, as: "huge.jpg", says: "limit")
        let scan = try #require(whole.indices.last { whole[$0] == 0xFF && whole[$0 + 1] == 0xDA })
        let scans = whole[..<scan] + (0..<10_000).flatMap { _ in whole[scan..<whole.count - 2] } + whole.suffix(2)
        try await expectFailure(Array(scans), as: "scans.jpg", says: "scans")
    }

    @Test func case52OtherFilesNamedPNGFailAsItems() async throws {
        try await expectFailure(Array("a red cube".utf8), as: "text.png", says: "is text")
        try await expectFailure(Array("GIF89a\u{1}\u{0}".utf8), as: "moving.png", says: "a GIF picture")
        try await expectFailure([], as: "empty.png", says: "is empty")
    }
}
