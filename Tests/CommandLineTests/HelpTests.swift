import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct HelpTests {
    @Test(arguments: [["--help"], ["-h"], ["a cat", "--steps", "3", "--help"]])
    func helpFitsOneScreenWithTwoExamples(_ arguments: [String]) async throws {
        let outcome = try await DiffuseProgram(in: TemporaryFolder()).run(arguments)
        let lines = String(decoding: outcome.output, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(lines.count <= 48)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.filter { $0.hasPrefix("  diffuse ") }.count == 2)
        for heading in [
            "EXAMPLES:", "WHAT TO RENDER:", "HOW TO RENDER IT:", "WHERE IT GOES:", "RUNNING:",
        ] {
            #expect(lines.contains { $0 == heading }, "\(heading)")
        }
    }

    @Test func hiddenHelpListsEveryFlag() async throws {
        let outcome = try await DiffuseProgram(in: TemporaryFolder()).run(["--help-hidden"])
        let text = String(decoding: outcome.output, as: UTF8.self)
        for flag in [
            "prompt", "prompt-file", "negative-prompt", "model", "width", "height", "steps", "cfg-scale", "sampler",
            "scheduler", "seed", "rng", "eta", "guidance-rescale", "clip-skip", "batch-count", "output", "force",
            "format", "quality", "threads", "metadata", "no-prompt-metadata", "progress", "quiet", "verbose",
            "dry-run", "init-img", "mask", "strength", "init-latents", "save-latents", "from-image", "preview",
            "preview-interval", "save-every", "precision", "preview-vae", "cfg-range", "cache", "vae-tiling",
            "version", "help",
        ] {
            #expect(text.contains("--\(flag)"), "\(flag)")
        }
    }

    @Test func versionNamesProgramNumberAndCommit() async throws {
        let outcome = try await DiffuseProgram(in: TemporaryFolder()).run(["--version"])
        let form = #/Diffuse \d+\.\d+\.\d+ \((unknown commit|[0-9a-f]{7,40}( with changes)?)\)/#
        #expect(outcome.code == 0 && outcome.paths.count == 1)
        #expect(outcome.paths.first?.wholeMatch(of: form) != nil, "\(outcome.paths)")
    }

    @Test func samplersAreListed() async throws {
        let outcome = try await DiffuseProgram(in: TemporaryFolder()).run(["samplers"], model: nil)
        #expect(outcome.code == 0)
        #expect(outcome.paths.contains { $0.hasPrefix("DDIMScheduler: ddim") })
        #expect(outcome.paths.contains { $0.hasPrefix("DDPMScheduler: ddpm") })
        #expect(
            outcome.paths.contains { $0.hasPrefix("HeunDiscreteScheduler: ") && $0.contains("2 U-Net calls a step") })
    }
}
