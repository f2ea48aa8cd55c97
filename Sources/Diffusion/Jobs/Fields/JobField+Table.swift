import DiffusionSchedulers

extension JobField {
    /// Every field, in the order of the documentation.
    static let all: [JobField] = content + picture + sampling + approximation + repetition + place + nested

    private static let content: [JobField] = [
        JobField(
            "prompt", .prompt, standard: "empty",
            "What the picture shows. `{a|b}` makes a render of each alternative, `$name` stands for a variable.",
            apply: { if let prompt = $0.prompt { $1.prompt = prompt } }, key: { $0.prompt }),
        JobField(
            "negative_prompt", .prompt, ["neg_prompt", "uncond_prompt"], standard: "empty",
            "What it should not show; alternatives and variables as in `prompt`.",
            apply: { if let prompt = $0.prompt { $1.negativePrompt = prompt } },
            key: { $0.negativePrompt.isEmpty ? nil : $0.negativePrompt }),
        JobField(
            "model", .path, ["ckpt", "model_path", "sd_model_checkpoint", "override_settings.sd_model_checkpoint"],
            standard: "DIFFUSE_MODEL, else the embedded model",
            "A model's folder or file, or `owner/name` in the local Hugging Face cache.",
            apply: { if let path = $0.text { $1.model.location = .path(path) } }),
        JobField(
            "variant", .path, standard: "the plain weight files",
            "Which weight files of a model's folder, `fp16` for `*.fp16.safetensors`.",
            apply: { $1.model.variant = $0.text }),
        JobField(
            "vae", .path, ["vae_path", "sd_vae", "override_settings.sd_vae"], standard: "the model's own",
            "A folder or file whose autoencoder takes the place of the model's own.",
            apply: { value, draft in draft.model.vae = ["Automatic", "None"].contains(value.text) ? nil : value.text }),
    ]

    private static let picture: [JobField] = [
        JobField(
            "width", .integer(1...DiffusionModel.longestEdge), standard: "the initial picture's, else the model's",
            "Pixels, a multiple of the model's factor (8 for Stable Diffusion).",
            apply: { $1.request.width = $0.integer }, key: { $0.width.map(String.init) }),
        JobField(
            "height", .integer(1...DiffusionModel.longestEdge), standard: "the initial picture's, else the model's",
            "Pixels, as `width`.",
            apply: { $1.request.height = $0.integer }, key: { $0.height.map(String.init) }),
        JobField(
            "init_images", .picture, ["init_image", "init_img", "image"], standard: "none",
            "The picture to begin with: a path, the output of an earlier render, or a PNG or JPEG itself as base64.",
            apply: { $1.initialPicture = $0.texts?.first }),
        JobField(
            "mask", .picture, ["mask_image"], standard: "none",
            "What of the initial picture is repainted: a picture of its size, white where it gives way.",
            apply: { $1.mask = $0.texts?.first }),
        JobField(
            "denoising_strength", .number(0...1), ["strength"], standard: "0.75",
            "How much of the initial picture gives way; without one it means nothing.",
            apply: { $1.request.strength = $0.number }, key: { $0.strength.map { "\($0)" } }),
    ]

    private static let approximation: [JobField] = [
        JobField(
            "cfg_range",
            .format(
                JobTextFormat(
                    expectation: "two numbers from 0 to 1 such as \"0.2..0.8\"", pattern: "^[0-9.]+\\.\\.[0-9.]+$",
                    isValid: { GuidanceRange(rawValue: $0) != nil })),
            standard: "0..1", "The part of the steps in which guidance works; outside of it they take half the time.",
            apply: { $1.request.guidanceRange = $0.text.flatMap(GuidanceRange.init(rawValue:)) },
            key: { request in request.guidanceRange.flatMap { $0.isWhole ? nil : $0.rawValue } }),
        JobField(
            "cache",
            .format(
                JobTextFormat(
                    expectation: "\"deep:\" and 2 or more, such as \"deep:3\"", pattern: "^deep:[0-9]+$",
                    isValid: { FeatureCache(rawValue: $0) != nil })),
            standard: "none", "What the U-Net reuses of earlier steps: `deep:3` computes every third one in full.",
            apply: { $1.request.cache = $0.text.flatMap(FeatureCache.init(rawValue:)) }, key: { $0.cache?.rawValue }),
        JobField(
            "vae_tiling", .choice(TilingChoice.allCases.map(\.rawValue)), standard: "auto",
            "Whether pictures are decoded in tiles.",
            apply: { if let choice = $0.text.flatMap(TilingChoice.init(rawValue:)) { $1.request.tiling = choice } },
            key: { $0.tiling == .auto ? nil : $0.tiling.rawValue }),
    ]

