"""Passages that say the same in nearly the same words: one stands for all of them."""

from collections.abc import Iterator, Sequence

from qa_service.tokens import tokens
from qa_service.types import Passage

_ALIKE = 0.8
"""Share of two passages' runs of words that both have, from which one of them is enough."""

_RUN = 3
"""Words in a run."""

Runs = frozenset[tuple[str, ...]]


def grouped(passages: Sequence[Passage], count: int) -> Iterator[tuple[Passage, list[Passage]]]:
    """Yield the first `count` passages that differ, each with the later ones that nearly repeat it."""
    kept: list[tuple[Passage, Runs, list[Passage]]] = []
    for passage in passages:
        runs = _runs(passage.text)
        like = next((others for _, known, others in kept if _overlap(runs, known) >= _ALIKE), None)
        if like is not None:
            like.append(passage)
        elif len(kept) < count:
            kept.append((passage, runs, []))
    yield from ((passage, others) for passage, _, others in kept)


def _runs(text: str) -> Runs:
    words = [token.exact for token in tokens(text)]
    if len(words) < _RUN:
        return frozenset([tuple(words)])
    return frozenset(zip(*(words[start:] for start in range(_RUN)), strict=False))


def _overlap(one: Runs, other: Runs) -> float:
    """Return Jaccard's measure: what both have as a share of what either has."""
    if min(len(one), len(other)) < _ALIKE * max(len(one), len(other)):
        return 0.0
    return len(one & other) / len(one | other)
