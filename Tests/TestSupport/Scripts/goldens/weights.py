"""Seeded parameters that keep activations alive: unit variance through layers, norms and biases that do something.

Every value is a shifted, scaled `torch.rand`: it comes straight from the Mersenne Twister without a
transcendental function, so the files are the same bytes on every machine and torch release.
"""

import math
import zlib

import torch
from torch import nn

NORMS = (nn.GroupNorm, nn.LayerNorm)
# Query and key projections get more than unit gain: attention far from uniform finds more mistakes.
SHARP_PROJECTIONS = ("to_q", "to_k", "q_proj", "k_proj")
SHARP_GAIN = 1.5
BIAS_RANGE = 0.2
NORM_RANGE = 0.3


def uniform(shape, seed: int, label: str) -> torch.Tensor:
    """Uniform in [-1, 1), a function of the seed and the label alone."""
    generator = torch.Generator("cpu").manual_seed(zlib.crc32(f"{seed}/{label}".encode()))
    return torch.rand(tuple(shape), generator=generator, dtype=torch.float32) * 2 - 1


def unit_variance(shape, seed: int, label: str) -> torch.Tensor:
    return uniform(shape, seed, label) * math.sqrt(3)


def initialise(model: nn.Module, seed: int) -> nn.Module:
    """Fill every parameter of the model in place and return it in eval mode."""
    with torch.no_grad():
        for module_name, module in model.named_modules():
            for name, parameter in module.named_parameters(recurse=False):
                label = f"{module_name}.{name}"
                parameter.copy_(_value(module, module_name, name, uniform(parameter.shape, seed, label)))
    return model.eval()


def _value(module: nn.Module, module_name: str, name: str, base: torch.Tensor) -> torch.Tensor:
    if isinstance(module, NORMS):
        return base * NORM_RANGE + (1 if name == "weight" else 0)
    if name == "bias":
        return base * BIAS_RANGE
    if isinstance(module, nn.Embedding):
        return base
    gain = SHARP_GAIN if module_name.split(".")[-1] in SHARP_PROJECTIONS else 1
    return base * gain * math.sqrt(3 / base[0].numel())
