"""The words of a text that carry its meaning, and their vectors as they are kept: 4 bits a component.

A question finds a passage word by word: each of its words looks for the passage's most similar one, in any language
("late interaction", Khattab and Zaharia 2020). The vectors come out of the text's one forward pass.
"""

from functools import cache, lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from embeddings import Vectors
from qa_service.stop_words import STOP_WORDS
from qa_service.tokens import tokens
from qa_service.types import Span

VERSION = 1
"""Raised when other words are picked, or vectors are packed in another way."""

_CACHED = 1_024
"""Texts whose words are remembered: passages that are found are often found again."""

_HALF_PRECISION = np.dtype("<f2")
_PAIRS = np.array([[(code & 15) - 7.5, (code >> 4) - 7.5] for code in range(256)], np.float32).view(np.float64)[:, 0]
"""What a byte holds, two components of 4 bytes under one of 8: looked up as one, they take a quarter of the time."""

_HALF = 7.5
"""Half the range of 4 bits: a component is kept as mean + (code - 7.5) * scale."""


@lru_cache(_CACHED)
def content_words(text: str) -> tuple[Span, ...]:
    """Return the spans of the words that are not stop words, in order and without overlaps.

    A text of nothing but stop words gives those.
    """
    words: list[tuple[Span, str]] = []
    for token in tokens(text):
        if not words or token.span.start >= words[-1][0].end:
            words.append((token.span, token.exact))
    said = [span for span, exact in words if exact not in _stop_words()]
    return tuple(said or (span for span, _ in words))


def pack_words(words: Vectors) -> bytes:
    """Write vectors of shape (n, dimension): their mean in half precision, and what differs from it in 4 bits.

    Every row has a scale of its own. No rows are no bytes.
    """
    if not len(words):
        return b""
    mean = words.mean(axis=0).astype(_HALF_PRECISION)
    residuals = words - mean.astype(np.float32)
    scales = (np.abs(residuals).max(axis=1, keepdims=True) / _HALF).astype(_HALF_PRECISION)
    steps = np.where(scales == 0, 1, scales).astype(np.float32)
    codes = np.clip(np.floor(residuals / steps + _HALF + 0.5), 0, 15).astype(np.uint8)
    pairs = np.pad(codes, ((0, 0), (0, codes.shape[1] % 2))).reshape(len(codes), -1, 2)
    packed: NDArray[np.uint8] = pairs[:, :, 0] | pairs[:, :, 1] << 4
    return b"".join((mean.tobytes(), scales.tobytes(), packed.tobytes()))


def unpack_words(packed: bytes, dimension: int) -> Vectors:
    """Read what `pack_words` wrote, shape (n, dimension), each component to within half of its row's scale."""
    if not packed:
        return np.zeros((0, dimension), np.float32)
    rows, width = _rows(packed, dimension), (dimension + 1) // 2
    head = np.frombuffer(packed, _HALF_PRECISION, dimension + rows).astype(np.float32)
    pairs = np.frombuffer(packed, np.uint8)[-rows * width :].reshape(rows, width)
    words: Vectors = np.take(_PAIRS, pairs).view(np.float32)[:, :dimension]
    words *= head[dimension:, None]
    words += head[:dimension]
    return words


def packed_sum(packed: bytes, dimension: int) -> tuple[NDArray[np.float64], int]:
    """Return the sum of the rows `pack_words` wrote, as their mean times their number, and the number."""
    if not packed:
        return np.zeros(dimension), 0
    rows = _rows(packed, dimension)
    return np.frombuffer(packed, _HALF_PRECISION, dimension).astype(np.float64) * rows, rows


def _rows(packed: bytes, dimension: int) -> int:
    size = _HALF_PRECISION.itemsize
    return (len(packed) - dimension * size) // (size + (dimension + 1) // 2)


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(chain.from_iterable(STOP_WORDS.values()))
