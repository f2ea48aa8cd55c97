"""Fixtures of `UNet2DConditionModel`."""

from functools import partial
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from .capture import captured
from .fixture import Fixture, Recording
from .storage import DTYPES
from .unet_configs import ARCHITECTURES, Architecture, Case
from .weights import initialise, unit_variance

# The first case of a fixture keeps these outputs; the later ones only the final one.
TRACED_MODULES = [
    "time_embedding", "conv_in", "down_blocks.0.resnets.0", "down_blocks.0.attentions.0", "mid_block",
    *[f"down_blocks.{index}" for index in range(4)], *[f"up_blocks.{index}" for index in range(4)],
]


def fixtures() -> list[Fixture]:
    return [
        Fixture("unet", a.name, a.summary, a.seed, write=partial(_write, a), record=partial(_record, a))
        for a in ARCHITECTURES
    ]


def _write(architecture: Architecture, folder: Path) -> None:
    model = initialise(UNet2DConditionModel(**architecture.arguments()), architecture.seed)
    model.to(DTYPES[architecture.dtype]).save_pretrained(folder)


def _record(architecture: Architecture, folder: Path) -> Recording:
    model = UNet2DConditionModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    recording = Recording()
    for index, case in enumerate(architecture.cases):
        inputs = _inputs(model, case, architecture.seed)
        with torch.no_grad(), captured(model, TRACED_MODULES if index == 0 else []) as traced:
            output = model(**inputs, return_dict=False)[0]
        recording.add_named(case.name, {**inputs, "output": output, **traced})
    return recording


def _inputs(model: UNet2DConditionModel, case: Case, seed: int) -> dict[str, torch.Tensor]:
    values = partial(unit_variance, seed=seed)
    context_width = model.config.cross_attention_dim
    if not isinstance(context_width, int):
        context_width = context_width[0]
    inputs = {
        "sample": values((case.batch, model.config.in_channels, case.height, case.width), label=f"{case.name}/sample"),
        "timestep": torch.tensor(case.timesteps, dtype=torch.float32),
        "encoder_hidden_states": values((case.batch, case.tokens, context_width), label=f"{case.name}/context"),
    }
    if model.config.time_cond_proj_dim is not None:
        shape = (case.batch, model.config.time_cond_proj_dim)
        inputs["timestep_cond"] = values(shape, label=f"{case.name}/timestep_cond")
    return inputs
