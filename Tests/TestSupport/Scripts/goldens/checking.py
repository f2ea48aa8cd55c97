"""`--check`: are the committed files what the scripts make today?

Two questions per fixture: do seeds and configurations still give the same input files, and does the reference
still compute the same outputs from the committed input files?
"""

import tempfile
from pathlib import Path

import torch

from .fixture import EXPECTED_FILE, Fixture, Recording
from .storage import read_json, read_tensors

# Outputs may differ in the last bits between processors and releases of torch, weights may not.
RELATIVE_TOLERANCE = 2e-5
# Written by the libraries into configuration files; says nothing about the model.
VERSION_KEYS = {"_diffusers_version", "transformers_version"}


def problems(fixture: Fixture, root: Path) -> list[str]:
    folder = root / fixture.folder
    if not (folder / EXPECTED_FILE).exists():
        return [f"{fixture.folder}: {EXPECTED_FILE} is missing"]
    recording = fixture.record(folder)
    found = _compare_inputs(fixture, folder, recording) + _compare_recording(recording, folder)
    return [f"{fixture.folder}: {problem}" for problem in found]


def _compare_inputs(fixture: Fixture, committed: Path, recording: Recording) -> list[str]:
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        fixture.write(fresh)
        recorded = {EXPECTED_FILE, *recording.documents}
        names = {p.relative_to(fresh) for p in fresh.rglob("*") if p.is_file()}
        there = {p.relative_to(committed) for p in committed.rglob("*") if p.is_file()}
        found = [f"{name} is only on one side" for name in names ^ there if str(name) not in recorded]
        for name in sorted(names & there):
            found += _compare_file(fresh / name, committed / name, str(name))
    return found


def _compare_file(fresh: Path, committed: Path, name: str) -> list[str]:
    if name.endswith(".safetensors"):
        return _compare_tensors(read_tensors(fresh), read_tensors(committed), name, tolerance=0)
    if name.endswith(".json"):
        same = _without_versions(read_json(fresh)) == _without_versions(read_json(committed))
    else:
        same = fresh.read_bytes() == committed.read_bytes()
    return [] if same else [f"{name} differs"]


def _without_versions(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_versions(item) for key, item in value.items() if key not in VERSION_KEYS}
    if isinstance(value, list):
        return [_without_versions(item) for item in value]
    return value


def _compare_recording(recording: Recording, folder: Path) -> list[str]:
    found = _compare_tensors(
        recording.tensors, read_tensors(folder / EXPECTED_FILE), EXPECTED_FILE, tolerance=RELATIVE_TOLERANCE
    )
    for name, document in recording.documents.items():
        if read_json(folder / name) != document:
            found.append(f"{name} differs")
    return found


def _compare_tensors(fresh: dict, committed: dict, name: str, tolerance: float) -> list[str]:
    found = [f"{name}: {key} is only on one side" for key in sorted(fresh.keys() ^ committed.keys())]
    for key in sorted(fresh.keys() & committed.keys()):
        difference = _difference(fresh[key], committed[key], tolerance)
        if difference:
            found.append(f"{name}: {key} {difference}")
    return found


def _difference(fresh: torch.Tensor, committed: torch.Tensor, tolerance: float) -> str | None:
    if fresh.dtype != committed.dtype or fresh.shape != committed.shape:
        return f"is {fresh.dtype} {tuple(fresh.shape)}, committed {committed.dtype} {tuple(committed.shape)}"
    if tolerance == 0 or not fresh.is_floating_point():
        return None if torch.equal(fresh, committed) else "differs"
    error = (fresh - committed).abs().max().item()
    allowed = tolerance * committed.abs().max().item()
    return None if error <= allowed else f"differs by {error:.3g}, allowed {allowed:.3g}"
