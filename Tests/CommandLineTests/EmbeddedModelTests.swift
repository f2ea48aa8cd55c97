import DiffusionWeights
import Foundation
import TestSupport
import Testing

#if os(Linux)
/// A binary that was copied somewhere, with its resource bundle and without.
@Suite(.serialized) struct EmbeddedModelTests {
    private static let bundle = "Diffusion_DiffusionWeights.resources"
    private let program: DiffuseProgram

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    /// By a process of its own: a file that this one has open for writing when another test forks is too busy to be run.
    private func copy(_ name: String) async throws -> String {
        let source = FileSystem.join(FileSystem.parent(of: try DiffuseProgram.path), name)
        let target = program.folder.file("bin/\(name)")
        try program.folder.folder("bin")
        let outcome = try await program.run(["-RL", source, target], model: nil, program: "/bin/cp")
        #expect(outcome.code == 0, "\(outcome.errors)")
        return target
    }

    @Test func theModelBesideTheBinaryIsUsed() async throws {
        let (binary, bundle) = (try await copy("diffuse"), try await copy(Self.bundle))
        let resolved = try #require(FileSystem.resolved(bundle))
        let outcome = try await program.run(["a", "--steps", "1", "-v"], model: nil, program: binary)
        #expect(outcome.code == 0 && outcome.paths == ["output.png"])
        #expect(outcome.errors.contains("model: \(resolved)/Default\n"), "\(outcome.errors)")
    }

    /// The build folder disappears behind an empty file system, for this process only.
    @Test(.enabled(if: FaultTests.hasNamespaces, "needs unshare -rm"))
    func theBuildFolderIsNotNeeded() async throws {
        let (binary, _) = (try await copy("diffuse"), try await copy(Self.bundle))
        let build = FileSystem.parent(of: try DiffuseProgram.path)
        let script = #"mount -t tmpfs none "$1" && [ -z "$(ls "$1")" ] && exec "$0" a --steps 1 -q"#
        let outcome = try await program.run(
            ["-rm", "/bin/sh", "-c", script, binary, build], model: nil, program: "/usr/bin/unshare")
        #expect(outcome.code == 0 && outcome.paths == ["output.png"], "\(outcome.errors)")
    }

    @Test func withoutItsBundleItSaysWhatIsMissing() async throws {
        let binary = try await copy("diffuse")
        let outcome = try await program.run(["a"], model: nil, program: binary)
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("The embedded model was not found"))
        #expect(outcome.errors.contains("Keep \(Self.bundle) beside the program"))
        #expect(try await program.run(["a", "--steps", "1"], program: binary).code == 0)
    }
}
#endif
