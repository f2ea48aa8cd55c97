import Diffusion
import DiffusionBasics
import DiffusionSchedulers
import DiffusionTensors
import Foundation
import TestSupport
import Testing

/// Whole pictures against diffusers: same folder, prompt, seed and settings.
@Suite(.serialized) struct PipelineGoldenTests {
    @Test(arguments: try PipelineRun.all()) func rendersAsDiffusers(_ run: PipelineRun) async throws {
        let expected = try run.fixture.tensors()
        let pipeline = try await DiffusionPipeline(
            .path(run.fixture.path), options: .init(threadCount: 2, precision: .f32))
        let prompt = try await pipeline.encode(prompt: run.request.prompt)
        let embeddings = try #require(expected["\(run.name)/prompt_embeds"])
        #expect(differences(prompt, from: embeddings, tolerance: 1e-5, name: "prompt_embeds") == nil)
        let images = try await pipeline.images(run.request)
        let latents = try #require(expected["\(run.name)/latents"])
        let pixels = try #require(expected["\(run.name)/image"])
        #expect(images.count == run.request.imageCount && images.count == latents.shape[0])
        for image in images {
            let row = image.index..<image.index + 1
            // PLMS makes much of rounding there: diffusers in Float32 is 2.5e-4 from itself in Float64, and Winograd's
            // transforms round a few times more.
            let tolerance = run.effectiveSampler == "PNDMScheduler" ? 1e-3 : 1e-4
            #expect(differences(image.latents, from: latents.slice(row), tolerance: tolerance, name: "latents") == nil)
            #expect(psnr(image.image.pixels, pixels.slice(row).scalars) >= 50)
        }
    }

    /// Picture k of a batch is the picture of seed + k.
    @Test func aBatchIsItsPictures() async throws {
        let run = try #require(try PipelineRun.all().first { $0.request.imageCount == 2 })
        let pipeline = try await DiffusionPipeline(.path(run.fixture.path), options: .init(threadCount: 2))
        let together = try await pipeline.images(run.request)
        for (index, image) in together.enumerated() {
            var single = run.request
            single.imageCount = 1
            single.seed = try #require(run.request.seed) + UInt64(index)
            let alone = try #require(try await pipeline.images(single).first)
            #expect(alone.image == image.image)
            #expect(alone.request == image.request)
            #expect(try alone.encoded() == image.encoded())
        }
    }

    @Test func aSchedulerThatIsNotBuiltRunsAsDDIMAndSaysSo() async throws {
        let folder = try modelCopy(schedulerClass: "EDMEulerScheduler")
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = try DiffusionModel(.path(folder.path))
        let request = GenerationRequest(prompt: "a cat")
        #expect(try model.resolve(request).sampler == "DDIM")
        let note = try #require(model.samplerNote(for: request))
        #expect(note.contains("EDMEulerScheduler") && note.contains("DDIM"))
        var other = request
        other.sampler = "euler"
        #expect(model.samplerNote(for: other) == nil)
    }

    @Test func aSchedulerOfAnotherFamilyIsRefused() throws {
        let folder = try modelCopy(schedulerClass: "FlowMatchEulerDiscreteScheduler")
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: ConfigurationError.self) { try DiffusionModel(.path(folder.path)) }
    }

    /// A model whose scheduler configuration names another class.
    private func modelCopy(schedulerClass: String) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("diffusion-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: URL(fileURLWithPath: Fixture("pipeline/sd1_ddim").path), to: folder)
        let file = folder.appendingPathComponent("scheduler/scheduler_config.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacingOccurrences(of: "DDIMScheduler", with: schedulerClass)
            .write(to: file, atomically: true, encoding: .utf8)
        return folder
    }
}

/// Peak signal-to-noise ratio in dB of bytes against expected values 0…255; infinite where they are equal.
func psnr(_ pixels: [UInt8], _ expected: [Float]) -> Double {
    guard pixels.count == expected.count, !pixels.isEmpty else { return -.infinity }
    let squares = zip(pixels, expected).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    return squares == 0 ? .infinity : 10 * log10(255 * 255 * Double(pixels.count) / squares)
}
