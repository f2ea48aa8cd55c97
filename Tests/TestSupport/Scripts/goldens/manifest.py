"""The list of fixtures with what made them: `manifest.json`."""

import platform
from importlib.metadata import version
from pathlib import Path

import torch

from .fixture import Fixture, Recording
from .storage import read_json, write_json

MANIFEST_FILE = "manifest.json"
PACKAGES = ["torch", "diffusers", "transformers", "tokenizers", "safetensors", "numpy"]


def entry(fixture: Fixture, recording: Recording) -> dict:
    return {
        "part": fixture.part,
        "name": fixture.name,
        "folder": fixture.folder,
        "summary": fixture.summary,
        "seed": fixture.seed,
        "cases": recording.cases,
    }


def versions() -> dict[str, str]:
    packages = {name: version(name) for name in PACKAGES}
    return {
        **packages,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpuCapability": torch.backends.cpu.get_cpu_capability(),
    }


def update(root: Path, parts: list[str], entries: list[dict]) -> None:
    """Replace the entries of the parts that were made anew, keep the others."""
    path = root / MANIFEST_FILE
    kept = read_json(path)["fixtures"] if path.exists() else []
    fixtures = [old for old in kept if old["part"] not in parts] + entries
    fixtures.sort(key=lambda item: (item["part"], item["name"]))
    write_json(path, {"versions": versions(), "fixtures": fixtures})
