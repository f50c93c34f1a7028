"""Passages that say the same in nearly the same words: one stands for all of them."""

from collections.abc import Iterator, Sequence

from embeddings import Vectors
from qa_service.types import Passage

_ALIKE = 0.8
"""Share of two passages' runs of letters that both have, from which one of them is enough."""

_CLOSE = 0.95
"""Cosine of two passages' vectors below which their words differ too much to look at."""

_RUN = 12
"""Letters and digits in a run: about two words, in any script."""


def grouped(passages: Sequence[Passage], vectors: Vectors, count: int) -> Iterator[tuple[Passage, list[Passage]]]:
    """Yield the first `count` passages that differ, each with the later ones that nearly repeat it.

    `vectors` has shape (passages, dimension), of length 1: texts are compared where these are close.
    """
    is_close = vectors @ vectors.T >= _CLOSE
    kept: list[tuple[int, list[Passage]]] = []
    for row, passage in enumerate(passages):
        near = (others for known, others in kept if is_close[row, known] and _are_alike(passage, passages[known]))
        like = next(near, None)
        if like is not None:
            like.append(passage)
        elif len(kept) < count:
            kept.append((row, []))
    yield from ((passages[row], others) for row, others in kept)


def _are_alike(one: Passage, other: Passage) -> bool:
    return _overlap(_runs(one.text), _runs(other.text)) >= _ALIKE


def _runs(text: str) -> frozenset[str]:
    said = "".join(filter(str.isalnum, text.casefold()))
    return frozenset(said[start : start + _RUN] for start in range(max(1, len(said) - _RUN + 1)))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return Jaccard's measure: what both have as a share of what either has."""
    if min(len(one), len(other)) < _ALIKE * max(len(one), len(other)):
        return 0.0
    return len(one & other) / len(one | other)
