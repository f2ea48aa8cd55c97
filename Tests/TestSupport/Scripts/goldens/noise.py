"""Fixture of `torch.randn` on a CPU generator.

torch fills fewer than 16 numbers one by one in double precision, and more of them in blocks of 16 (the last block
overlaps the one before); the two ways differ in what they leave in the generator. So the sequences mix both.
The blocks' logarithm and cosine are those of torch's AVX2 code; without AVX2 torch itself gives other last bits.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch

from .fixture import Fixture, Recording


@dataclass(frozen=True)
class Sequence:
    """Draws from one generator, one after the other. Long ones are kept as hashes only."""

    name: str
    seed: int
    counts: list[int]
    hashes_only: bool = False


COUNTS = [1, 2, 3, 8, 15, 16, 17, 24, 31, 32, 33, 47, 64, 100]
SINGLE_DRAWS = [Sequence(f"count_{count}", 42, [count]) for count in COUNTS]
SEEDS = [
    Sequence("seed_0", 0, [5, 20]),
    Sequence("seed_1", 1, [5, 20]),
    Sequence("seed_largest_32_bits", 2**32 - 1, [5, 20]),
    # The generator takes the low 32 bits of its seed: the same numbers as seed 7.
    Sequence("seed_beyond_32_bits", 2**32 + 7, [5, 20]),
    Sequence("seed_7", 7, [5, 20]),
    Sequence("seed_beyond_53_bits", 2**53 + 1, [5, 20]),
]
MIXED_DRAWS = [
    Sequence("small_odd_then_small", 3, [1, 1, 3, 4, 15, 2]),
    Sequence("small_odd_then_large_then_small", 4, [5, 16, 7, 40, 1, 1]),
    Sequence("large_uneven", 5, [17, 31, 45, 16, 100]),
    # The generator's state is renewed every 624 words: the draws together pass that mark.
    Sequence("across_renewal", 6, [600, 7, 9, 5, 3, 300, 9]),
]
LONG_DRAWS = [
    Sequence("long", 42, [100_000], hashes_only=True),
    Sequence("long_uneven", 1234, [99_999, 7, 65_537], hashes_only=True),
    Sequence("latents", 0, [1 * 4 * 64 * 64], hashes_only=True),
    Sequence("latents_odd", 42, [1 * 4 * 65 * 97], hashes_only=True),
]
SEQUENCES = [*SINGLE_DRAWS, *SEEDS, *MIXED_DRAWS, *LONG_DRAWS]


def fixtures() -> list[Fixture]:
    summary = "torch.randn on a CPU generator: seeds, counts, several draws from one generator"
    return [Fixture("noise", "randn", summary, 42, write=lambda _folder: None, record=_record)]


def _record(_folder: Path) -> Recording:
    recording = Recording()
    recording.documents["cases.json"] = {"cases": [_sequence(recording, sequence) for sequence in SEQUENCES]}
    return recording


def _sequence(recording: Recording, sequence: Sequence) -> dict:
    generator = torch.Generator("cpu").manual_seed(sequence.seed)
    draws = []
    for index, count in enumerate(sequence.counts):
        numbers = torch.randn(count, generator=generator)
        draws.append({"count": count, "sha256": hashlib.sha256(numbers.numpy().tobytes()).hexdigest()})
        if not sequence.hashes_only:
            recording.add_named(sequence.name, {f"draw.{index}": numbers})
    return {"name": sequence.name, "seed": sequence.seed, "draws": draws}
