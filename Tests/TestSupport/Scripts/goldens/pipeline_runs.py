"""The runs of each model folder: what a user would ask for, one trait at a time."""

from dataclasses import asdict, dataclass

APPLE = "a photo of a red apple on a wooden table"
CASTLE = "a castle on a hill under stars, caf\u00e9 \U0001f409!"
LONG = "portrait of an old man with a beard, oil on canvas, highly detailed, trending, masterpiece, by the sea at night"
UGLY = "blurry, low quality, watermark"


@dataclass(frozen=True)
class Run:
    """`sampler` is a diffusers class made from the folder's configuration, or None for the folder's own class."""

    name: str
    prompt: str
    width: int
    height: int
    negative_prompt: str = ""
    seed: int = 0
    steps: int = 4
    guidance_scale: float = 7.5
    guidance_rescale: float = 0.0
    eta: float = 0.0
    sampler: str | None = None
    images_per_prompt: int = 1

    def document(self) -> dict:
        words = {key: key.split("_") for key in asdict(self)}
        camel = {key: parts[0] + "".join(map(str.capitalize, parts[1:])) for key, parts in words.items()}
        return {camel[key]: value for key, value in asdict(self).items()}


RUNS = {
    "sd1_ddim": [
        Run("own_sampler", APPLE, 64, 64, negative_prompt=UGLY, seed=1, steps=6),
        Run("ddim_eta", CASTLE, 72, 56, seed=2, steps=5, guidance_scale=4.0, eta=0.7, sampler="DDIMScheduler"),
        Run("ddpm", APPLE, 56, 72, seed=3, steps=5, sampler="DDPMScheduler"),
        Run("no_guidance", LONG, 64, 40, negative_prompt=UGLY, seed=4, guidance_scale=1.0),
        Run("two_images_ddpm", CASTLE, 40, 48, seed=123456789012, sampler="DDPMScheduler", images_per_prompt=2),
        Run("one_step", "", 64, 64, seed=5, steps=1, guidance_scale=3.0),
    ],
    "sd2_ddpm_v": [
        Run("own_sampler", CASTLE, 72, 56, negative_prompt=UGLY, seed=11, steps=6),
        Run("ddim", LONG, 72, 56, seed=12, steps=7, guidance_scale=5.0, sampler="DDIMScheduler"),
        Run("rescaled_guidance", APPLE, 48, 40, seed=13, guidance_scale=9.0, guidance_rescale=0.7),
        Run("two_images_eta", APPLE, 40, 40, negative_prompt=LONG, seed=14, eta=1.0, sampler="DDIMScheduler",
            images_per_prompt=2),
    ],
    "zero_snr_trailing": [
        Run("own_sampler", APPLE, 24, 24, negative_prompt=UGLY, seed=21, steps=6, guidance_rescale=0.7),
        Run("ddpm", CASTLE, 16, 32, seed=22, steps=5, guidance_scale=3.0, sampler="DDPMScheduler"),
        Run("no_guidance_two_images", APPLE, 24, 16, seed=23, guidance_scale=0.0, images_per_prompt=2),
    ],
    "old_pndm_config": [
        Run("ddim", APPLE, 24, 16, seed=31, steps=7, sampler="DDIMScheduler"),
        Run("ddpm", APPLE, 16, 24, seed=32, steps=7, sampler="DDPMScheduler"),
        Run("own_sampler", APPLE, 16, 16, seed=33, steps=7),
    ],
    "lcm_guidance_input": [
        Run("own_sampler", APPLE, 24, 16, seed=41, guidance_scale=8.5),
        Run("no_guidance", CASTLE, 16, 16, negative_prompt=UGLY, seed=42, steps=2, guidance_scale=1.0),
        Run("ddim", APPLE, 16, 24, seed=43, guidance_scale=3.0, sampler="DDIMScheduler"),
    ],
}
