"""Fixtures of `CLIPTokenizer`: texts and the ids that transformers makes of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from transformers import CLIPTokenizer

from . import byte_pairs, vocabulary
from .fixture import Fixture, Recording
from .storage import read_json, write_json
from .tokenizer_texts import TEXTS

SEED = 0


@dataclass(frozen=True)
class Layout:
    name: str
    summary: str
    merges: int
    complete: bool
    settings: dict
    single_file: bool = False
    merges_as_text: bool = False


LAYOUTS = [
    Layout("classic", "vocab.json and merges.txt, all bytes, 16 positions", 160, True, {"model_max_length": 16}),
    Layout(
        "single_file", "tokenizer.json alone, few bytes, so that many symbols are unknown, 24 positions", 200, False,
        {"model_max_length": 24, "special_tokens_map": False}, single_file=True,
    ),
    Layout(
        "single_file_old", "tokenizer.json with merges as text, as tokenizers wrote before 0.20", 60, True,
        {"model_max_length": 20}, single_file=True, merges_as_text=True,
    ),
    Layout(
        "exclamation_pad", "as Stable Diffusion 2.1: special_tokens_map.json pads with !, the other file does not",
        90, True, {"model_max_length": 18, "pad_token": "!", "config_pad_token": vocabulary.END},
    ),
    Layout("exclamation_config", "both files pad with !", 40, True, {"model_max_length": 18, "pad_token": "!"}),
]


def fixtures() -> list[Fixture]:
    return [
        Fixture("tokenizer", x.name, x.summary, SEED, write=partial(_write, x), record=_record) for x in LAYOUTS
    ]


def _write(layout: Layout, folder: Path) -> None:
    merges = byte_pairs.train(vocabulary.SENTENCES, layout.merges)
    entries = vocabulary.vocabulary(merges, layout.complete)
    write = vocabulary.write_single_file if layout.single_file else vocabulary.write_classic
    write(folder, entries, merges, layout.settings)
    if layout.merges_as_text:
        document = read_json(folder / "tokenizer.json")
        document["model"]["merges"] = [" ".join(pair) for pair in document["model"]["merges"]]
        write_json(folder / "tokenizer.json", document)


def _record(folder: Path) -> Recording:
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    recording = Recording()
    padded = tokenizer(TEXTS, padding="max_length", truncation=True, max_length=tokenizer.model_max_length)
    recording.add("all", input_ids=torch.tensor(padded.input_ids, dtype=torch.int64))
    recording.documents["cases.json"] = {
        "maxLength": tokenizer.model_max_length,
        "startId": tokenizer.bos_token_id,
        "endId": tokenizer.eos_token_id,
        "padId": tokenizer.pad_token_id,
        "unknownId": tokenizer.unk_token_id,
        "cases": [_case(tokenizer, text) for text in TEXTS],
    }
    return recording


def _case(tokenizer: CLIPTokenizer, text: str) -> dict:
    """`cut` is what StableDiffusionPipeline says it cut off; null where the text fits."""
    ids = tokenizer(text).input_ids
    limit = tokenizer.model_max_length
    cut = tokenizer.decode(ids[limit - 1 : -1]) if len(ids) > limit else None
    return {"text": text, "ids": ids, "cut": cut}
