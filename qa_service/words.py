"""The words of a text that carry its meaning.

A question finds a passage word by word: each of its words looks for the passage's most similar one, in any language
("late interaction", Khattab and Zaharia 2020). The vectors come out of the text's one forward pass.
"""

from functools import cache, lru_cache
from itertools import chain

from qa_service.numerals import Reading
from qa_service.stop_words import STOP_WORDS
from qa_service.tokens import readings
from qa_service.types import Span

VERSION = 1
"""Raised when other words are picked."""

_CACHED = 1_024
"""Texts whose words are remembered: passages that are found are often found again."""


@lru_cache(_CACHED)
def content_words(text: str) -> tuple[Span, ...]:
    """Return the spans of the words that are not stop words, in order and without overlaps.

    A text of nothing but stop words gives those.
    """
    words: list[Reading] = []
    reached = 0
    for reading in readings(text):
        start, end, _ = reading
        if start >= reached:
            words.append(reading)
            reached = end
    stop_words = _stop_words()
    said = [Span(start, end) for start, end, exact in words if exact not in stop_words]
    return tuple(said or (Span(start, end) for start, end, _ in words))


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(chain.from_iterable(STOP_WORDS.values()))
