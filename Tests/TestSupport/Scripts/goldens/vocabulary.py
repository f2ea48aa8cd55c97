"""Small CLIP vocabularies in the files that model folders carry."""

from pathlib import Path

from transformers import CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

from .byte_pairs import WORD_END, Pair
from .storage import write_json

START, END = "<|startoftext|>", "<|endoftext|>"
SENTENCES = [
    "a photo of a red apple on a wooden table", "a painting of a small house by the sea at night",
    "portrait of an old man with a beard, oil on canvas, highly detailed", "the cat's whiskers and the dog's ears",
    "blurry, low quality, watermark, text, deformed", "a watercolor of mountains, rivers and forests in autumn",
    "we're sure it'll rain; they've said that i'd stay and i'm glad it isn't snow", "3d render of a robot, 4k, 1980",
    "une fen\u00eatre ouverte, caf\u00e9 au lait", "a castle on a hill under stars, trending, masterpiece",
]


def alphabet(merges: list[Pair], complete: bool) -> list[str]:
    """All 256 bytes with and without the end of a word; or only the symbols that the merges start from."""
    if complete:
        symbols = list(bytes_to_unicode().values())
        return symbols + [symbol + WORD_END for symbol in symbols]
    made = {left + right for left, right in merges}
    return sorted({part for pair in merges for part in pair} - made)


def vocabulary(merges: list[Pair], complete: bool) -> dict[str, int]:
    tokens = [*alphabet(merges, complete), *(left + right for left, right in merges), START, END]
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


def write_classic(folder: Path, vocabulary: dict[str, int], merges: list[Pair], settings: dict) -> None:
    """`vocab.json` and `merges.txt`, as every exported Stable Diffusion folder has had them."""
    write_json(folder / "vocab.json", vocabulary)
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_settings(folder, settings)


def write_single_file(folder: Path, vocabulary: dict[str, int], merges: list[Pair], settings: dict) -> None:
    """`tokenizer.json` alone, as transformers 5 saves it."""
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    write_settings(folder, settings)


def write_settings(folder: Path, settings: dict) -> None:
    """`model_max_length` and `pad_token` go where a folder keeps them."""
    pad = settings.get("pad_token", END)
    configuration = {
        "bos_token": START, "eos_token": END, "unk_token": END, "pad_token": settings.get("config_pad_token", pad),
        "do_lower_case": True, "add_prefix_space": False, "errors": "replace",
        "model_max_length": settings["model_max_length"], "tokenizer_class": "CLIPTokenizer",
    }
    write_json(folder / "tokenizer_config.json", configuration)
    if settings.get("special_tokens_map", True):
        special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": pad}
        write_json(folder / "special_tokens_map.json", special)
