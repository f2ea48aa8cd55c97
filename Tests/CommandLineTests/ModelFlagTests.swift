import TestSupport
import Testing

/// `--model`, `--vae` and `--variant` as people give them.
@Suite(.serialized) struct ModelFlagTests {
    private let program: DiffuseProgram
    private let other = Fixture("pipeline/old_pndm_config").path

    init() throws { program = try DiffuseProgram(in: TemporaryFolder()) }

    @Test func anotherAutoencoderIsUsedAndTold() async throws {
        let outcome = try await program.run(["a", "--steps", "1", "--vae", other, "--dry-run"])
        #expect(outcome.code == 0 && outcome.errors.contains("  vae: \(other)\n"), "\(outcome.errors)")
        let rendered = try await program.run(["a", "--steps", "1", "--vae", "\(other)/vae", "-q"])
        #expect(rendered.code == 0 && rendered.paths == ["output.png"], "\(rendered.errors)")
    }

    @Test(arguments: [
        (["--vae", "nothing-there"], "nothing-there"), (["--variant", "fp16"], "fp16"),
        (["--vae", "/dev/null"], "/dev/null"),
    ])
    func whatIsNotThereIsRefused(_ flags: [String], _ word: String) async throws {
        let outcome = try await program.run(["a"] + flags)
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("error: ") && outcome.errors.contains(word), "\(outcome.errors)")
    }

    @Test func aModelOfTheHuggingFaceCacheIsFoundByName() async throws {
        let cache = try TemporaryFolder()
        let repository = "models--someone--a-model"
        try cache.write("\(repository)/refs/main", "0123abc")
        try cache.link("\(repository)/snapshots/0123abc", to: other)
        let outcome = try await program.run(
            ["a", "--steps", "1", "-v"], model: "someone/a-model", environment: ["HF_HUB_CACHE": cache.path])
        #expect(outcome.code == 0 && outcome.paths == ["output.png"], "\(outcome.errors)")
        let missing = try await program.run(["a"], model: "someone/else", environment: ["HF_HUB_CACHE": cache.path])
        #expect(missing.code == 2 && missing.errors.contains("someone/else"), "\(missing.errors)")
    }
}
