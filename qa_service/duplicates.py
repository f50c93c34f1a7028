"""Passages that say the same in nearly the same words: one stands for all of them."""

from collections.abc import Callable
from functools import cache

from embeddings import Vectors

_ALIKE = 0.8
"""Share of two passages' runs of letters that both have, from which one of them is enough."""

_CLOSE = 0.8
"""Cosine of two passages' vectors, less what their language has in common, from which their letters are looked at."""

_RUN = 12
"""Letters and digits in a run: about two words, in any script."""


def grouped(vectors: Vectors, count: int, text_of: Callable[[int], str]) -> list[tuple[int, list[int]]]:
    """Return the first `count` of n passages that differ, each with the later ones that nearly repeat it, by number.

    `vectors` has shape (n, dimension), of length 1: only where two are close are their texts asked for and compared.
    """
    is_close = vectors @ vectors.T >= _CLOSE
    runs = cache(lambda row: _runs(text_of(row)))
    kept: list[tuple[int, list[int]]] = []
    for row in range(len(vectors)):
        near = (others for known, others in kept if is_close[row, known] and _overlap(runs(row), runs(known)) >= _ALIKE)
        like = next(near, None)
        if like is not None:
            like.append(row)
        elif len(kept) < count:
            kept.append((row, []))
    return kept


def _runs(text: str) -> frozenset[str]:
    said = "".join(filter(str.isalnum, text.casefold()))
    return frozenset(said[start : start + _RUN] for start in range(max(1, len(said) - _RUN + 1)))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return Jaccard's measure: what both have as a share of what either has."""
    if min(len(one), len(other)) < _ALIKE * max(len(one), len(other)):
        return 0.0
    return len(one & other) / len(one | other)
