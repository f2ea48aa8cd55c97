"""Makes the picture fixtures of RendererTests: small pictures of odd kinds and what Pillow reads from them.

Run with Pillow 12 or later from anywhere: python make_fixtures.py
The committed files were made with Pillow 13.0.0. NAME.EXT is the input; NAME.EXT.expected.png is the same picture through
what diffusers' load_image does (exif_transpose, then convert("RGB")), or resized as VaeImageProcessor.resize does.
"""

from pathlib import Path

from PIL import Image, ImageOps

FOLDER = Path(__file__).resolve().parent.parent / "Fixtures"


def picture(width, height):
    """Smooth colours, a hard edge and some noise of a linear congruential generator."""
    image = Image.new("RGB", (width, height))
    state = 12345
    for y in range(height):
        for x in range(width):
            state = (state * 1103515245 + 12345) % 2**31
            noise = state >> 26
            edge = 90 if (x * 2 > width) != (y * 3 > height) else 0
            red = x * 150 // width + edge
            green = y * 150 // height + noise
            blue = (x + y) * 120 // (width + height) + edge + noise
            image.putpixel((x, y), (red, min(green, 255), min(blue, 255)))
    return image


def save(image, name, **options):
    image.save(FOLDER / name, **options)
    read = ImageOps.exif_transpose(Image.open(FOLDER / name)).convert("RGB")
    read.save(FOLDER / f"{name}.expected.png", optimize=True)


def odd_kinds():
    image = picture(37, 26)
    save(image.convert("CMYK"), "cmyk.jpg", quality=90)
    save(image.convert("L"), "gray.jpg", quality=90)
    save(image, "progressive.jpg", quality=85, progressive=True, subsampling=2)
    save(image, "baseline-411.jpg", quality=85, subsampling="4:1:1")
    save(image, "restarts.jpg", quality=85, restart_marker_blocks=2)
    save(image.quantize(16), "palette.png")
    save(image.convert("1"), "one-bit.png", bits=1)
    save(image.convert("L").quantize(4), "two-bit-palette.png", bits=2)
    save(image.convert("L"), "gray.png")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(image.resize((20, 12)), f"orientation-{orientation}.jpg", quality=95, exif=exif)
    exif = Image.Exif()
    exif[0x0112] = 6
    save(image.resize((20, 12)), "orientation-6.png", exif=exif)


def resized():
    source = picture(61, 43)
    source.save(FOLDER / "resize-source.png", optimize=True)
    for width, height in [(64, 64), (24, 40), (8, 8), (61, 96), (128, 43), (61, 43), (1, 1), (7, 150)]:
        target = source.resize((width, height), resample=Image.Resampling.LANCZOS)
        target.save(FOLDER / f"resize-{width}x{height}.png", optimize=True)


FOLDER.mkdir(exist_ok=True)
odd_kinds()
resized()
