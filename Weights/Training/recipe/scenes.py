"""Scenes: which glyphs stand where on which ground; captions.py puts them into words."""

import hashlib
from dataclasses import dataclass

import numpy as np

from .names import Concept

# sRGB, 0...255. The first word of a colour is its name in figures; captions use all of them.
COLOURS: dict[str, tuple[tuple[str, ...], tuple[int, int, int]]] = {
    "white": (("white",), (255, 255, 255)),
    "black": (("black",), (0, 0, 0)),
    "gray": (("gray", "grey"), (128, 128, 128)),
    "red": (("red",), (220, 40, 40)),
    "orange": (("orange",), (255, 150, 30)),
    "yellow": (("yellow",), (255, 225, 60)),
    "green": (("green",), (60, 165, 70)),
    "blue": (("blue",), (45, 95, 215)),
    "purple": (("purple", "violet"), (135, 60, 175)),
    "pink": (("pink",), (255, 160, 195)),
    "brown": (("brown",), (125, 80, 45)),
    "teal": (("teal", "turquoise"), (40, 180, 175)),
    "beige": (("beige", "cream"), (240, 225, 195)),
}
GROUNDS = tuple(name for name in COLOURS if name != "white")

VERTICAL = {"top": 0.27, "": 0.5, "bottom": 0.73}
HORIZONTAL = {"left": 0.27, "": 0.5, "right": 0.73}


@dataclass(frozen=True)
class Placement:
    """A concept's glyph, its centre and its side as fractions of the picture's side."""

    concept: int
    x: float
    y: float
    scale: float


@dataclass(frozen=True)
class Scene:
    """One picture. `layout` is single, big, small or pair; `place` names a small glyph's row and column;
    `ground` has one colour name, or two for a gradient from top to bottom."""

    placements: tuple[Placement, ...]
    ground: tuple[str, ...]
    layout: str = "single"
    place: tuple[str, str] = ("", "")


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def is_held_out(names: tuple[str, ...], ground: tuple[str, ...]) -> bool:
    """Whether a combination is kept for testing: a tenth of (name, coloured ground), a quarter of the pairs."""
    if len(names) > 1 and _hash(" + ".join(sorted(names))) % 4 == 0:
        return True
    return any(_hash(f"{name} on {colour}") % 10 == 0 for name in names for colour in ground if colour != "white")


def pick(random: np.random.Generator, options):
    return options[int(random.integers(len(options)))]


def single_scene(concept: int, ground: tuple[str, ...], x: float = 0.5, y: float = 0.5, scale: float = 0.89) -> Scene:
    return Scene((Placement(concept, x, y, scale),), ground)


def pair_scene(left: int, right: int, ground: tuple[str, ...], scales=(0.47, 0.47), rows=(0.5, 0.5)) -> Scene:
    placements = (Placement(left, 0.26, rows[0], scales[0]), Placement(right, 0.74, rows[1], scales[1]))
    return Scene(placements, ground, "pair")


class SceneSampler:
    """Draws scenes of the given concepts, `pair_share` of them with two; never one that `is_held_out`."""

    def __init__(self, concepts: list[Concept], weights: np.ndarray, pair_share: float = 0.12):
        self.concepts, self.pair_share = concepts, pair_share
        self.cumulated = np.cumsum(weights / weights.sum())

    def sample(self, random: np.random.Generator) -> Scene:
        while True:
            scene = self._draw(random)
            names = tuple(self.concepts[placement.concept].name for placement in scene.placements)
            if not is_held_out(names, scene.ground):
                return scene

    def _draw(self, random: np.random.Generator) -> Scene:
        kind, ground = random.random(), self._ground(random)
        if kind < self.pair_share:
            return self._pair(random, ground)
        return self._small(random, ground) if kind < self.pair_share + 0.08 else self._single(random, ground)

    def _concept(self, random: np.random.Generator) -> int:
        return min(int(np.searchsorted(self.cumulated, random.random())), len(self.concepts) - 1)

    def _ground(self, random: np.random.Generator) -> tuple[str, ...]:
        kind = random.random()
        if kind < 0.35:
            return ("white",)
        if kind < 0.92:
            return (pick(random, GROUNDS),)
        return tuple(random.choice(list(COLOURS), size=2, replace=False).tolist())

    def _single(self, random: np.random.Generator, ground: tuple[str, ...]) -> Scene:
        concept, (x, y) = self._concept(random), random.uniform(0.48, 0.52, size=2)
        if random.random() < 0.06:
            return Scene((Placement(concept, x, y, random.uniform(0.96, 1.0)),), ground, "big")
        return single_scene(concept, ground, x, y, random.uniform(0.84, 0.94))

    def _small(self, random: np.random.Generator, ground: tuple[str, ...]) -> Scene:
        place = pick(random, tuple(VERTICAL)), pick(random, tuple(HORIZONTAL))
        x, y = random.uniform(-0.02, 0.02, size=2) + (HORIZONTAL[place[1]], VERTICAL[place[0]])
        placement = Placement(self._concept(random), x, y, random.uniform(0.44, 0.52))
        return Scene((placement,), ground, "small", place)

    def _pair(self, random: np.random.Generator, ground: tuple[str, ...]) -> Scene:
        left, right = self._concept(random), self._concept(random)
        return pair_scene(left, right, ground, random.uniform(0.44, 0.50, size=2), random.uniform(0.47, 0.53, size=2))
