"""Where a run keeps its data, and what every stage shares: settings, concepts, glyphs, log."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from .files import Log
from .glyphs import load_glyphs
from .names import Concept, load_concepts
from .pictures import Painter, to_unit_range
from .scenes import Scene
from .settings import Settings


@dataclass
class Workspace:
    """A folder outside the repository, with everything a stage needs to find its inputs."""

    folder: Path
    settings: Settings
    pause_file: Path | None = None
    device: torch.device = torch.device("cpu")

    @cached_property
    def log(self) -> Log:
        return Log(self.folder / "log.txt")

    @cached_property
    def concepts(self) -> list[Concept]:
        return load_concepts(self.settings.concept_limit)

    @cached_property
    def glyphs(self) -> dict:
        return load_glyphs(self.folder / "glyphs.npz")

    @cached_property
    def painter(self) -> Painter:
        return Painter(self.concepts, self.glyphs, self.settings.side)

    def checkpoint(self, stage: str) -> Path:
        return self.folder / f"{stage}.pt"

    def random(self, *stream: int) -> np.random.Generator:
        """A generator of its own for each (stream, step), so that a resumed run draws what an unbroken one draws."""
        return np.random.default_rng([self.settings.seed, *stream])

    def paint(self, scenes: list[Scene]) -> torch.Tensor:
        """float32 [N, 3, side, side] in -1...1."""
        return torch.from_numpy(to_unit_range(np.stack([self.painter.paint(scene) for scene in scenes])))

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=torch.bfloat16)
