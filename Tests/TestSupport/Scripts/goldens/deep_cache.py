"""Runs of U-Net calls with reused deep features, by the helper of the authors' package `DeepCache`.

The models are those of the part `unet`. The helper's branch 1 is what `DeepFeatureCache` does: between whole calls the
input convolution, the first layer down, the last two layers up and the output layers.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import torch
from DeepCache import DeepCacheSDHelper
from diffusers import UNet2DConditionModel

from .fixture import Fixture, Recording
from .weights import unit_variance

SEED = 800
BRANCH = 1


@dataclass(frozen=True)
class Run:
    name: str
    interval: int
    shape: tuple[int, int, int]
    timesteps: list[int]


RUNS = [
    Run("every_third", 3, (2, 7, 9), [981, 821, 661, 501, 341, 181, 21]),
    Run("every_second", 2, (1, 8, 12), [981, 661, 341, 21]),
]
MODELS = {
    "sd1_like": "two layers a level, attention on the outer level",
    "sd2_like": "one layer a level",
    "layers_list": "layers per level, outer level without attention",
}


def fixtures() -> list[Fixture]:
    return [
        Fixture("deep_cache", name, summary, SEED, write=lambda _folder: None, record=partial(_record, name))
        for name, summary in MODELS.items()
    ]


def _record(name: str, folder: Path) -> Recording:
    model = UNet2DConditionModel.from_pretrained(folder.parent.parent / "unet" / name, torch_dtype=torch.float32).eval()
    recording = Recording()
    for run in RUNS:
        recording.add_named(run.name, _run(model, run))
    return recording


def _run(model: UNet2DConditionModel, run: Run) -> dict[str, torch.Tensor]:
    batch, height, width = run.shape
    context_width = model.config.cross_attention_dim
    context = unit_variance((batch, 5, context_width), SEED, f"{run.name}/context")
    tensors = {"encoder_hidden_states": context, "timestep": torch.tensor(run.timesteps, dtype=torch.float32)}
    pipeline = SimpleNamespace(unet=model, scheduler=SimpleNamespace(timesteps=run.timesteps))
    helper = DeepCacheSDHelper(pipeline)
    helper.set_params(cache_interval=run.interval, cache_branch_id=BRANCH)
    helper.enable()
    for index, timestep in enumerate(run.timesteps):
        sample = unit_variance((batch, model.config.in_channels, height, width), SEED, f"{run.name}/sample.{index}")
        with torch.no_grad():
            output = model(sample, torch.tensor(timestep), context, return_dict=False)[0]
        tensors |= {f"sample.{index}": sample, f"output.{index}": output}
    helper.disable()
    return tensors
