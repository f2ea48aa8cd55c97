"""Byte-pair training on a handful of sentences, with a fixed order among pairs that are equally frequent.

The trainer of the tokenizers package breaks such ties differently in every process. Words are split by CLIP's own
normalizer and pre-tokenizer, so that the merges suit the tokenizer that will use them.
"""

from collections import Counter

from transformers import CLIPTokenizer

WORD_END = "</w>"
Pair = tuple[str, str]


def train(sentences: list[str], merge_count: int) -> list[Pair]:
    """At most `merge_count` merges; fewer where every word has become one symbol."""
    words = Counter(tuple(word[:-1]) + (word[-1] + WORD_END,) for text in sentences for word in split(text))
    merges: list[Pair] = []
    while len(merges) < merge_count and (pair := most_frequent_pair(words)) is not None:
        merges.append(pair)
        merged = Counter()
        for word, count in words.items():
            merged[merge(word, pair)] += count
        words = merged
    return merges


def split(text: str) -> list[str]:
    clip = CLIPTokenizer().backend_tokenizer
    return [word for word, _ in clip.pre_tokenizer.pre_tokenize_str(clip.normalizer.normalize_str(text))]


def most_frequent_pair(words: Counter) -> Pair | None:
    pairs: Counter = Counter()
    for word, count in words.items():
        for pair in zip(word, word[1:]):
            pairs[pair] += count
    return min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)


def merge(word: tuple[str, ...], pair: Pair) -> tuple[str, ...]:
    result: list[str] = []
    for symbol in word:
        if result and (result[-1], symbol) == pair:
            result[-1] += symbol
        else:
            result.append(symbol)
    return tuple(result)
