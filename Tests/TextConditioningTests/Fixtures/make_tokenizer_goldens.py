"""Makes the small tokenizer folders of this directory, and what transformers' CLIPTokenizer gives for them.

Made with Python 3.11.7, transformers 5.23.0, tokenizers 0.23.3. Usage: make_tokenizer_goldens.py, from any directory.
Every folder gets its files and a goldens.json: prompts with their ids (without padding), the number of tokens of the whole
prompt and the text that diffusers reports as cut; and some ids decoded.
"""

import collections
import json
import pathlib
import shutil

from tokenizer_prompts import CHOSEN, random_prompts
from transformers import CLIPTokenizer

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = (
    "a photo of an astronaut riding a horse on mars . the quick brown fox jumps over the lazy dog . it ' s they ' re "
    "a red green blue background with a smiling face , hyper realistic , unreal engine , trending on artstation ! "
    "the cat and the dog ; the rat and the bat ; nation station ration horse house mouse "
) * 3 + "café naïve straße σίσυφος 漢字 한국어 😀 👍🏽 "


def alphabet():
    """GPT-2's printable stand-ins for bytes, by byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def train(count):
    """The first `count` merges of a plain byte-pair training on CORPUS; ties go to the smaller pair."""
    letters = alphabet()
    words = collections.Counter(
        tuple(letters[byte] for byte in word.encode()[:-1]) + (letters[word.encode()[-1]] + "</w>",)
        for word in CORPUS.split()
    )
    merges = []
    while len(merges) < count:
        pairs = collections.Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = collections.Counter({joined(word, best): times for word, times in words.items()})
    return merges


def joined(word, pair):
    out = []
    for token in word:
        if out and (out[-1], token) == pair:
            out[-1] += token
        else:
            out.append(token)
    return tuple(out)


def vocabulary(merges, before=(), after=(), single=None):
    single = single or [*alphabet(), *(letter + "</w>" for letter in alphabet())]
    tokens = dict.fromkeys([*before, *single, *("".join(merge) for merge in merges), *after])
    return {token: index for index, token in enumerate(tokens)}


def token(content, **properties):
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, **properties}


def write(name, vocab, merges, config, special_map=None, added=None, line="\n"):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    dump(folder / "vocab.json", vocab)
    text = line.join(["#version: 0.2", *(" ".join(merge) for merge in merges)]) + line
    (folder / "merges.txt").write_bytes(text.encode())
    dump(folder / "tokenizer_config.json", config)
    if special_map is not None:
        dump(folder / "special_tokens_map.json", special_map)
    if added is not None:
        dump(folder / "added_tokens.json", added)
    return folder


def dump(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def folders():
    merges = train(220)
    clip = ("<|startoftext|>", "<|endoftext|>")
    start, end = token(clip[0]), token(clip[1])

    # As Stable Diffusion 2.x: the map's padding token wins over the configuration's.
    yield write(
        "padded-by-map", vocabulary(merges, after=clip), merges,
        {"model_max_length": 24, "pad_token": clip[1], "do_lower_case": True, "tokenizer_class": "CLIPTokenizer",
         "bos_token": {"__type": "AddedToken", **start}, "eos_token": {"__type": "AddedToken", **end},
         "unk_token": {"__type": "AddedToken", **end}},
        {"bos_token": start, "eos_token": end, "pad_token": "!", "unk_token": end})

    # As Stable Diffusion 1.x: the end token twice, once without properties, so that it is no longer normalized.
    yield write(
        "padded-by-end", vocabulary(merges, after=clip), merges,
        {"model_max_length": 77, "pad_token": clip[1], "do_lower_case": False},
        {"bos_token": start, "eos_token": end, "pad_token": clip[1], "unk_token": end})

    # Letters only, so that most characters are unknown; own special tokens, one of which the vocabulary lacks.
    letters = [*"abcdefghijklmnopqrstuvwxyz", *(letter + "</w>" for letter in "abcdefghijklmnopqrstuvwxyz.,")]
    known = set(letters)
    some = [merge for merge in merges if set("".join(merge).removesuffix("</w>")) <= known]
    yield write(
        "letters-left", vocabulary(some, before=["[UNK]", "[Start]"], after=["[End]", "Mask"], single=letters), some,
        {"model_max_length": 12, "padding_side": "left", "truncation_side": "left", "bos_token": "[Start]",
         "eos_token": "[End]", "unk_token": "[UNK]", "pad_token": "[PAD]", "mask_token": "Mask"},
        line="\r\n")

    # Added tokens of every kind, some in the vocabulary and some not.
    yield write(
        "added-by-configuration", vocabulary(merges, after=[*clip, "<cat>"]), merges,
        {"model_max_length": 20, "pad_token": "<pad>", "extra_special_tokens": ["<x>", "<|y|>"],
         "added_tokens_decoder": {
             "900": token("<pad>", special=True, normalized=False),
             "800": token(" left", lstrip=True), "801": token("right", rstrip=True), "802": token("dog", single_word=True),
             "803": token("<Cat>"), "804": token("<cat>", normalized=False), "805": token("E\u0301a"),
             "806": token("dogs", single_word=True, lstrip=True, rstrip=True, normalized=False),
             "100": token("<|endoftext|>", normalized=False, special=True)}},
        {"pad_token": "ignored, for the configuration has an added_tokens_decoder"})

    # Added tokens in their own file, named roles of the model's own, and special tokens that a prompt cannot write.
    yield write(
        "added-by-file", vocabulary(merges[:60], after=clip), merges[:60],
        {"model_max_length": 16, "split_special_tokens": True, "image_token": "<image>"},
        {"additional_special_tokens": ["<extra>"], "pad_token": "<pad>"},
        {"<plain>": 700, "<extra>": 701, "plain> a": 702})

    # Two merges make one token, one merge is listed twice, ids have gaps: what a merge queue does with stale entries.
    tangled = [("b", "c"), ("a", "b"), ("ab", "c"), ("a", "bc"), ("c", "abc"), ("a", "b"), ("abc", "abc"),
               ("b", "c</w>"), ("ab", "c</w>"), ("a", "bc</w>"), ("a", "a"), ("aa", "a"), ("a", "aa"), ("aaa", "aaa")]
    single = [*"abc", *(letter + "</w>" for letter in "abc"), *clip]
    vocab = {token: 3 * index for token, index in vocabulary(tangled, single=single).items()}
    yield write("tangled", vocab, tangled, {"model_max_length": 40})

    yield from exported(merges, clip)

    # The tokenizer of an emoji model, in the form that transformers 4 wrote.
    shutil.rmtree(HERE / "emoji", ignore_errors=True)
    shutil.copytree(HERE.parents[2] / "Weights/Resources/Default/tokenizer", HERE / "emoji")
    yield HERE / "emoji"


def exported(merges, clip):
    """tokenizer.json alone: as transformers 5 saves it, and with merges as strings and sides of its own."""
    source = write("exported", vocabulary(merges, after=clip), merges, {"model_max_length": 18, "pad_token": "!"},
                   added={"<style>": 734, "Wide": 735})
    tokenizer = CLIPTokenizer.from_pretrained(source)
    shutil.rmtree(source)
    tokenizer.save_pretrained(source)
    yield source

    older = HERE / "exported-older"
    shutil.rmtree(older, ignore_errors=True)
    older.mkdir()
    document = json.loads((source / "tokenizer.json").read_text())
    document["model"]["merges"] = [" ".join(merge) for merge in document["model"]["merges"]]
    document["truncation"] = {"direction": "Left", "max_length": 9, "strategy": "LongestFirst", "stride": 0}
    document["padding"] = {"strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": None, "pad_id": 1,
                           "pad_type_id": 0, "pad_token": "!"}
    dump(older / "tokenizer.json", document)
    dump(older / "tokenizer_config.json", {"model_max_length": 14})
    yield older
    dump(source / "tokenizer.json", json.loads((source / "tokenizer.json").read_text()))


def golden(tokenizer, prompt):
    limit = tokenizer.model_max_length
    ids = tokenizer(prompt, padding="max_length", max_length=limit, truncation=True).input_ids
    whole = tokenizer(prompt, padding="longest").input_ids[1:-1]
    kept = whole[: limit - 2] if tokenizer.truncation_side == "right" else whole[max(0, len(whole) - limit + 2):]
    cut = whole[limit - 2:] if tokenizer.truncation_side == "right" else whole[: max(0, len(whole) - limit + 2)]
    content = [tokenizer.bos_token_id, *kept, tokenizer.eos_token_id]
    padding = [tokenizer.pad_token_id] * (limit - len(content))
    assert ids == (content + padding if tokenizer.padding_side == "right" else padding + content)
    case = {"prompt": prompt, "ids": content, "padding": len(padding), "tokens": len(whole)}
    if cut:
        case["cut"] = tokenizer.decode(cut)
    return case


def decoded(tokenizer, prompt):
    ids = tokenizer(prompt).input_ids
    return {"ids": ids, "text": tokenizer.decode(ids), "plain": tokenizer.decode(ids, skip_special_tokens=True)}


def long_prompts(tokenizer):
    """Prompts far over the limit, as a unit and how often it stands there."""
    cases = []
    for unit, times in [("a cat, ", 4000), ("hyper", 3000), ("漢😀", 1500), ("<|endoftext|>", 10000), (" ", 10000)]:
        case = golden(tokenizer, unit * times)
        case.update(prompt=unit, times=times, cutBytes=len(case.pop("cut", "").encode()))
        cases.append(case)
    return cases


def character_digests(tokenizer):
    """One number for each 4,096 code points: a hash of the ids of prompts in which each of them stands in five places.

    Planes 4 to 13 have no characters, nor has plane 14 beyond its first block; 15 and 16 are for private use.
    """
    digests = []
    for block in [*range(0, 0x40000, 4096), 0xE0000]:
        codes = [code for code in range(block, block + 4096) if not 0xD800 <= code < 0xE000]
        digest = 0xCBF29CE484222325
        for start in range(0, len(codes), 16):
            prompt = "".join(f"a{c}b{c}{c}1{c} {c}\u0327\u0301 " for c in map(chr, codes[start : start + 16]))
            for id in tokenizer(prompt).input_ids[1:-1]:
                digest = ((digest ^ id) * 0x100000001B3) % 2**64
        digests.append(f"{digest:016x}")
    return digests


def main():
    for index, folder in enumerate(folders()):
        tokenizer = CLIPTokenizer.from_pretrained(folder)
        added = [token.content for token in tokenizer.added_tokens_decoder.values()]
        prompts = CHOSEN + [" ".join(added), "".join(added)] + random_prompts(40, index, added)
        if folder.name == "tangled":
            prompts += ["abcabcabc", "aaaaaaaaaaab", "cabcabc", "abc abcc aabbcc bcabcab", "aaaa", "aaaaaaa"]
        dump(folder / "goldens.json", {
            "limit": tokenizer.model_max_length, "start": tokenizer.bos_token_id, "end": tokenizer.eos_token_id,
            "padding": tokenizer.pad_token_id, "padsLeft": tokenizer.padding_side == "left",
            "cases": [golden(tokenizer, prompt) for prompt in prompts],
            "decoded": [decoded(tokenizer, prompt) for prompt in prompts[3:-3:5]]})
        if folder.name == "padded-by-end":
            dump(HERE / "long-prompts.json", long_prompts(tokenizer))
            dump(HERE / "character-digests.json", character_digests(tokenizer))
        print(folder.name, len(prompts), (folder / "goldens.json").stat().st_size)


main()
