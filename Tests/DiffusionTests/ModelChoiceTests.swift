import Diffusion
import DiffusionWeights
import Foundation
import TestSupport
import Testing

/// Which files a model consists of, and what stays of it in memory.
@Suite(.serialized) struct ModelChoiceTests {
    private let folder = Fixture("pipeline/sd1_ddim").path
    private let other = Fixture("pipeline/old_pndm_config").path

    private func picture(_ model: DiffusionModel, _ options: PipelineOptions = .init()) async throws -> GeneratedImage {
        let pipeline = try await DiffusionPipeline(model, options: options)
        return try #require(try await pipeline.images(request("a photo of a cat")).first)
    }

    private func request(_ prompt: String) -> GenerationRequest {
        var request = GenerationRequest(prompt: prompt)
        request.steps = 2
        request.seed = 7
        return request
    }

    @Test(arguments: ["", "/vae"]) func anotherAutoencoderTakesThePlaceOfTheModels(_ ending: String) async throws {
        let plain = try await picture(DiffusionModel(.path(folder)))
        let same = try await picture(DiffusionModel(.path(folder), vae: folder + ending))
        #expect(same.image == plain.image)
        let replaced = try await picture(DiffusionModel(.path(folder), vae: other + ending))
        #expect(replaced.latents.scalars == plain.latents.scalars)
        #expect(replaced.image != plain.image)
        #expect(replaced.request.vae == other + ending)
        let text = String(decoding: try replaced.encoded(), as: UTF8.self)
        #expect(text.contains("VAE: \(ending.isEmpty ? "old_pndm_config" : "vae")"))
    }

    @Test func anAutoencoderThatDoesNotFitIsRefused() {
        #expect(throws: RequestError.self) {
            try DiffusionModel(.path(folder), vae: Fixture("pipeline/zero_snr_trailing").path)
        }
        #expect(throws: FileError.self) { try DiffusionModel(.path(folder), vae: "/nothing/there") }
    }

    /// The plain files beside those of a variant whose U-Net is another one.
    @Test func aVariantIsTakenWhereItIsAskedFor() async throws {
        let copy = try TemporaryFolder()
        let model = "\(copy.path)/model"
        try FileManager.default.copyItem(atPath: folder, toPath: model)
        let name = "unet/diffusion_pytorch_model"
        try FileManager.default.moveItem(
            atPath: "\(model)/\(name).safetensors", toPath: "\(model)/\(name).fp16.safetensors")
        let alone = try await picture(DiffusionModel(.path(model)))
        let chosen = try await picture(DiffusionModel(.path(model), variant: "fp16"))
        #expect(alone.image == chosen.image)
        #expect(throws: ModelError.self) { try DiffusionModel(.path(model), variant: "bf16") }
        #expect(throws: ModelError.self) { try DiffusionModel(.path(folder), variant: "fp16") }
    }

    @Test func aSafetyCheckerIsNotedAndNoWarning() throws {
        let copy = try TemporaryFolder()
        let model = "\(copy.path)/model"
        try FileManager.default.copyItem(atPath: folder, toPath: model)
        let index = "\(model)/model_index.json"
        var entries = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: index))) as? [String: Any])
        #expect(try DiffusionModel(.path(model)).notes.isEmpty)
        entries["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
        try JSONSerialization.data(withJSONObject: entries).write(to: URL(fileURLWithPath: index))
        let checked = try DiffusionModel(.path(model))
        #expect(checked.notes == ["The model's safety checker is not run."])
        #expect(checked.warnings == (try DiffusionModel(.path(folder)).warnings))
    }

    /// Released after each request, the text encoder is read anew for a prompt that is not known yet.
    @Test func theTextEncoderComesBackWhenItIsNeeded() async throws {
        let model = try DiffusionModel(.path(folder))
        let (lasting, passing) = (
            try await DiffusionPipeline(model),
            try await DiffusionPipeline(model, options: .init(keepsTextEncoder: false))
        )
        for prompt in ["a photo of a cat", "a dog", "a photo of a cat"] {
            let (kept, read) = (
                try await lasting.images(request(prompt)), try await passing.images(request(prompt))
            )
            #expect(kept.first?.image == read.first?.image)
            #expect(lasting.isTextEncoderLoaded && !passing.isTextEncoderLoaded)
        }
    }

    @Test func metadataNameTheSamplerInOneSpelling() throws {
        let model = try DiffusionModel(.path(folder))
        var request = request("a")
        for (name, expected) in [
            ("ddim_scheduler", "DDIM"), ("k_euler_a", "Euler a"), ("dpmpp_2m_karras", "DPM++ 2M Karras"),
        ] {
            request.sampler = name
            let resolved = try model.resolve(request)
            #expect(resolved.sampler == expected)
            request.sampler = resolved.sampler
            #expect(try model.resolve(request) == resolved)
        }
    }
}
