#!/usr/bin/env python3
"""Make the golden fixtures of the model parts, or check that the committed ones can be made again.

    python make_model_fixtures.py                    make all
    python make_model_fixtures.py --only unet vae    make two parts
    python make_model_fixtures.py --check            recompute everything and compare, write nothing
"""

import argparse
import shutil
import sys
from pathlib import Path

import torch

from goldens import checking, manifest, registry
from goldens.fixture import EXPECTED_FILE, Fixture, Recording
from goldens.quiet import silence_libraries
from goldens.storage import write_json, write_tensors

FIXTURES = Path(__file__).resolve().parent.parent / "Fixtures"


def make(fixture: Fixture, root: Path) -> Recording:
    folder = root / fixture.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    fixture.write(folder)
    recording = fixture.record(folder)
    write_tensors(folder / EXPECTED_FILE, recording.tensors)
    for name, document in recording.documents.items():
        write_json(folder / name, document)
    return recording


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def make_all(parts: list[str], root: Path) -> int:
    entries = []
    for fixture in registry.fixtures(parts):
        entries.append(manifest.entry(fixture, make(fixture, root)))
        print(f"{fixture.folder:40} {size_of(root / fixture.folder):>9} bytes")
    manifest.update(root, parts, entries)
    print(f"{'in all':40} {size_of(root):>9} bytes")
    return 0


def check_all(parts: list[str], root: Path) -> int:
    failures = 0
    for fixture in registry.fixtures(parts):
        found = checking.problems(fixture, root)
        failures += len(found)
        print("\n".join(found) if found else f"{fixture.folder}: reproduced")
    return 1 if failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=registry.PARTS, default=registry.PARTS, metavar="PART")
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    parser.add_argument("--output", type=Path, default=FIXTURES, help="folder of the fixtures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    silence_libraries()
    return (check_all if arguments.check else make_all)(arguments.only, arguments.output)


if __name__ == "__main__":
    sys.exit(main())
