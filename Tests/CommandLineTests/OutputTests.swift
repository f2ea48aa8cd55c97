import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Which files are written, and which are left alone.
@Suite(.serialized) struct OutputTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    private func render(_ arguments: [String]) async throws -> DiffuseProgram.Outcome {
        try await program.run(["a cat", "--steps", "1"] + arguments)
    }

    @Test func theDefaultNameTakesTheNextFreeNumber() async throws {
        #expect(try await render([]).paths == ["output.png"])
        #expect(try await render(["-b", "2"]).paths == ["output-1.png", "output-2.png"])
        #expect(try await render(["--format", "jpeg"]).paths == ["output.jpg"])
        try folder.folder("pictures")
        #expect(try await render(["-o", "pictures"]).paths == ["pictures/output.png"])
        #expect(try await render(["-o", "pictures/"]).paths == ["pictures/output-1.png"])
        #expect(try folder.names == ["output-1.png", "output-2.png", "output.jpg", "output.png", "pictures"])
    }

    @Test func aNameThatIsTakenIsRefusedUnlessForced() async throws {
        try folder.write("a.png", "old")
        let refused = try await render(["-o", "a.png"])
        #expect(refused.code == 2 && refused.errors.contains("a.png exists already"))
        #expect(try folder.bytes("a.png") == Array("old".utf8))
        let forced = try await render(["-o", "a.png", "--force"])
        #expect(forced.code == 0 && forced.paths == ["a.png"])
        #expect(try folder.bytes("a.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(try folder.names == ["a.png"])
    }

    @Test func aPlainNameServesSeveralPictures() async throws {
        #expect(try await render(["-o", "a.png", "-b", "3"]).paths == ["a.png", "a-1.png", "a-2.png"])
        try FileManager.default.removeItem(atPath: folder.file("a.png"))
        let refused = try await render(["-o", "a.png", "-b", "3"])
        #expect(refused.code == 2 && refused.errors.contains("a-1.png exists already"))
        #expect(try folder.names == ["a-1.png", "a-2.png"])
    }

    @Test func templatesAreFilledIn() async throws {
        let seeds = ["--seed", "1,5..6"]
        #expect(
            try await render(["-o", "{seed}-{index:03}.png"] + seeds).paths == ["1-000.png", "5-001.png", "6-002.png"])
        #expect(
            try await render(["-o", "{prompt_slug}/{seed}.jpg"] + seeds).paths == [
                "a-cat/1.jpg", "a-cat/5.jpg", "a-cat/6.jpg",
            ])
        #expect(try FileSystem.names(in: folder.file("a-cat")) == ["1.jpg", "5.jpg", "6.jpg"])
    }

    @Test func pictureKHasSeedPlusK() async throws {
        #expect(try await render(["-o", "batch-{seed}.png", "--seed", "40", "-b", "3"]).code == 0)
        #expect(try await render(["-o", "alone.png", "--seed", "42"]).code == 0)
        #expect(try folder.bytes("alone.png") == folder.bytes("batch-42.png"))
        #expect(try folder.bytes("batch-41.png") != folder.bytes("batch-42.png"))
    }

    @Test func metadataCanBeLeftOut() async throws {
        func text(_ name: String) throws -> String { String(decoding: try folder.bytes(name), as: UTF8.self) }
        #expect(try await render(["-o", "full.png", "--seed", "7"]).code == 0)
        #expect(try text("full.png").contains("a cat") && text("full.png").contains("Seed: 7"))
        #expect(try await render(["-o", "part.png", "--seed", "7", "--no-prompt-metadata"]).code == 0)
        #expect(try !text("part.png").contains("a cat") && text("part.png").contains("Seed: 7"))
        #expect(try await render(["-o", "none.png", "--seed", "7", "--metadata", "none"]).code == 0)
        #expect(try !text("none.png").contains("a cat") && !text("none.png").contains("Seed: 7"))
    }

    @Test func standardOutputTakesThePictureAlone() async throws {
        #expect(try await render(["-o", "a.png", "--seed", "7"]).code == 0)
        let piped = try await render(["-o", "-", "--seed", "7"])
        #expect(try piped.code == 0 && piped.output == folder.bytes("a.png"))
        let jpeg = try await render(["-o", "-", "--format", "jpeg"])
        #expect(jpeg.code == 0 && jpeg.output.starts(with: [0xFF, 0xD8, 0xFF]))
        #expect(try folder.names == ["a.png"])
    }

    @Test func aDrawnSeedIsToldAndRecorded() async throws {
        let outcome = try await render(["--quiet"])
        let line = try #require(outcome.errors.split(separator: "\n").first { $0.hasPrefix("seed ") })
        let seed = try #require(UInt64(line.dropFirst(5)))
        #expect(String(decoding: try folder.bytes("output.png"), as: UTF8.self).contains("Seed: \(seed)"))
        #expect(try await render(["-o", "again.png", "-s", "\(seed)", "-q"]).errors.isEmpty)
        #expect(try folder.bytes("again.png") == folder.bytes("output.png"))
    }

    @Test func aDryRunWritesNothing() async throws {
        let outcome = try await render(["--dry-run", "--seed", "4", "-b", "2", "--steps", "9"])
        #expect(outcome.code == 0 && outcome.output.isEmpty, "\(outcome.errors)")
        for part in ["2 pictures", "seeds 4..5", "9 steps", "DDIM", "output.png", "output-1.png"] {
            #expect(outcome.errors.contains(part), "\(part)")
        }
        #expect(try folder.names == [])
    }

    /// Of weights it reads names and shapes: values that are not numbers pass it, a part that is missing does not.
    @Test func aDryRunFindsWhatLoadingWouldMiss() async throws {
        let model = try TemporaryFolder()
        for part in try FileSystem.names(in: DiffuseProgram.smallModel) {
            try FileManager.default.copyItem(
                atPath: FileSystem.join(DiffuseProgram.smallModel, part), toPath: model.file(part))
        }
        let unet = model.file("unet/diffusion_pytorch_model.safetensors")
        var bytes = try RegularFile.contents(of: unet)
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])
        try Data(bytes).write(to: URL(fileURLWithPath: unet))
        #expect(try await program.run(["a cat", "--dry-run"], model: model.path).code == 0)
        try FileManager.default.removeItem(atPath: unet)
        for arguments in [["a cat", "--dry-run"], ["a cat"]] {
            let outcome = try await program.run(arguments, model: model.path)
            #expect(outcome.code == 2 && outcome.errors.contains("diffusion_pytorch_model.safetensors"))
        }
        #expect(try folder.names == [])
    }
}