    private static let sampling: [JobField] = [
        JobField(
            "steps", .integer(1...1000), ["num_inference_steps", "sample_steps", "step_count", "n_steps"],
            standard: "the model's card, else 20", "Denoising steps.",
            apply: { $1.request.steps = $0.integer }, key: { $0.steps.map(String.init) }),
        JobField(
            "cfg_scale", .number(-1000...1000), ["guidance_scale", "cfg"], standard: "the model's card, else 7",
            "Classifier-free guidance; 1 or less does without the negative prompt.",
            apply: { $1.request.guidanceScale = $0.number }, key: { $0.guidanceScale.map { "\($0)" } }),
        JobField(
            "sampler_name", .sampler, ["sampler", "sample_method", "sampling_method"], standard: "the model's own",
            "A sampler by any of its names: `DDIM`, `euler_a`, `DPM++ 2M Karras`, `DDIMScheduler`.",
            apply: { $1.request.sampler = $0.text }, key: { $0.sampler }),
        JobField(
            "scheduler", .spacing, ["schedule", "schedule_type"], standard: "the model's own",
            "How noise levels are spread (karras, exponential, beta, lu) or timesteps (leading, linspace, trailing).",
            apply: { if let name = $0.text { $1.setSpacing(name) } },
            key: { request in
                let names = [request.sigmaSpacing?.rawValue, request.timestepSpacing?.rawValue].compactMap(\.self)
                return names.isEmpty ? nil : names.joined(separator: " ")
            }),
        JobField(
            "guidance_rescale", .number(0...1), ["cfg_rescale"], standard: "0",
            "How far the guided output is brought back to the spread of the unguided one.",
            apply: { if let value = $0.number { $1.request.guidanceRescale = value } },
            key: { $0.guidanceRescale == 0 ? nil : "\($0.guidanceRescale)" }),
        JobField(
            "eta", .number(0...1), standard: "0", "Noise that DDIM adds in each step.",
            apply: { if let value = $0.number { $1.request.eta = value } },
            key: { $0.eta == 0 ? nil : "\($0.eta)" }),
        JobField(
            "clip_skip", .integer(0...1000), standard: "0", "How many of the text encoder's last layers to leave out.",
            apply: { if let value = $0.integer { $1.request.clipSkip = value } },
            key: { $0.clipSkip == 0 ? nil : String($0.clipSkip) }),
        JobField(
            "rng", .choice(GenerationRequest.NoiseSource.allCases.map(\.rawValue)), standard: "torch-cpu",
            "Where noise comes from: PyTorch's generator on the CPU, or that on a GPU.",
            apply: { value, draft in
                if let source = value.text.flatMap(GenerationRequest.NoiseSource.init(rawValue:)) {
                    draft.request.noiseSource = source
                }
            },
            key: { $0.noiseSource == .torchCPU ? nil : $0.noiseSource.rawValue }),
    ]

    private static let repetition: [JobField] = [
        JobField(
            "seed", .seed, standard: "-1",
            "Picture k of a batch has seed + k; -1 makes one from the job's text and the render's index.",
            apply: { value, draft in if case .seed(let seed) = value { draft.seed = seed } },
            key: { $0.seed.map { String($0) } }),
        JobField(
            "n_iter", .integer(1...JobPlan.mostRenders), ["batch_count", "num_images", "image_count"], standard: "1",
            "Pictures, each with the next seed.",
            apply: { if let value = $0.integer { $1.batchCount = value } }),
        JobField(
            "batch_size", .integer(1...JobPlan.mostRenders), ["num_images_per_prompt"], standard: "1",
            "Pictures for each of `n_iter`, as A1111 has it: the job makes `n_iter` × `batch_size`.",
            apply: { if let value = $0.integer { $1.batchSize = value } }),
    ]

    private static let place: [JobField] = [
        JobField(
            "output", .outputName, ["output_name"], standard: "the file's `output.name`",
            "This job's own template of names within the output folder.",
            apply: { if let name = $0.outputName { $1.outputName = name } })
    ]

    /// Settings that A1111's payload has in `override_settings`, with meanings of their own.
    private static let nested: [JobField] = [
        JobField(
            "override_settings.CLIP_stop_at_last_layers", .integer(1...1001), standard: "1",
            "A1111's count of the same as `clip_skip`, from 1.",
            apply: { if let value = $0.integer { $1.request.clipSkip = value - 1 } }),
        JobField(
            "override_settings.randn_source", .choice(["CPU", "NV"]), standard: "CPU",
            "A1111's names for `rng`: `CPU` is torch-cpu, `NV` is philox.",
            apply: { $1.request.noiseSource = $0.text == "NV" ? .philox : .torchCPU }),
    ]
}
