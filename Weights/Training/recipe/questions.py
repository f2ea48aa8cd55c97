"""The captions a model is examined with, and what each asks for."""

from dataclasses import dataclass

import numpy as np

from .captions import ground_words, with_article
from .names import Concept
from .scenes import COLOURS, GROUNDS, is_held_out, pick
from .workspace import Workspace

STREAM = 6


@dataclass(frozen=True)
class Question:
    """A caption, the concepts it names from left to right, its ground, and the group it is counted in."""

    caption: str
    concepts: tuple[int, ...]
    ground: tuple[str, ...]
    group: str


# How many captions of each group; the held-out ones are asked beside the 200.
SHARES = {"white": 70, "coloured": 80, "gradient": 10, "synonym": 20, "pair": 20}
HELD_OUT = {"held-out ground": 40, "held-out pair": 20}


def _word(random: np.random.Generator, concept: Concept, group: str) -> str:
    others = concept.words[1 : concept.own]
    return pick(random, others) if group == "synonym" and others else concept.words[0]


def _ground(random: np.random.Generator, group: str) -> tuple[str, ...]:
    if group in ("white", "pair", "held-out pair"):
        return ("white",)
    if group == "gradient":
        return tuple(random.choice(list(COLOURS), size=2, replace=False).tolist())
    return (pick(random, GROUNDS),)


def _draw(random: np.random.Generator, concepts: list[Concept], taught: np.ndarray, group: str) -> Question:
    """One question of a group, drawn again until it is held out if and only if the group says so."""
    while True:
        chosen = tuple(int(index) for index in random.choice(taught, size=2 if "pair" in group else 1, replace=False))
        ground = _ground(random, group)
        names = tuple(concepts[index].name for index in chosen)
        if is_held_out(names, ground) == group.startswith("held-out"):
            words = [with_article(_word(random, concepts[index], group)) for index in chosen]
            said = "" if ground == ("white",) else ground_words(random, ground)
            return Question(" and ".join(words) + said, chosen, ground, group)


def ask(workspace: Workspace, highest_tier: int, share: float = 1.0) -> list[Question]:
    """200 captions and 60 held-out ones (times `share`) over the concepts of the tiers taught so far."""
    random, concepts = workspace.random(STREAM), workspace.concepts
    taught = np.array([index for index, concept in enumerate(concepts) if concept.tier <= highest_tier])
    counts = {group: max(1, round(count * share)) for group, count in {**SHARES, **HELD_OUT}.items()}
    return [_draw(random, concepts, taught, group) for group, count in counts.items() for _ in range(count)]
