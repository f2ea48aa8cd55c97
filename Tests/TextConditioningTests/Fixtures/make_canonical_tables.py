"""Writes the tables of canonical (de)composition that the CLIP tokenizer's NFC uses.

The tokenizers library normalizes with the tables of Unicode 9.0 (the crate unicode-normalization-alignments), older than
those of any current platform library, so the tables are listed here instead of asking the platform. Every entry is asked
of the library itself; unicodedata only gives the single-step mappings.

Made with Python 3.11.7 (Unicode 14.0), tokenizers 0.23.3. Usage: make_canonical_tables.py FOLDER, where FOLDER is the one
of the tokenizer's sources; run the formatter afterwards.
"""

import pathlib
import sys
import unicodedata

from tokenizers import normalizers

NFC, NFD = normalizers.NFC(), normalizers.NFD()
LINE = 108


def single_step(code):
    """The canonical mapping of UnicodeData.txt, or [] where there is none or the library does not know it."""
    text = chr(code)
    if 0xAC00 <= code < 0xD7A4 or NFD.normalize_str(text) == text:
        return []
    fields = unicodedata.decomposition(text).split()
    return [] if not fields or fields[0].startswith("<") else [int(field, 16) for field in fields]


def lines(words):
    line, out = "", []
    for word in words:
        if len(line) + len(word) + 1 > LINE:
            out.append("        " + line.rstrip())
            line = ""
        line += word + " "
    return out + ["        " + line.rstrip()]


def array(name, comment, words):
    return [f"    /// {comment}", f"    static let {name}: [UInt32] = [", *lines(words), "    ]"]


def triples(entries):
    return [f"{code:#x}, {first:#x}, {second:#x}," for code, (first, second) in entries]


def runs(singletons):
    """Runs of consecutive code points: the first one, how many, what each stands for."""
    out = []
    for code, target in singletons:
        if out and code == out[-1][0] + len(out[-1][1]):
            out[-1][1].append(target)
        else:
            out.append((code, [target]))
    return [f"{value:#x}," for start, targets in out for value in [start, len(targets), *targets]]


def write(path, body):
    header = ["// Made by make_canonical_tables.py from the tables of the tokenizers library (Unicode 9.0): do not edit.", ""]
    path.write_text("\n".join([*header, "extension CanonicalComposition {", *body, "}", ""]))


def main(folder):
    steps = {code: step for code in range(0x110000) if not 0xD800 <= code < 0xE000 and (step := single_step(code))}
    pairs = sorted((code, step) for code, step in steps.items() if len(step) == 2)
    singletons = sorted((code, step[0]) for code, step in steps.items() if len(step) == 1)
    primary = [entry for entry in pairs if NFC.normalize_str(chr(entry[0])) == chr(entry[0])]
    excluded = [entry for entry in pairs if entry not in primary]
    write(
        folder / "CanonicalComposition+Pairs.swift",
        array("primaryPairs", "Characters that NFC composes: composed, first, second; ascending.", triples(primary))
        + [""]
        + array("excludedPairs", "Characters that only decompose: character, first, second; ascending.", triples(excluded)),
    )
    write(
        folder / "CanonicalComposition+Singletons.swift",
        array("singletonRuns", "Runs of characters that stand for one other each: first, count, the others; ascending.",
              runs(singletons)),
    )
    print(len(primary), "primary,", len(excluded), "excluded,", len(singletons), "singletons")


main(pathlib.Path(sys.argv[1]))
