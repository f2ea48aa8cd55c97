"""Stage: the tokenizer, a CLIP-format byte-level BPE learned from the captions' words."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
from transformers import CLIPTokenizer

from .captions import caption_for
from .names import cldr_keywords
from .scenes import SceneSampler
from .workspace import Workspace

STREAM = 2
START, END, WORD_END = "<|startoftext|>", "<|endoftext|>", "</w>"
LENGTH = 32  # positions of the text encoder, start and end marks included
# Radford et al. 2021, as in CLIP's simple_tokenizer: contractions, letters, single digits, other marks.
_WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+")


def byte_characters() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes, in CLIP's vocabulary order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]


def word_counts(workspace: Workspace, captions: int) -> Counter:
    """Words of sampled captions, of all taught names, and once each those of all of CLDR's English keywords."""
    sampler, random = SceneSampler(workspace.concepts, np.ones(len(workspace.concepts))), workspace.random(STREAM)
    texts = [caption_for(random, workspace.concepts, sampler.sample(random)) for _ in range(captions)]
    counts = Counter(word for text in texts for word in _WORDS.findall(text))
    taught = [word for concept in workspace.concepts for text in concept.words for word in _WORDS.findall(text)]
    counts.update({word: 20 * count for word, count in Counter(taught).items()})
    counts.update({word for words in cldr_keywords().values() for text in words for word in _WORDS.findall(text)})
    return Counter({word: count for word, count in counts.items() if word.isascii()})


def learn_merges(counts: Counter, limit: int) -> list[tuple[str, str]]:
    """Byte-pair merges, the most frequent pair first, ties by spelling; pairs seen less than twice are left out."""
    words = {word: [*word[:-1], word[-1] + WORD_END] for word in counts}
    merges = []
    while len(merges) < limit:
        pairs = Counter()
        for word, pieces in words.items():
            for pair in zip(pieces, pieces[1:]):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        if pairs[best] < 2:
            break
        merges.append(best)
        for word, pieces in words.items():
            if best[0] in pieces:
                words[word] = merged(pieces, best)
    return merges


def merged(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    result, index = [], 0
    while index < len(pieces):
        if index + 1 < len(pieces) and (pieces[index], pieces[index + 1]) == pair:
            result.append(pieces[index] + pieces[index + 1])
            index += 2
        else:
            result.append(pieces[index])
            index += 1
    return result


def write_tokenizer(folder: Path, merges: list[tuple[str, str]]) -> None:
    """vocab.json, merges.txt and the two configuration files of transformers' CLIPTokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    characters = byte_characters()
    entries = characters + [character + WORD_END for character in characters]
    entries += ["".join(pair) for pair in merges] + [START, END]
    vocabulary = {entry: index for index, entry in enumerate(dict.fromkeys(entries))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    marks = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    tokens = {
        key: {"content": value, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
        for key, value in marks.items()
    }
    (folder / "special_tokens_map.json").write_text(json.dumps({**tokens, "pad_token": END}, indent=2) + "\n")
    for value in tokens.values():
        value["__type"] = "AddedToken"
    configuration = {
        "add_prefix_space": False,
        **tokens,
        "pad_token": END,
        "do_lower_case": True,
        "errors": "replace",
        "model_max_length": LENGTH,
        "tokenizer_class": "CLIPTokenizer",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(configuration, indent=2) + "\n")


def load_tokenizer(workspace: Workspace) -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(workspace.folder / "tokenizer")


def train_tokenizer(workspace: Workspace) -> None:
    folder = workspace.folder / "tokenizer"
    if folder.exists():
        return
    counts = word_counts(workspace, workspace.settings.tokenizer_captions)
    write_tokenizer(folder, learn_merges(counts, workspace.settings.merges))
    tokenizer = load_tokenizer(workspace)
    lengths = [len(tokenizer(word).input_ids) - 2 for concept in workspace.concepts for word in concept.words]
    workspace.log(f"tokenizer: {len(tokenizer)} entries, {np.mean(lengths):.2f} tokens in a taught name")
