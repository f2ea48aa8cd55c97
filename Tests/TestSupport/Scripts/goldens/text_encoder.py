"""Fixtures of `CLIPTextModel`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from transformers import CLIPTextConfig, CLIPTextModel

from .fixture import Fixture, Recording
from .storage import DTYPES, rewrite_tensors
from .weights import initialise, uniform

WEIGHT_FILE = "model.safetensors"
PREFIX = "text_model."


@dataclass(frozen=True)
class Architecture:
    name: str
    summary: str
    config: dict
    seed: int
    dtype: str = "float32"
    rewrite: Callable[[dict], dict] | None = None

    def arguments(self) -> dict:
        """The last two ids of the vocabulary are start and end, as in CLIP; the end also pads."""
        vocabulary = self.config["vocab_size"]
        special = {"bos_token_id": vocabulary - 2, "eos_token_id": vocabulary - 1, "pad_token_id": vocabulary - 1}
        return {**special, **self.config}


def with_prefix(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {PREFIX + key.removeprefix(PREFIX): tensor for key, tensor in tensors.items()}


def without_prefix(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key.removeprefix(PREFIX): tensor for key, tensor in tensors.items()}


def with_prefix_and_position_ids(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Old files carry the positions 0, 1, 2, … as an int64 buffer that nobody reads."""
    positions = tensors["embeddings.position_embedding.weight"].shape[0]
    return with_prefix({**tensors, "embeddings.position_ids": torch.arange(positions).unsqueeze(0)})


ARCHITECTURES = [
    Architecture(
        "prefixed_quick_gelu",
        "quick_gelu, keys with text_model., an unread int64 position_ids buffer, 77 positions",
        dict(vocab_size=120, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4),
        seed=301, rewrite=with_prefix_and_position_ids,
    ),
    Architecture(
        "bare_gelu_odd",
        "gelu, keys without text_model., width 40, 5 heads, 3 layers, 19 positions",
        dict(
            vocab_size=97, hidden_size=40, intermediate_size=70, num_hidden_layers=3, num_attention_heads=5,
            max_position_embeddings=19, hidden_act="gelu",
        ),
        seed=302, rewrite=without_prefix,
    ),
    Architecture(
        "prefixed_f16",
        "F16 file, keys with text_model., layer_norm_eps 0.01",
        dict(
            vocab_size=80, hidden_size=24, intermediate_size=96, num_hidden_layers=2, num_attention_heads=3,
            max_position_embeddings=33, layer_norm_eps=1e-2,
        ),
        seed=303, dtype="float16", rewrite=with_prefix,
    ),
    Architecture(
        "old_end_token_bf16",
        "eos_token_id 2 as in old configurations: the pooled row is the one with the highest id; pad 0; BF16 file",
        dict(
            vocab_size=64, hidden_size=15, intermediate_size=33, num_hidden_layers=1, num_attention_heads=3,
            max_position_embeddings=16, bos_token_id=0, eos_token_id=2, pad_token_id=1, hidden_act="gelu",
        ),
        seed=304, dtype="bfloat16", rewrite=without_prefix,
    ),
]


def fixtures() -> list[Fixture]:
    return [
        Fixture("text_encoder", a.name, a.summary, a.seed, write=partial(_write, a), record=partial(_record, a))
        for a in ARCHITECTURES
    ]


def _write(architecture: Architecture, folder: Path) -> None:
    model = initialise(CLIPTextModel(CLIPTextConfig(**architecture.arguments())), architecture.seed)
    model.to(DTYPES[architecture.dtype]).save_pretrained(folder)
    if architecture.rewrite:
        rewrite_tensors(folder / WEIGHT_FILE, architecture.rewrite)


def _record(architecture: Architecture, folder: Path) -> Recording:
    model = CLIPTextModel.from_pretrained(folder, dtype=torch.float32).eval()
    positions = model.config.max_position_embeddings
    recording = Recording()
    # An ordinary prompt, the empty one, one that fills every position.
    _record_case(recording, "padded", model, [5, 0, positions - 2], positions, architecture.seed)
    _record_case(recording, "short", model, [3], 7, architecture.seed)
    return recording


def _record_case(
    recording: Recording, case: str, model: CLIPTextModel, word_counts: list[int], length: int, seed: int
) -> None:
    rows = [_row(model.config.vocab_size, count, length, seed, f"{case}/{i}") for i, count in enumerate(word_counts)]
    input_ids = torch.stack(rows)
    with torch.no_grad():
        outputs = model(input_ids, output_hidden_states=True)
    recording.add(
        case, input_ids=input_ids, last_hidden_state=outputs.last_hidden_state, pooler_output=outputs.pooler_output
    )
    states = {f"hidden_states.{index}": state for index, state in enumerate(outputs.hidden_states)}
    recording.add_named(case, states)


def _row(vocabulary: int, words: int, length: int, seed: int, label: str) -> torch.Tensor:
    """start, words, end, and the end token again as padding."""
    row = torch.full((length,), vocabulary - 1)
    row[0] = vocabulary - 2
    fractions = (uniform((words,), seed, label) + 1) / 2
    row[1 : 1 + words] = (fractions * (vocabulary - 2)).long()
    return row
