"""Contact sheets: pictures in a grid, each with its caption under it."""

import textwrap
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

MARGIN, LINE = 6, 11


def contact_sheet(path: Path, pictures: np.ndarray, captions: list[str], columns: int = 8) -> None:
    """Writes uint8 [N, S, S, 3] as PNG; captions wrap over three lines at most."""
    side = pictures.shape[1]
    cell = (side + MARGIN, side + MARGIN + 3 * LINE)
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * cell[0] + MARGIN, rows * cell[1] + MARGIN), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (picture, caption) in enumerate(zip(pictures, captions)):
        x, y = MARGIN + index % columns * cell[0], MARGIN + index // columns * cell[1]
        sheet.paste(Image.fromarray(picture), (x, y))
        for line, text in enumerate(textwrap.wrap(caption, side // 6)[:3]):
            draw.text((x, y + side + LINE * line), text, fill="black")
    sheet.save(path, optimize=True)
