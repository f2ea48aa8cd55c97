"""Fixtures of `AutoencoderTiny` (TAESD): decoding and encoding."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from diffusers import AutoencoderTiny

from .fixture import Fixture, Recording
from .storage import DTYPES
from .weights import initialise, uniform, unit_variance


@dataclass(frozen=True)
class Architecture:
    name: str
    summary: str
    config: dict
    seed: int
    dtype: str = "float32"


def channels(*widths: int) -> dict:
    return {"encoder_block_out_channels": widths, "decoder_block_out_channels": widths[::-1]}


ARCHITECTURES = [
    Architecture("taesd_like", "TAESD's shape: 4 stages of equal width, 4 latent channels, F16 file",
                 channels(8, 8, 8, 8), seed=901, dtype="float16"),
    Architecture(
        "eight_channels", "2 stages, 8 latent channels, scaling_factor and shift_factor, blocks without end",
        dict(
            **channels(12, 12), num_encoder_blocks=(2, 1), num_decoder_blocks=(1, 2), latent_channels=8,
            scaling_factor=0.5, shift_factor=0.25,
        ),
        seed=902,
    ),
    Architecture(
        "silu", "act_fn silu, 3 stages of 9 channels, unequal counts of blocks",
        dict(**channels(9, 9, 9), num_encoder_blocks=(1, 2, 1), num_decoder_blocks=(2, 1, 1), act_fn="silu"),
        seed=903,
    ),
]


def fixtures() -> list[Fixture]:
    return [
        Fixture("tiny_vae", a.name, a.summary, a.seed, write=partial(_write, a), record=partial(_record, a))
        for a in ARCHITECTURES
    ]


def _write(architecture: Architecture, folder: Path) -> None:
    model = initialise(AutoencoderTiny(**architecture.config), architecture.seed)
    model.to(DTYPES[architecture.dtype]).save_pretrained(folder)


def _record(architecture: Architecture, folder: Path) -> Recording:
    model = AutoencoderTiny.from_pretrained(folder, torch_dtype=torch.float32).eval()
    recording = Recording()
    for case, shape in {"decode": (1, 5, 3), "decode_flat": (2, 1, 6)}.items():
        latents = unit_variance((shape[0], model.config.latent_channels, *shape[1:]), architecture.seed, f"{case}/z")
        # As StableDiffusionPipeline does it, without shift_factor. Large values: the decoder limits them.
        latents = latents * 2
        with torch.no_grad():
            sample = model.decode(latents / model.config.scaling_factor, return_dict=False)[0]
        recording.add(case, latents=latents, sample=sample)
    for case, shape in {"encode": (1, 16, 24), "encode_odd": (2, 21, 13)}.items():
        sample = uniform((shape[0], model.config.in_channels, *shape[1:]), architecture.seed, f"{case}/sample")
        with torch.no_grad():
            latents = model.encode(sample, return_dict=False)[0]
        recording.add(case, sample=sample, latents=latents)
    return recording
