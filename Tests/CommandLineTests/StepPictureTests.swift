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
