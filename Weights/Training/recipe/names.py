"""Which emoji are taught, and by which words: the Unicode names, CLDR keywords, and our own synonyms."""

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

EMOJI_TEST = Path("/usr/share/unicode/emoji/emoji-test.txt")  # Debian: unicode-data
ANNOTATIONS = Path("/usr/share/unicode/cldr/common/annotations/en.xml")  # Debian: unicode-cldr-core
NAMES = Path(__file__).resolve().parent.parent / "names.txt"

COLOUR_WORDS = frozenset(
    "black white gray grey red orange yellow green blue purple pink brown turquoise teal beige cream".split()
)
# Keywords that say what kind of thing a glyph is, or its mood, name no picture by themselves.
VAGUE_WORDS = frozenset(
    "face animal body person food fruit vegetable plant object tool sport event weather building vehicle place game "
    "symbol sign clothing music instrument open closed right left up hand eye eyes mouth nose head bar ball card "
    "celebration activity nature sky space water light dark hot cold small large old new good bad big little "
    "personal wise pretty proud curious sly boring useless nurturing young excited ostentatious flamboyant european "
    "american americas revolving full top soft wrapped twisted ugly hit four woman like indecisive fluctuate split "
    "filling evil wicked danger broken break talk fly grow piece station athletic school museum split cutting".split()
)


@dataclass(frozen=True)
class Concept:
    """One glyph the model is taught. Its words are lower case and no other concept's; `words[0]` is its main name,
    the first `own` are names.txt's and the emoji's, the others CLDR's."""

    name: str
    codepoint: int
    tier: int
    words: tuple[str, ...]
    own: int = 1


def emoji_codepoints(path: Path = EMOJI_TEST) -> dict[str, int]:
    """Names of the fully qualified emoji that are one code point (a trailing variation selector aside)."""
    found = {}
    pattern = re.compile(r"^([0-9A-F ]+?)\s*; fully-qualified\s*# \S+ E[\d.]+ (.+)$")
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := pattern.match(line):
            codepoints = [int(part, 16) for part in match[1].split() if part != "FE0F"]
            if len(codepoints) == 1:
                found[match[2]] = codepoints[0]
    return found


def cldr_keywords(path: Path = ANNOTATIONS) -> dict[int, list[str]]:
    """CLDR's English keywords of single code points."""
    found = {}
    for node in ElementTree.parse(path).getroot().iter("annotation"):
        character = node.get("cp", "")
        if len(character) == 1 and node.get("type") is None:
            found[ord(character)] = [word.strip().lower() for word in (node.text or "").split("|")]
    return found


def listed_names(path: Path = NAMES) -> list[tuple[int, str, list[str]]]:
    """The lines of names.txt as (tier, Unicode name, own words)."""
    tier, rows = 0, []
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if heading := re.fullmatch(r"\[(\d+)\]", line):
            tier = int(heading[1])
        elif line:
            name, _, words = line.partition(":")
            rows.append((tier, name.strip(), [word.strip().lower() for word in words.split(",") if word.strip()]))
    return rows


def _usable(keyword: str) -> bool:
    return keyword not in COLOUR_WORDS and keyword not in VAGUE_WORDS and re.fullmatch(r"[a-z][a-z \-]+", keyword) is not None


def load_concepts(limit: int | None = None) -> list[Concept]:
    """The taught concepts in the order of names.txt; a keyword that several of them share is left out."""
    codepoints, keywords = emoji_codepoints(), cldr_keywords()
    rows = listed_names()[:limit]
    if missing := [name for _, name, _ in rows if name not in codepoints]:
        raise ValueError(f"names.txt: not an emoji of one code point: {', '.join(missing)}")
    own = [list(dict.fromkeys([*words, name.lower()])) for _, name, words in rows]
    owned = Counter(word for words in own for word in words)
    if repeated := [word for word, count in owned.items() if count > 1]:
        raise ValueError(f"names.txt: words of several concepts: {', '.join(repeated)}")
    offered = [[word for word in keywords.get(codepoints[name], []) if _usable(word)] for _, name, _ in rows]
    uses = Counter(word for words in offered for word in set(words))
    concepts = []
    for (tier, name, _), words, extra in zip(rows, own, offered):
        keywords_of_it = [word for word in extra if uses[word] == 1 and word not in owned]
        concepts.append(Concept(name, codepoints[name], tier, tuple(words + keywords_of_it), len(words)))
    return concepts
