"""Fixtures of `AutoencoderKL`: decoding and encoding."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from diffusers import AutoencoderKL

from .capture import captured
from .fixture import Fixture, Recording
from .storage import DTYPES, rewrite_tensors
from .weights import initialise, uniform, unit_variance

WEIGHT_FILE = "diffusion_pytorch_model.safetensors"
TRACED_DECODER = [
    "post_quant_conv", "decoder.conv_in", "decoder.mid_block.resnets.0", "decoder.mid_block.attentions.0",
    "decoder.mid_block", *[f"decoder.up_blocks.{index}" for index in range(4)],
]
TRACED_ENCODER = [
    "encoder.conv_in", *[f"encoder.down_blocks.{index}" for index in range(4)], "encoder.mid_block",
    "encoder.conv_out",
]
# Names of the mid block's attention in files written before diffusers 0.13.
OLD_ATTENTION_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


@dataclass(frozen=True)
class Architecture:
    name: str
    summary: str
    channels: tuple[int, ...]
    config: dict
    seed: int
    dtype: str = "float32"
    old_names: bool = False

    def arguments(self) -> dict:
        levels = len(self.channels)
        return {
            "block_out_channels": self.channels,
            "down_block_types": ("DownEncoderBlock2D",) * levels,
            "up_block_types": ("UpDecoderBlock2D",) * levels,
            **self.config,
        }


SD_LIKE = dict(channels=(8, 8, 16, 16), config=dict(layers_per_block=2, norm_num_groups=4), seed=201)

ARCHITECTURES = [
    Architecture("sd_like", "Stable Diffusion shape: 4 levels, 2 layers each, 4 latent channels", **SD_LIKE),
    Architecture(
        "old_attention_names",
        "the weights of sd_like with the attention keys of old files: query, key, value, proj_attn",
        **SD_LIKE, old_names=True,
    ),
    Architecture(
        "two_levels_f16",
        "2 levels of 12 and 20 channels, 3 latent channels, scaling_factor 0.5, F16 file",
        (12, 20), dict(latent_channels=3, norm_num_groups=4, scaling_factor=0.5), seed=202, dtype="float16",
    ),
    Architecture(
        "shifted_no_quant",
        "3 levels of 6/9/15 channels, 16 latent channels, shift_factor, no quant_conv and no post_quant_conv",
        (6, 9, 15),
        dict(
            latent_channels=16, norm_num_groups=3, scaling_factor=0.3611, shift_factor=0.1159,
            use_quant_conv=False, use_post_quant_conv=False,
        ),
        seed=203,
    ),
    Architecture(
        "no_mid_attention",
        "3 levels, 8 latent channels, mid_block_add_attention false, quant_conv without post_quant_conv",
        (6, 9, 12),
        dict(latent_channels=8, norm_num_groups=3, mid_block_add_attention=False, use_post_quant_conv=False),
        seed=204,
    ),
    Architecture(
        "rgba_bf16",
        "4 picture channels in and out, uneven levels (24 then 8 channels), BF16 file",
        (24, 8), dict(in_channels=4, out_channels=4, norm_num_groups=8), seed=205, dtype="bfloat16",
    ),
]


def fixtures() -> list[Fixture]:
    return [
        Fixture("vae", a.name, a.summary, a.seed, write=partial(_write, a), record=partial(_record, a))
        for a in ARCHITECTURES
    ]


def _write(architecture: Architecture, folder: Path) -> None:
    model = initialise(AutoencoderKL(**architecture.arguments()), architecture.seed)
    model.to(DTYPES[architecture.dtype]).save_pretrained(folder)
    if architecture.old_names:
        rewrite_tensors(folder / WEIGHT_FILE, _with_old_attention_names)


def _with_old_attention_names(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {_old_name(key): tensor for key, tensor in tensors.items()}


def _old_name(key: str) -> str:
    if ".attentions." in key:
        for new, old in OLD_ATTENTION_NAMES.items():
            key = key.replace(f".{new}.", f".{old}.")
    return key


def _record(architecture: Architecture, folder: Path) -> Recording:
    model = AutoencoderKL.from_pretrained(folder, torch_dtype=torch.float32).eval()
    factor = 2 ** (len(architecture.channels) - 1)
    recording = Recording()
    if not architecture.old_names:
        _record_decode(recording, "decode", model, (1, 5, 3), architecture.seed)
        _record_encode(recording, "encode", model, (1, 3 * factor, 4 * factor), architecture.seed)
    _record_decode(recording, "decode_flat", model, (2, 1, 6), architecture.seed)
    _record_encode(recording, "encode_odd", model, (2, 21, 13), architecture.seed)
    return recording


def _record_decode(recording: Recording, case: str, model: AutoencoderKL, shape: tuple[int, int, int], seed: int):
    """`latents` are in the denoiser's scale, `z` in the decoder's: z = latents / scaling_factor + shift_factor."""
    batch, height, width = shape
    config = model.config
    shift = config.shift_factor or 0.0
    z = unit_variance((batch, config.latent_channels, height, width), seed, f"{case}/z")
    latents = (z - shift) * config.scaling_factor
    # The decoder is fed what a reader of `latents` computes, so that rounding does not count as an error.
    z = latents / config.scaling_factor + shift
    with torch.no_grad(), captured(model, TRACED_DECODER if case == "decode" else []) as traced:
        sample = model.decode(z, return_dict=False)[0]
    recording.add(case, latents=latents, z=z, sample=sample)
    recording.add_named(case, traced)


def _record_encode(recording: Recording, case: str, model: AutoencoderKL, shape: tuple[int, int, int], seed: int):
    """`mean` and `logvar` (clamped to -30…20) are the two halves of `moments`, the output of quant_conv."""
    batch, height, width = shape
    sample = uniform((batch, model.config.in_channels, height, width), seed, f"{case}/sample")
    with torch.no_grad(), captured(model, TRACED_ENCODER if case == "encode" else []) as traced:
        posterior = model.encode(sample).latent_dist
    recording.add(
        case, sample=sample, moments=posterior.parameters, mean=posterior.mean, logvar=posterior.logvar,
        std=posterior.std,
    )
    recording.add_named(case, traced)
