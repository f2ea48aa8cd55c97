"""The runs of image to image: every sampler, and one trait at a time."""

from dataclasses import asdict, dataclass, field

from .pipeline_runs import APPLE, CASTLE, UGLY


@dataclass(frozen=True)
class Run:
    """`sampler` is a diffusers class made from the folder's configuration and `changes`; `spelling` asks this package
    for the same."""

    name: str
    model: str
    sampler: str
    spelling: str
    changes: dict = field(default_factory=dict)
    prompt: str = APPLE
    negative_prompt: str = UGLY
    seed: int = 0
    steps: int = 5
    strength: float = 0.6
    guidance_scale: float = 5.0
    eta: float = 0.0
    images_per_prompt: int = 1

    def document(self) -> dict:
        words = {key: key.split("_") for key in asdict(self)}
        camel = {key: parts[0] + "".join(map(str.capitalize, parts[1:])) for key, parts in words.items()}
        return {camel[key]: value for key, value in asdict(self).items()}


def sd1(name: str, sampler: str, spelling: str, seed: int, **others) -> Run:
    return Run(name, "sd1_ddim", sampler, spelling, seed=seed, **others)


RUNS = [
    sd1("ddim", "DDIMScheduler", "ddim", 1),
    sd1("ddim_eta", "DDIMScheduler", "ddim", 2, eta=0.8, strength=0.75),
    sd1("ddpm_two_images", "DDPMScheduler", "ddpm", 3, images_per_prompt=2),
    sd1("pndm", "PNDMScheduler", "plms", 4, changes={"skip_prk_steps": True}, steps=7, strength=0.75),
    sd1("pndm_whole", "PNDMScheduler", "plms", 5, changes={"skip_prk_steps": True}, strength=1.0),
    sd1("pndm_prk", "PNDMScheduler", "pndm", 6, steps=6, strength=0.7),
    sd1("euler", "EulerDiscreteScheduler", "euler", 7),
    sd1("euler_karras", "EulerDiscreteScheduler", "euler karras", 8, changes={"use_karras_sigmas": True}, steps=8),
    sd1("euler_a", "EulerAncestralDiscreteScheduler", "euler_a", 9, strength=0.8),
    sd1("lms", "LMSDiscreteScheduler", "lms", 10, steps=9, strength=0.7),
    sd1("heun", "HeunDiscreteScheduler", "heun", 11, strength=0.8),
    sd1("dpm2", "KDPM2DiscreteScheduler", "dpm2", 12, strength=0.8),
    sd1("dpm2_a", "KDPM2AncestralDiscreteScheduler", "dpm2_a", 13, strength=0.8),
    sd1("dpm_multi", "DPMSolverMultistepScheduler", "dpm++ 2m", 14, steps=8),
    sd1("dpm_multi_karras", "DPMSolverMultistepScheduler", "DPM++ 2M Karras", 15, changes={"use_karras_sigmas": True},
        steps=8),
    sd1("dpm_multi_sde", "DPMSolverMultistepScheduler", "dpm++ 2m sde", 16,
        changes={"algorithm_type": "sde-dpmsolver++"}, strength=0.8),
    sd1("dpm_single", "DPMSolverSinglestepScheduler", "dpm++ 2s", 17, steps=8),
    sd1("dpm_single_odd", "DPMSolverSinglestepScheduler", "dpm++ 2s", 18, steps=8, strength=0.7),
    sd1("deis", "DEISMultistepScheduler", "deis", 19, steps=8),
    sd1("unipc", "UniPCMultistepScheduler", "unipc", 20, steps=8),
    sd1("lcm", "LCMScheduler", "lcm", 21, steps=4, strength=0.5),
    sd1("tcd", "TCDScheduler", "tcd", 22, steps=4, strength=0.75, eta=0.3),
    sd1("faint", "DDIMScheduler", "ddim", 23, steps=10, strength=0.1, prompt=CASTLE),
    sd1("no_guidance", "EulerAncestralDiscreteScheduler", "euler_a", 24, guidance_scale=1.0, strength=1.0),
    Run("velocity", "sd2_ddpm_v", "DDPMScheduler", "ddpm", seed=31, prompt=CASTLE),
    Run("velocity_euler", "sd2_ddpm_v", "EulerDiscreteScheduler", "euler", seed=32),
    Run("zero_snr", "zero_snr_trailing", "DDIMScheduler", "ddim", seed=33, strength=0.8),
    Run("no_quant_two_images", "zero_snr_trailing", "DDPMScheduler", "ddpm", seed=34, images_per_prompt=2),
]
