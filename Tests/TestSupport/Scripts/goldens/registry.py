"""All fixtures, by part, in the order in which they are made."""

from importlib import import_module

from .fixture import Fixture

PARTS = [
    "unet", "vae", "deep_cache", "tiny_vae", "text_encoder", "engine", "tokenizer", "pipeline", "img2img", "inpaint",
    "noise",
]


def fixtures(parts: list[str]) -> list[Fixture]:
    return [fixture for part in parts for fixture in import_module(f".{part}", __package__).fixtures()]
