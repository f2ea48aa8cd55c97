"""The runs of inpainting: every sampler over an ordinary U-Net, and some over one made for it."""

from dataclasses import asdict, dataclass, field

from .pipeline_runs import APPLE, CASTLE, UGLY

ORDINARY = "pipeline/sd1_ddim"
VELOCITY = "pipeline/sd2_ddpm_v"
EXTRA_INPUTS = "inpaint/extra_inputs"


@dataclass(frozen=True)
class Run:
    """`sampler` is a diffusers class made from the folder's configuration and `changes`; `spelling` asks this package
    for the same. The picture is drawn in `width` and `height`."""

    name: str
    model: str
    sampler: str
    spelling: str
    changes: dict = field(default_factory=dict)
    prompt: str = APPLE
    negative_prompt: str = UGLY
    seed: int = 0
    width: int = 40
    height: int = 32
    steps: int = 5
    strength: float = 0.6
    guidance_scale: float = 5.0
    eta: float = 0.0

    def document(self) -> dict:
        words = {key: key.split("_") for key in asdict(self)}
        camel = {key: parts[0] + "".join(map(str.capitalize, parts[1:])) for key, parts in words.items()}
        return {camel[key]: value for key, value in asdict(self).items()}


SKIPS = {"skip_prk_steps": True}

BLENDED = [
    Run("ddim", ORDINARY, "DDIMScheduler", "ddim", seed=1),
    Run("ddim_whole_eta", ORDINARY, "DDIMScheduler", "ddim", seed=2, strength=1.0, eta=0.8),
    Run("ddpm", ORDINARY, "DDPMScheduler", "ddpm", seed=3, strength=0.8),
    Run("pndm", ORDINARY, "PNDMScheduler", "plms", seed=4, changes=SKIPS, steps=7, strength=0.75),
    Run("pndm_prk_whole", ORDINARY, "PNDMScheduler", "pndm", seed=5, strength=1.0),
    Run("euler", ORDINARY, "EulerDiscreteScheduler", "euler", seed=6),
    Run("euler_whole_karras", ORDINARY, "EulerDiscreteScheduler", "euler karras", seed=7, strength=1.0,
        changes={"use_karras_sigmas": True}),
    Run("euler_a", ORDINARY, "EulerAncestralDiscreteScheduler", "euler_a", seed=8, strength=0.8),
    Run("euler_a_whole", ORDINARY, "EulerAncestralDiscreteScheduler", "euler_a", seed=9, strength=1.0),
    Run("lms", ORDINARY, "LMSDiscreteScheduler", "lms", seed=10, steps=9, strength=0.7),
    Run("heun", ORDINARY, "HeunDiscreteScheduler", "heun", seed=11, strength=0.8),
    Run("dpm2", ORDINARY, "KDPM2DiscreteScheduler", "dpm2", seed=12, strength=0.8),
    Run("dpm2_a_whole", ORDINARY, "KDPM2AncestralDiscreteScheduler", "dpm2_a", seed=13, strength=1.0),
    Run("dpm_multi", ORDINARY, "DPMSolverMultistepScheduler", "dpm++ 2m", seed=14, steps=8),
    Run("dpm_multi_sde", ORDINARY, "DPMSolverMultistepScheduler", "dpm++ 2m sde", seed=15, strength=0.8,
        changes={"algorithm_type": "sde-dpmsolver++"}),
    Run("dpm_single", ORDINARY, "DPMSolverSinglestepScheduler", "dpm++ 2s", seed=16, steps=8),
    Run("deis", ORDINARY, "DEISMultistepScheduler", "deis", seed=17, steps=8),
    Run("unipc_whole", ORDINARY, "UniPCMultistepScheduler", "unipc", seed=18, steps=8, strength=1.0),
    Run("lcm", ORDINARY, "LCMScheduler", "lcm", seed=19, steps=4, strength=0.75),
    Run("tcd", ORDINARY, "TCDScheduler", "tcd", seed=20, steps=4, strength=0.75, eta=0.3),
    Run("no_guidance_larger", ORDINARY, "EulerAncestralDiscreteScheduler", "euler_a", seed=21, guidance_scale=1.0,
        width=56, height=48),
    Run("velocity", VELOCITY, "DDPMScheduler", "ddpm", seed=22, prompt=CASTLE),
]

WITH_EXTRA_INPUTS = [
    Run("own_sampler", EXTRA_INPUTS, "PNDMScheduler", "plms", seed=31, changes=SKIPS, steps=6, strength=0.7),
    Run("whole", EXTRA_INPUTS, "DDIMScheduler", "ddim", seed=32, strength=1.0, prompt=CASTLE),
    Run("euler_a", EXTRA_INPUTS, "EulerAncestralDiscreteScheduler", "euler_a", seed=33, strength=0.8),
    Run("euler_a_whole", EXTRA_INPUTS, "EulerAncestralDiscreteScheduler", "euler_a", seed=34, strength=1.0),
    Run("heun", EXTRA_INPUTS, "HeunDiscreteScheduler", "heun", seed=35),
    Run("dpm_multi_whole", EXTRA_INPUTS, "DPMSolverMultistepScheduler", "dpm++ 2m", seed=36, strength=1.0),
    Run("ddpm_no_guidance", EXTRA_INPUTS, "DDPMScheduler", "ddpm", seed=37, guidance_scale=1.0, width=24, height=24),
]
