"""Scenes put into words, many ways for each."""

import numpy as np

from .names import Concept
from .scenes import COLOURS, Scene, pick

_SINGULAR_IN_S = frozenset("octopus cactus bus".split())
_ONE = ("{0}", "{0}", "{1}", "{1}", "{1}", "{0} emoji", "a picture of {1}", "an emoji of {1}", "a drawing of {1}", "the {0}")
_TWO = ("{0} and {1}", "{0} and {1}", "{0} next to {1}", "{0} to the left of {1}", "{0} beside {1}")
_ON = (" on a {0} background", " on a {0} background", " on {0}", " on a {0} ground")
_GRADIENT = (" on a gradient from {0} to {1}", " on a {0} to {1} gradient background")


def with_article(word: str) -> str:
    """The word with "a" or "an", bare where it reads as a plural."""
    last = word.split()[-1]
    if last.endswith("s") and not last.endswith("ss") and last not in _SINGULAR_IN_S:
        return word
    has_vowel_sound = word[0] in "aeio" or word.startswith(("um", "ug"))
    return ("an " if has_vowel_sound else "a ") + word


def _word(random: np.random.Generator, concept: Concept) -> str:
    """The main name in most captions, other words of our own in a third, CLDR's keywords in a few."""
    kind = random.random()
    return concept.words[0] if kind < 0.55 else pick(random, concept.words[: concept.own] if kind < 0.9 else concept.words)


def ground_words(random: np.random.Generator, ground: tuple[str, ...]) -> str:
    """White is mostly left unsaid, so that it is what the model draws when nothing is said."""
    words = [pick(random, COLOURS[name][0]) for name in ground]
    if len(words) > 1:
        return pick(random, _GRADIENT).format(*words)
    if words[0] == "white" and random.random() < 0.8:
        return ""
    return pick(random, _ON).format(words[0])


def place_words(place: tuple[str, str]) -> str:
    """Where a small glyph stands: " on the left", " at the top", " in the top left corner", or nothing in the middle."""
    vertical, horizontal = place
    if vertical and horizontal:
        return f" in the {vertical} {horizontal} corner"
    return f" on the {horizontal}" if horizontal else f" at the {vertical}" if vertical else ""


_SIZES = {"big": ("big ", "large "), "small": ("small ", "little ", "tiny "), "single": ("",)}


def caption_for(random: np.random.Generator, concepts: list[Concept], scene: Scene) -> str:
    """One of the ways to describe `scene`."""
    words = [_word(random, concepts[placement.concept]) for placement in scene.placements]
    if scene.layout == "pair":
        subject = pick(random, _TWO).format(*map(with_article, words))
    else:
        word = pick(random, _SIZES[scene.layout]) + words[0]
        subject = pick(random, _ONE).format(word, with_article(word))
    return subject + place_words(scene.place) + ground_words(random, scene.ground)
