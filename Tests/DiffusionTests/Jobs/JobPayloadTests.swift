import Diffusion
import Testing

/// Payloads of AUTOMATIC1111's API, as people paste them.
@Suite struct JobPayloadTests {
    /// Every key of `txt2img`, at a value that changes nothing.
    private static let whole = """
        {"prompt": "a cat", "negative_prompt": "rain", "styles": [], "seed": 5, "subseed": -1, "subseed_strength": 0,
        "seed_resize_from_h": -1, "seed_resize_from_w": -1, "sampler_name": "DDIM", "scheduler": "Automatic",
        "batch_size": 1, "n_iter": 2, "steps": 4, "cfg_scale": 7.0, "width": 64, "height": 64, "restore_faces": false,
        "tiling": false, "do_not_save_samples": false, "do_not_save_grid": false, "eta": 0, "denoising_strength": 0.7,
        "s_min_uncond": 0, "s_churn": 0.0, "s_tmax": null, "s_tmin": 0, "s_noise": 1, "override_settings": {},
        "override_settings_restore_afterwards": true, "refiner_checkpoint": null, "refiner_switch_at": 0,
        "disable_extra_networks": false, "firstpass_image": null, "comments": {}, "enable_hr": false,
        "firstphase_width": 0, "firstphase_height": 0, "hr_scale": 2, "hr_upscaler": "Latent",
        "hr_second_pass_steps": 0, "hr_resize_x": 0, "hr_resize_y": 0, "hr_checkpoint_name": null,
        "hr_sampler_name": null, "hr_scheduler": null, "hr_prompt": "", "hr_negative_prompt": "",
        "force_task_id": null, "sampler_index": "Euler", "script_name": null, "script_args": [],
        "send_images": true, "save_images": false, "alwayson_scripts": {}, "infotext": null}
        """

    @Test func aWholePayloadIsOneJob() throws {
        let plan = try Jobs.plan(Self.whole)
        #expect(plan.seeds == [5, 6])
        let request = plan.renders[0].request
        #expect(request.negativePrompt == "rain" && request.sampler == "DDIM" && request.strength == nil)
    }

    @Test(arguments: [
        ("\"restore_faces\": false", "\"restore_faces\": true", "restore_faces"),
        ("\"tiling\": false", "\"tiling\": true", "tiling"),
        ("\"enable_hr\": false", "\"enable_hr\": true", "enable_hr"),
        ("\"subseed_strength\": 0", "\"subseed_strength\": 0.3", "subseed_strength"),
        ("\"styles\": []", "\"styles\": [\"oil\"]", "styles"), ("\"s_churn\": 0.0", "\"s_churn\": 1", "s_churn"),
        ("\"script_name\": null", "\"script_name\": \"x/y/z plot\"", "script_name"),
        ("\"alwayson_scripts\": {}", "\"alwayson_scripts\": {\"controlnet\": {}}", "alwayson_scripts"),
        ("\"refiner_checkpoint\": null", "\"refiner_checkpoint\": \"r\"", "refiner_checkpoint"),
        (
            "\"override_settings\": {}", "\"override_settings\": {\"sd_hypernetwork\": \"x\"}",
            "override_settings.sd_hypernetwork"
        ),
        (
            "\"override_settings\": {}", "\"override_settings\": {\"eta_noise_seed_delta\": 31337}",
            "override_settings.eta_noise_seed_delta"
        ),
    ])
    func whatWouldChangeThePictureIsNamed(key: String, changed: String, field: String) {
        let problems = Jobs.problems(Self.whole.replacing(key, with: changed))
        #expect(problems.map(\.field) == [field])
        #expect(problems.first?.code == "job-file.unsupported")
    }

    @Test func settingsThatHaveFieldsAreTaken() throws {
        let request = try Jobs.plan(
            Self.whole.replacing(
                "\"override_settings\": {}",
                with:
                    #""override_settings": {"CLIP_stop_at_last_layers": 2, "sd_vae": "Automatic", "randn_source": "NV"}"#
            )
        ).renders[0].request
        #expect(request.clipSkip == 1 && request.noiseSource == .philox)
    }

    @Test func checkpointsOfSettingsAreModels() throws {
        let job = #"{"override_settings": {"sd_model_checkpoint": "MODEL"}}"#.replacing("MODEL", with: Jobs.model)
        let plan = try JobPlan(JobFile(data: Array(job.utf8), name: "t.json"))
        #expect(plan.renders[0].model.location == .path(Jobs.model))
        let aliased = "{\"ckpt\": \"\(Jobs.model)\"}"
        #expect(
            try JobPlan(JobFile(data: Array(aliased.utf8), name: "t.json")).renders[0].model.location
                == .path(Jobs.model))
    }

    @Test func settingsOfMasksMatterOnlyWithAMask() throws {
        let settings = #""mask_blur": 4, "inpainting_fill": 0, "inpaint_full_res": true, "inpainting_mask_invert": 1"#
        #expect(try Jobs.job(settings).renders.count == 1)
        let problems = Jobs.problems(ofJob: "\(settings), \"mask\": \"\(Jobs.model)/model_index.json\"")
        let unsupported = problems.filter { $0.code == "job-file.unsupported" }.compactMap(\.field)
        #expect(
            Set(unsupported) == ["mask_blur", "inpainting_fill", "inpaint_full_res", "inpainting_mask_invert"])
    }
}
