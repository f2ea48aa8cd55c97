import DiffusionRenderer
import TestSupport
import Testing

/// `--cfg-range`, `--cache`, `--vae-tiling`.
@Suite(.serialized) struct ApproximationFlagTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    static let runs: [(arguments: [String], key: String, value: String)] = [
        (["--cfg-range", "0.25..0.75"], "CFG range", "0.25..0.75"), (["--cache", "deep:2"], "Cache", "deep:2"),
        // A picture as small as this one has room as a whole.
        (["--vae-tiling", "on"], "VAE tiling", "on"),
    ]

    @Test(arguments: runs) func theyAreRecordedAndMadeAgain(
        _ run: (arguments: [String], key: String, value: String)
    ) async throws {
        let plain = ["a cat", "--steps", "4", "--seed", "5", "--size", "48x64"]
        #expect(try await program.run(plain + ["-o", "plain.png"]).code == 0)
        #expect(try await program.run(plain + run.arguments + ["-o", "a.png"]).code == 0)
        let made = try ImageReader.read(folder.file("a.png"))
        #expect(made.marks.parameters?[run.key] == run.value)
        let exact = try ImageReader.read(folder.file("plain.png"))
        #expect(exact.marks.parameters?[run.key] == nil)
        #expect((exact.image == made.image) == (run.value == "on"))
        let again = try await program.run(["--from-image", "a.png", "-o", "b.png"])
        #expect(again.code == 0 && !again.errors.contains("warning"), "\(again.errors)")
        #expect(try folder.bytes("a.png") == folder.bytes("b.png"))
    }

    @Test func theyAreSwitchedOffAgain() async throws {
        let plain = ["a cat", "--steps", "3", "--seed", "5", "--size", "24x16"]
        #expect(try await program.run(plain + ["-o", "plain.png"]).code == 0)
        let flags = ["--cfg-range", "0..0.5", "--cache", "deep:3", "--vae-tiling", "on"]
        #expect(try await program.run(plain + flags + ["-o", "a.png"]).code == 0)
        let off = ["--cfg-range", "0..1", "--cache", "off", "--vae-tiling", "off"]
        #expect(try await program.run(["--from-image", "a.png", "-o", "b.png"] + off).code == 0)
        #expect(try folder.bytes("plain.png") == folder.bytes("b.png"))
    }

    @Test(arguments: [
        ["--cfg-range", "0.5"], ["--cfg-range", "0.9..0.1"], ["--cache", "deep:1"], ["--cache", "on"],
        ["--vae-tiling", "yes"],
    ]) func otherValuesAreRefused(_ arguments: [String]) async throws {
        let outcome = try await program.run(["a cat"] + arguments)
        #expect(outcome.code == 2 && outcome.errors.contains(arguments[0]) && outcome.errors.contains(arguments[1]))
        #expect(try folder.names == [])
    }
}
