import Diffusion
import DiffusionRenderer
import Foundation
import TestSupport
import Testing

/// `--precision`, and what is told of it.
@Suite(.serialized) struct PrecisionTests {
    private let program: DiffuseProgram
    private var folder: TemporaryFolder { program.folder }

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    @Test(arguments: Precision.allCases) func theOneReallyUsedIsTold(_ precision: Precision) async throws {
        let name = precision.resolved.rawValue
        let plan = try await program.run(["a", "--precision", precision.rawValue, "--dry-run", "--progress", "json"])
        #expect(try plan.events.first { $0["event"] as? String == "plan" }?["precision"] as? String == name)
        let text = try await program.run(["a", "--precision", precision.rawValue, "--dry-run"])
        #expect(text.errors.contains("precision: \(name)\n"))
        let made = try await program.run(
            ["a", "--precision", precision.rawValue, "--steps", "1", "--seed", "1", "-o", "a.png"])
        #expect(made.code == 0, "\(made.errors)")
        #expect(try ImageReader.read(folder.file("a.png")).marks.parameters?["Precision"] == name)
        let benchmark = try await program.run(
            [
                "benchmark", "--precision", precision.rawValue, "--steps", "2", "--size", "16x16", "--json", "-m",
                DiffuseProgram.smallModel,
            ], model: nil)
        let object = try JSONSerialization.jsonObject(with: Data(benchmark.output)) as? [String: Any]
        #expect(object?["precision"] as? String == name)
    }

    /// The default decides nothing where the picture says what it was made in, the user everything.
    @Test func aPictureKeepsItsPrecisionUnlessToldOtherwise() async throws {
        let first = try await program.run(
            ["a", "--precision", "f32", "--steps", "2", "--seed", "1", "-o", "a.png"])
        #expect(first.code == 0, "\(first.errors)")
        let again = try await program.run(["--from-image", "a.png", "-o", "b.png"])
        #expect(try again.code == 0 && folder.bytes("a.png") == folder.bytes("b.png"))
        let other = try await program.run(["--from-image", "a.png", "--precision", "fixed16", "-o", "c.png"])
        #expect(other.code == 0)
        #expect(try ImageReader.read(folder.file("c.png")).marks.parameters?["Precision"] == "fixed16")
    }

    /// What costs accuracy has to be asked for.
    @Test func autoIsNeverADraft() { #expect(Precision.auto.resolved != .draft) }

    @Test func anUnknownOneIsRefused() async throws {
        let outcome = try await program.run(["a", "--precision", "f16"])
        #expect(
            outcome.code == 2 && outcome.errors.contains("fixed16") && outcome.errors.contains("draft"),
            "\(outcome.errors)")
    }
}
