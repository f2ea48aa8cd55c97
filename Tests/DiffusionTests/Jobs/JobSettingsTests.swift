import Diffusion
import DiffusionBasics
import TestSupport
import Testing

/// Which setting wins, and by which names fields go.
@Suite struct JobSettingsTests {
    @Test func jobsWinOverDefaultsAndOverridesOverJobs() throws {
        let text = #"{"defaults": {"steps": 3, "cfg_scale": 4, "eta": 0.5}, "jobs": [{"steps": 5, "cfg_scale": 6}]}"#
        let plain = try Jobs.plan(text).onlyRequest
        #expect(plain.steps == 5 && plain.guidanceScale == 6 && plain.eta == 0.5)
        let overridden = try Jobs.plan(text, overrides: ["cfg_scale=7.5", "eta=1"]).onlyRequest
        #expect(overridden.steps == 5 && overridden.guidanceScale == 7.5 && overridden.eta == 1)
    }

    @Test func theModelsCardIsWeakerThanDefaultsAndStrongerThanThePackage() throws {
        let folder = try TemporaryFolder()
        let source = Jobs.model
        for name in ["model_index.json", "unet", "vae", "text_encoder", "tokenizer", "scheduler"] {
            try folder.link(name, to: "\(source)/\(name)")
        }
        try folder.write(
            "diffuse.json", #"{"steps": 9, "cfg_scale": 3, "sampler": "euler_a", "width": 32, "height": 16}"#)
        let model = ["model=\(folder.path)"]
        let card = try Jobs.job(#""prompt": "a""#, overrides: model).onlyRequest
        #expect(card.steps == 9 && card.guidanceScale == 3 && card.sampler == "Euler a")
        #expect(card.width == 32 && card.height == 16)
        let file = #"{"defaults": {"steps": 4}, "jobs": [{"sampler_name": "DDIM"}]}"#
        let job = try Jobs.plan(file, overrides: model).onlyRequest
        #expect(job.steps == 4 && job.sampler == "DDIM" && job.guidanceScale == 3)
        let bare = try Jobs.job(#""prompt": "a""#).onlyRequest
        #expect(bare.steps == 20 && bare.guidanceScale == 7)
    }

    @Test(arguments: [
        (#""num_inference_steps": 5, "guidance_scale": 2, "num_images_per_prompt": 1"#, "diffusers"),
        (#""sample_steps": 5, "cfg_scale": 2, "batch_count": 1, "sample_method": "ddim""#, "stable-diffusion.cpp"),
        (#""n_steps": 5, "cfg": 2, "sampler": "DDIMScheduler", "schedule": "trailing""#, "the command line"),
        (#""steps": 5, "cfg_scale": 2.0, "sampler_index": "DDIM", "scheduler": "Automatic""#, "A1111"),
    ])
    func otherProgramsNamesAreKnown(members: String, program: String) throws {
        let request = try Jobs.job(members).onlyRequest
        #expect(request.steps == 5 && request.guidanceScale == 2, "\(program)")
        #expect(request.sampler == "DDIM")
    }

    @Test func samplerNameIsStrongerThanItsIndex() throws {
        #expect(try Jobs.job(#""sampler_index": "Euler", "sampler_name": "Euler a""#).onlyRequest.sampler == "Euler a")
        #expect(try Jobs.job(#""sampler_name": "Euler a", "sampler_index": "Euler""#).onlyRequest.sampler == "Euler a")
    }

    @Test func aSamplerNamedAsASchedulerIsOne() throws {
        #expect(try Jobs.job(#""scheduler": "euler_a""#).onlyRequest.sampler == "Euler a")
        let both = try Jobs.job(#""scheduler": "Karras", "sampler_name": "Euler""#).onlyRequest
        #expect(both.sampler == "Euler" && both.sigmaSpacing == .karras)
        #expect(try Jobs.job(#""scheduler": "trailing""#).onlyRequest.timestepSpacing == .trailing)
    }

    @Test func nullIsAbsent() throws {
        let request = try Jobs.job(#""prompt": null, "steps": null, "vars": null, "matrix": null, "id": null"#)
            .onlyRequest
        #expect(request.prompt.isEmpty && request.steps == 20)
    }

    @Test func overridesTakeKeysOutOfMatrices() throws {
        let members = #""prompt": "$a", "matrix": {"steps": [1, 2], "vars.a": ["x", "y"]}"#
        let plan = try Jobs.job(members, overrides: ["steps=7", "vars.a=z=1"])
        #expect(plan.prompts == ["z=1"])
        #expect(plan.renders[0].request.steps == 7)
    }

    @Test(arguments: ["steps", "stepz=5", "steps=zero", "steps=0", "sampler_name=dddim", "vars.=x"])
    func brokenOverridesAreRefused(override: String) {
        let problems = Jobs.problems("[\"a\"]", overrides: [override])
        #expect(problems.count == 1 && problems[0].position == nil)
    }

    @Test func extrasAreCarriedThrough() throws {
        let text = #"{"x_run": 1, "defaults": {"x_a": [1, {"b": null}], "x_c": 2}, "jobs": [{"x_c": "own"}]}"#
        let extras = try #require(Jobs.plan(text).renders.first).extras
        #expect(extras["x_a"]?.serialized == #"[1,{"b":null}]"#)
        #expect(extras["x_c"]?.string == "own" && extras["x_run"]?.number?.text == "1")
    }

    @Test func theFrameIsRead() throws {
        let plan = try Jobs.plan(
            #"{"version": 1, "$schema": "s.json", "output": {"dir": "there", "name": "{seed}.jpg", "on_exists": "number", "#
                + #""quality": 80, "metadata": "none", "x_a": 1}, "run": {"on_error": "stop", "retries": 3, "#
                + #""max_memory": "1.5GiB", "precision": "f32"}, "jobs": [{"seed": 4}]}"#)
        #expect(plan.output.directory == "there" && plan.output.onExists == .number && plan.output.quality == 80)
        #expect(plan.output.metadata == .none && plan.paths == ["4.jpg"])
        #expect(plan.run.onError == .stop && plan.run.retries == 3 && plan.run.precision == .f32)
        #expect(plan.run.maxMemory == 1_610_612_736)
    }

    @Test(arguments: Precision.allCases) func everyPrecisionIsRead(_ precision: Precision) throws {
        let plan = try Jobs.plan(
            #"{"version": 1, "run": {"precision": ""# + precision.rawValue + #""}, "jobs": [{"prompt": "a"}]}"#)
        #expect(plan.run.precision == precision)
        #expect(plan.precision(asked: .auto) == precision.resolved && plan.precision(asked: .draft) == .draft)
    }

    @Test(arguments: [
        ("6GB", 6_000_000_000), ("512 MiB", 536_870_912), ("1.5g", 1_500_000_000), ("1000", 1000), ("7kb", 7000),
    ])
    func sizesAreRead(text: String, expected: Int) {
        #expect(ByteCount.parse(text) == expected)
    }

    @Test(arguments: ["", "GB", "6XB", "-1GB", "1e9", "1.2.3GB", "9999999999TB", "6 G B x"])
    func otherSizesAreRefused(text: String) { #expect(ByteCount.parse(text) == nil) }

    @Test func approximationsAreFields() throws {
        let request = try Jobs.job(#""cfg_range": "0.2..0.8", "cache": "deep:3", "vae_tiling": "on""#).onlyRequest
        #expect(request.guidanceRange?.rawValue == "0.2..0.8" && request.cache?.deepInterval == 3)
        #expect(request.tiling == .on)
        for broken in [#""cfg_range": "0.8..0.2""#, #""cache": "deep:1""#, #""vae_tiling": true"#] {
            #expect(Jobs.problems(ofJob: broken).count == 1)
        }
    }
}
