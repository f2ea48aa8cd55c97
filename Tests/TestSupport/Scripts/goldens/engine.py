"""Fixture of single operations: what torch computes for the engine's cases.

Products, norms, activations and attention are computed in double precision and rounded once, so that the
expected values are the truth and not another single-precision program. Only the timestep embedding stays in
single precision: its angles reach a thousand radians, and a model sees torch's rounding of them.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers.models.embeddings import get_timestep_embedding

from .engine_cases import ACTIVATION_NAMES, CASES, EngineCase
from .fixture import Fixture, Recording
from .weights import unit_variance

SEED = 401
# Around zero, where exponentials saturate in single precision, and far outside: to be compared value by value.
EXTREME_VALUES = [
    0.0, -0.0, 1e-38, -1e-38, 1e-6, -1e-6, 0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 5.4, -5.4, 9.0, -9.0, 17.0, -17.0,
    50.0, -50.0, 87.3, -87.3, 88.8, -88.8, 103.9, -103.9, 1e4, -1e4, 1e30, -1e30,
]
TIMESTEPS = [0.0, 1.0, 20.5, 417.25, 981.0, 999.0]


def fixtures() -> list[Fixture]:
    summary = "convolution, linear, norms, activations, GEGLU, attention, up-sampling, timestep embedding"
    return [Fixture("engine", "operations", summary, SEED, write=lambda _folder: None, record=_record)]


def _record(_folder: Path) -> Recording:
    recording = Recording()
    for case in CASES:
        inputs = _inputs(case)
        output = OPERATIONS[case.operation](inputs, case.parameters)
        recording.add_named(case.name, {**inputs, "output": output.to(torch.float32)})
    recording.documents["cases.json"] = {"cases": [_description(case) for case in CASES]}
    return recording


def _description(case: EngineCase) -> dict:
    return {"name": case.name, "operation": case.operation, "parameters": case.parameters}


def _inputs(case: EngineCase) -> dict[str, torch.Tensor]:
    if case.operation in ACTIVATION_NAMES:
        usual = case.parameters["values"] == "usual"
        return {"x": torch.linspace(-12, 12, 1001) if usual else torch.tensor(EXTREME_VALUES)}
    if case.operation == "timestep_embedding":
        return {"timestep": torch.tensor(TIMESTEPS)}
    inputs = {name: unit_variance(shape, SEED, f"{case.name}/{name}") for name, shape in case.shapes.items()}
    stretched = "query" if "query" in inputs else "x"
    inputs[stretched] = inputs[stretched] * case.scale + case.offset
    return inputs


def _conv2d(inputs: dict, parameters: dict) -> torch.Tensor:
    sides = parameters["padding"]
    padded = F.pad(inputs["x"].double(), (sides["left"], sides["right"], sides["top"], sides["bottom"]))
    bias = inputs["bias"].double() if "bias" in inputs else None
    return F.conv2d(
        padded, inputs["weight"].double(), bias, stride=parameters["stride"], dilation=parameters["dilation"],
        groups=parameters["groups"],
    )


def _linear(inputs: dict, _parameters: dict) -> torch.Tensor:
    bias = inputs["bias"].double() if "bias" in inputs else None
    return F.linear(inputs["x"].double(), inputs["weight"].double(), bias)


def _group_norm(inputs: dict, parameters: dict) -> torch.Tensor:
    x, weight, bias = (inputs[name].double() for name in ("x", "weight", "bias"))
    # torch.nn.functional refuses a single value per group, the module's own kernel does not.
    return torch.native_group_norm(
        x, weight, bias, x.shape[0], x.shape[1], x.shape[2] * x.shape[3], parameters["groups"], parameters["eps"]
    )[0]


def _layer_norm(inputs: dict, parameters: dict) -> torch.Tensor:
    x, weight, bias = (inputs[name].double() for name in ("x", "weight", "bias"))
    return F.layer_norm(x, (x.shape[-1],), weight, bias, parameters["eps"])


def _geglu(inputs: dict, _parameters: dict) -> torch.Tensor:
    """As in diffusers' GEGLU: the first half times the GELU of the second."""
    hidden, gate = inputs["x"].double().chunk(2, dim=-1)
    return hidden * F.gelu(gate)


def _attention(inputs: dict, parameters: dict) -> torch.Tensor:
    query, key, value = (inputs[name].double() for name in ("query", "key", "value"))
    return F.scaled_dot_product_attention(
        query, key, value, is_causal=parameters["causal"], scale=parameters["scale"]
    )


def _quick_gelu(inputs: dict, _parameters: dict) -> torch.Tensor:
    x = inputs["x"].double()
    return x * torch.sigmoid(1.702 * x)


def _nearest_upsample(inputs: dict, parameters: dict) -> torch.Tensor:
    return F.interpolate(inputs["x"], size=(parameters["height"], parameters["width"]), mode="nearest")


def _timestep_embedding(inputs: dict, parameters: dict) -> torch.Tensor:
    return get_timestep_embedding(
        inputs["timestep"], parameters["width"], flip_sin_to_cos=parameters["flipSinToCos"],
        downscale_freq_shift=parameters["frequencyShift"],
    )


OPERATIONS = {
    "conv2d": _conv2d,
    "linear": _linear,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "silu": lambda inputs, _: F.silu(inputs["x"].double()),
    "gelu": lambda inputs, _: F.gelu(inputs["x"].double()),
    "quick_gelu": _quick_gelu,
    "geglu": _geglu,
    "attention": _attention,
    "nearest_upsample": _nearest_upsample,
    "timestep_embedding": _timestep_embedding,
}
