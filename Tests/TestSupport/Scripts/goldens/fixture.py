"""What one fixture is: a folder of input files, and the tensors the reference computes from that folder."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

EXPECTED_FILE = "expected.safetensors"


@dataclass
class Recording:
    """Tensors by name (`<case>/<tensor>`), and JSON documents by file name."""

    tensors: dict[str, torch.Tensor] = field(default_factory=dict)
    documents: dict[str, object] = field(default_factory=dict)

    def add(self, case: str, **tensors: torch.Tensor) -> None:
        self.add_named(case, tensors)

    def add_named(self, case: str, tensors: dict[str, torch.Tensor]) -> None:
        for name, tensor in tensors.items():
            key = f"{case}/{name}"
            if key in self.tensors:
                raise KeyError(f"tensor {key} recorded twice")
            self.tensors[key] = tensor.detach().clone().contiguous()

    @property
    def cases(self) -> list[str]:
        return list(dict.fromkeys(key.split("/")[0] for key in self.tensors))


@dataclass(frozen=True)
class Fixture:
    """`write` makes the input files in a folder, `record` runs the reference on a folder that `write` made.

    The two are apart so that `--check` can run `record` on the committed files.
    """

    part: str
    name: str
    summary: str
    seed: int
    write: Callable[[Path], None]
    record: Callable[[Path], Recording]

    @property
    def folder(self) -> str:
        return f"{self.part}/{self.name}"
