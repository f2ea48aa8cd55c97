extension GenerateCommand {
    /// Spellings of stable-diffusion.cpp, diffusers, ComfyUI, ml-stable-diffusion and AUTOMATIC1111.
    static var flags: FlagTable {
        FlagTable(
            shortNames: [
                "p": "prompt", "n": "negative-prompt", "m": "model", "W": "width", "H": "height", "s": "seed",
                "b": "batch-count", "i": "init-img", "o": "output", "t": "threads", "q": "quiet", "v": "verbose",
            ],
            aliases: [
                "neg-prompt": "negative-prompt", "uncond-prompt": "negative-prompt",
                "image": "init-img", "img2img": "init-img", "denoising-strength": "strength",
                "mask-image": "mask",
                "ckpt": "model", "models-path": "model", "resource-path": "model",
                "res": "size",
                "step-count": "steps", "n-steps": "steps", "num-inference-steps": "steps",
                "cfg": "cfg-scale", "guidance-scale": "cfg-scale",
                "preview-path": "preview", "sampling-method": "sampler", "schedule": "scheduler",
                "cfg-rescale": "guidance-rescale",
                "image-count": "batch-count", "num-images": "batch-count",
            ],
            switches: ["force", "no-prompt-metadata", "dry-run", "quiet", "verbose"],
            pairs: ["size": ("width", "height")])
    }
}
