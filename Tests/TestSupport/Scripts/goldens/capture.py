"""Intermediate outputs by module path, taken with forward hooks while a model runs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def captured(model: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, torch.Tensor]]:
    """Yields a dictionary that the modules at `paths` (those that the model has) fill with their outputs."""
    outputs: dict[str, torch.Tensor] = {}
    modules = dict(model.named_modules())
    handles = [modules[path].register_forward_hook(_store(outputs, path)) for path in paths if path in modules]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _store(outputs: dict[str, torch.Tensor], path: str):
    def hook(_module, _arguments, output):
        # Down blocks return (hidden, skips); the hidden states are what is compared.
        outputs[path] = (output[0] if isinstance(output, tuple) else output).detach().clone()

    return hook
