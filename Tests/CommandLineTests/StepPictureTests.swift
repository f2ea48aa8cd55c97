import DiffusionRenderer
import TestSupport
import Testing

/// `--preview` and `--save-every`.
@Suite(.serialized) struct StepPictureTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    private func render(_ arguments: [String]) async throws -> DiffuseProgram.Outcome {
        try await program.run(["a cat", "--steps", "5", "--seed", "5", "-o", "a.png"] + arguments)
    }

    @Test func picturesOnTheWayAreKept() async throws {
        #expect(try await render([]).code == 0)
        let alone = try folder.bytes("a.png")
        let outcome = try await render(["--save-every", "2", "--preview", "p.png", "--force"])
        #expect(outcome.code == 0 && outcome.paths == ["a.png"], "\(outcome.errors)")
        #expect(try folder.names == ["a-step2.png", "a-step4.png", "a.png", "p.png"])
        #expect(try folder.bytes("a.png") == alone)
        for name in ["a-step2.png", "p.png"] {
            let decoded = try ImageReader.read(folder.file(name))
            #expect(decoded.image.width == 64 && decoded.image.height == 64)
            #expect(decoded.marks.digitalSourceType != nil)
        }
    }

    @Test func previewsAreMadeByAnotherAutoencoder() async throws {
        let vae = "\(DiffuseProgram.smallModel)/vae"
        #expect(try await render(["--preview", "linear.png"]).code == 0)
        #expect(try await render(["--preview", "p.png", "--preview-vae", vae, "--force"]).code == 0)
        let (preview, linear) = try (
            ImageReader.read(folder.file("p.png")).image, ImageReader.read(folder.file("linear.png")).image
        )
        #expect(preview != linear && preview.width == 64 && preview.height == 64)
        #expect(
            try await render(["--preview", "p.png", "--preview-vae", DiffuseProgram.smallModel, "--force"]).code == 0)
        #expect(try ImageReader.read(folder.file("p.png")).image == preview)
        let other = Fixture("tiny_vae/eight_channels").path
        let refused = try await render(["--preview", "q.png", "--preview-vae", other, "-o", "b.png"])
        #expect(refused.code == 2 && refused.errors.contains("latents of 8"), "\(refused.errors)")
        let alone = try await render(["--preview-vae", vae, "-o", "b.png"])
        #expect(alone.code == 2 && alone.errors.contains("--preview"))
        #expect(try folder.names == ["a.png", "linear.png", "p.png"])
    }

    @Test func whatDoesNotFitIsRefused() async throws {
        try folder.write("p.png", "mine")
        let refusals: [(arguments: [String], says: String)] = [
            (["--preview", "p.png"], "exists already"), (["--preview", "a.png"], "a.png"),
            (["--preview", "q.png", "--preview-interval", "0"], "1 or more"),
            (["--save-every", "0"], "1 or more"), (["--save-every", "1", "-o", "-"], "standard output"),
        ]
        for (arguments, says) in refusals {
            let outcome = try await render(arguments)
            #expect(outcome.code == 2 && outcome.errors.contains(says), "\(outcome.errors)")
        }
        #expect(try folder.names == ["p.png"])
    }
}
