"""Scenes turned into pixels."""

import numpy as np
from PIL import Image

from .names import Concept
from .scenes import COLOURS, Scene


def ground_picture(ground: tuple[str, ...], side: int) -> Image.Image:
    """A plain ground, or a vertical gradient between two named colours (linear in sRGB values)."""
    first, last = (np.array(COLOURS[name][1], dtype=np.float32) for name in (ground[0], ground[-1]))
    ramp = np.linspace(0, 1, side, dtype=np.float32)[:, None, None]
    column = np.rint(first + (last - first) * ramp).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(column, (side, side, 3)).copy(), "RGB")


class Painter:
    """Draws scenes of `concepts` from their glyphs, RGB, side × side."""

    def __init__(self, concepts: list[Concept], glyphs: dict[int, Image.Image], side: int):
        self.glyphs = [glyphs[concept.codepoint] for concept in concepts]
        self.side = side

    def paint(self, scene: Scene) -> np.ndarray:
        """uint8 [side, side, 3]."""
        canvas = ground_picture(scene.ground, self.side)
        for placement in scene.placements:
            extent = max(8, round(placement.scale * self.side))
            glyph = self.glyphs[placement.concept].resize((extent, extent), Image.LANCZOS)
            corner = (round(placement.x * self.side - extent / 2), round(placement.y * self.side - extent / 2))
            canvas.paste(glyph, corner, glyph)
        return np.asarray(canvas)


def to_unit_range(pictures: np.ndarray) -> np.ndarray:
    """uint8 [N, H, W, 3] to float32 [N, 3, H, W] in -1...1."""
    return pictures.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
