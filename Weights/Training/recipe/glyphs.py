"""The colour bitmaps of Noto Color Emoji as one array, rasterised once and cached."""

import io
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image

from .files import replace_atomically
from .names import emoji_codepoints

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")  # Debian: fonts-noto-color-emoji
SIDE = 128


def glyph_bitmap(font: TTFont, codepoint: int) -> Image.Image | None:
    """A glyph's CBDT bitmap, RGBA, its drawing centred in a SIDE×SIDE canvas; None where the font has none."""
    name = font.getBestCmap().get(codepoint)
    record = font["CBDT"].strikeData[0].get(name) if name else None
    if record is None or not getattr(record, "imageData", b""):
        return None
    bitmap = Image.open(io.BytesIO(record.imageData)).convert("RGBA")
    box = bitmap.getchannel("A").getbbox()
    if box is None:
        return None
    drawing = bitmap.crop(box)
    if max(drawing.size) > SIDE:
        ratio = SIDE / max(drawing.size)
        drawing = drawing.resize((round(drawing.width * ratio), round(drawing.height * ratio)), Image.LANCZOS)
    canvas = Image.new("RGBA", (SIDE, SIDE))
    canvas.paste(drawing, ((SIDE - drawing.width) // 2, (SIDE - drawing.height) // 2))
    return canvas


def rasterise(path: Path) -> None:
    """Writes codepoints [N] and glyphs [N, SIDE, SIDE, 4] (uint8, straight alpha) of all one-codepoint emoji."""
    font = TTFont(FONT)
    kept, pictures = [], []
    for codepoint in sorted(set(emoji_codepoints().values())):
        bitmap = glyph_bitmap(font, codepoint)
        if bitmap is not None:
            kept.append(codepoint)
            pictures.append(np.asarray(bitmap))
    with replace_atomically(path) as part:
        with open(part, "wb") as stream:
            np.savez(stream, codepoints=np.array(kept), glyphs=np.stack(pictures))


def load_glyphs(path: Path) -> dict[int, Image.Image]:
    """Code point to RGBA picture; rasterises first if the cache is not there."""
    if not path.exists():
        rasterise(path)
    with np.load(path) as cache:
        codepoints, glyphs = cache["codepoints"], cache["glyphs"]
    return {int(point): Image.fromarray(glyph, "RGBA") for point, glyph in zip(codepoints, glyphs)}
