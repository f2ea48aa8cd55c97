"""Which taught concept a picture shows, and on which ground: nearest training pictures, no person in between."""

from functools import lru_cache

import numpy as np
import torch
from torch.nn import functional

from .latents import standard_autoencoder
from .pictures import ground_picture, to_unit_range
from .questions import Question
from .scenes import COLOURS, Placement, Scene
from .workspace import Workspace

SINGLE_SCALES = (0.84, 0.89, 0.94)
PAIR_SCALES = (0.45, 0.49)
SLOTS = (0.26, 0.74)


class Judge:
    """Compares by the trained autoencoder's latents and an 8×8 colour layout, the caption's ground composed in.

    Each part of the distance is divided by its mean over pairs of candidates, so that both weigh the same.
    """

    def __init__(self, workspace: Workspace):
        self.workspace, self.model = workspace, standard_autoencoder(workspace)
        self._candidates = lru_cache(maxsize=128)(self._make_candidates)

    @torch.no_grad()
    def features(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents [N, C, S/8, S/8] and colour layout [N, 3, 8, 8] of pictures in -1...1."""
        parts = []
        for part in pictures.split(32):
            with self.workspace.autocast():
                parts.append(self.model.encode(part.to(self.workspace.device)).latent_dist.mean.float().cpu())
        return torch.cat(parts), functional.adaptive_avg_pool2d(pictures, 8)

    def _make_candidates(self, slot: float | None, ground: tuple[str, ...]):
        """Features of every concept alone on `ground`: in the middle, or in one of a pair's slots."""
        scales = SINGLE_SCALES if slot is None else PAIR_SCALES
        x, count = 0.5 if slot is None else slot, len(self.workspace.concepts)
        scenes = [Scene((Placement(index, x, 0.5, scale),), ground) for scale in scales for index in range(count)]
        features = [halved(feature, slot) for feature in self.features(self.workspace.paint(scenes))]
        spreads = [2 * feature.var(dim=0).mean() for feature in features]
        return features, spreads

    def _nearest(self, features, slot: float | None, ground: tuple[str, ...]) -> int:
        """Index of the concept whose candidate is nearest to one picture's features."""
        candidates, spreads = self._candidates(slot, ground)
        distance = 0
        for feature, candidate, spread in zip(features, candidates, spreads):
            error = (halved(feature, slot)[None] - candidate).square().flatten(1).mean(dim=1)
            distance = distance + error / spread
        return int(distance.argmin()) % len(self.workspace.concepts)

    def shown(self, pictures: np.ndarray, questions: list[Question]) -> list[tuple[int, ...]]:
        """The concepts nearest to each picture (uint8 [N, S, S, 3]), from left to right."""
        latents, layouts = self.features(torch.from_numpy(to_unit_range(pictures)))
        answers = []
        for index, question in enumerate(questions):
            slots = (None,) if len(question.concepts) == 1 else SLOTS
            features = latents[index], layouts[index]
            answers.append(tuple(self._nearest(features, slot, question.ground) for slot in slots))
        return answers


def halved(feature: torch.Tensor, slot: float | None) -> torch.Tensor:
    """The half of a feature map's columns that a slot lies in; all of it without a slot."""
    if slot is None:
        return feature
    middle = feature.shape[-1] // 2
    return feature[..., :middle] if slot < 0.5 else feature[..., middle:]


def rim(picture: np.ndarray, width: int = 4) -> dict[str, np.ndarray]:
    """Pixels of the corners at the top and at the bottom, where no glyph reaches: float [N, 3] each."""
    edge = picture.shape[0] // 8
    corners = {}
    for name, rows in (("top", slice(0, width)), ("bottom", slice(-width, None))):
        pixels = np.concatenate([picture[rows, :edge], picture[rows, -edge:]], axis=1)
        corners[name] = pixels.reshape(-1, 3).astype(np.float32)
    return corners


def ground_shown(picture: np.ndarray) -> tuple[str, str]:
    """The named colours nearest to the corners at the top and at the bottom."""
    names = list(COLOURS)
    palette = np.array([COLOURS[name][1] for name in names], dtype=np.float32)
    medians = [np.median(pixels, axis=0) for pixels in rim(picture).values()]
    return tuple(names[int(np.square(palette - median).sum(axis=1).argmin())] for median in medians)


def unevenness(picture: np.ndarray, ground: tuple[str, ...]) -> float:
    """Mean absolute deviation (of 255) of the rim from its own mean, a gradient's ramp taken off first."""
    ramp = np.asarray(ground_picture(ground, picture.shape[0])).astype(np.float32)
    difference = rim(picture.astype(np.float32) - ramp + 128)
    pixels = np.concatenate(list(difference.values()))
    return float(np.abs(pixels - pixels.mean(axis=0)).mean())
