"""Vectors of words as they are kept, 4 bits a component, and compared without being unpacked.

A passage has a hundred words or more, and a question looks at those of dozens of passages: multiplied in whole numbers
they take a fifth of the time that it takes to write them out and multiply them in floats.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings import Vectors
from embeddings.products import integer_products

_HALF_PRECISION = np.dtype("<f2")
_SQUARE = np.dtype("<f4")
_PAIRS = np.array([[(code & 15) - 7.5, (code >> 4) - 7.5] for code in range(256)], np.float32).view(np.float64)[:, 0]
"""What a byte holds, two components of 4 bytes under one of 8: looked up as one, they take a quarter of the time."""

_HALF = 7.5
"""Half the range of 4 bits: a component is kept as mean + (code - 7.5) * scale."""

_BITS = 7
"""A component that packed ones are multiplied by is two bytes, the upper one worth 2**7 times the lower."""

_RANGE = 127 << _BITS


def pack_words(words: Vectors) -> bytes:
    """Write vectors of shape (n, dimension): their mean, and what differs from it in 4 bits. No rows are no bytes.

    In order: the mean and every row's scale in half precision, the rows, and the squares of their lengths.
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
    return with_squares(b"".join((mean.tobytes(), scales.tobytes(), packed.tobytes())), words.shape[1])


def with_squares(packed: bytes, dimension: int) -> bytes:
    """Return packed rows with the squares of their lengths behind them, which rows of older data folders lack."""
    if not packed:
        return packed
    size = _HALF_PRECISION.itemsize
    count = (len(packed) - dimension * size) // (size + (dimension + 1) // 2)
    rows = PackedRows([packed + bytes(count * _SQUARE.itemsize)], dimension).unpacked()
    squares: Vectors = np.einsum("nd,nd->n", rows, rows)
    return packed + squares.astype(_SQUARE).tobytes()


def packed_sum(packed: bytes, dimension: int) -> tuple[NDArray[np.float64], int]:
    """Return the sum of the rows `pack_words` wrote, as their mean times their number, and the number."""
    if not packed:
        return np.zeros(dimension), 0
    rows = _rows(packed, dimension)
    return np.frombuffer(packed, _HALF_PRECISION, dimension).astype(np.float64) * rows, rows


class PackedRows:
    """The rows of several texts, as `pack_words` wrote each text's; `counts` tells how many a text has.

    Each component is known to within half of its row's scale.
    """

    def __init__(self, packed: Sequence[bytes], dimension: int) -> None:
        self.counts = np.array([_rows(each, dimension) for each in packed], np.intp)
        kept = [(each, int(count)) for each, count in zip(packed, self.counts, strict=True) if count]
        scales = dimension * _HALF_PRECISION.itemsize
        width = (dimension + 1) // 2

        def joined(kind: np.dtype[Any], start: int, start_row: int, row: int) -> NDArray[Any]:
            """Return one part of every text; it starts after `start` bytes and `start_row` more a row."""
            pieces = (each[start + count * start_row : start + count * (start_row + row)] for each, count in kept)
            return np.frombuffer(b"".join(pieces), kind)

        half = _HALF_PRECISION.itemsize
        self._dimension = dimension
        self._means = np.frombuffer(b"".join(each[:scales] for each, _ in kept), _HALF_PRECISION)
        self._means = self._means.reshape(len(kept), dimension).astype(np.float32)
        self._scales = joined(_HALF_PRECISION, scales, 0, half).astype(np.float32)
        self._codes = joined(np.dtype(np.uint8), scales, half, width).reshape(-1 if width else 0, width)
        self.squares: Vectors = joined(_SQUARE, scales, half + width, _SQUARE.itemsize)

    def __len__(self) -> int:
        return len(self._codes)

    def dots(self, vectors: Vectors) -> Vectors:
        """Return the dot products of vectors, shape (k, dimension), with the rows: shape (k, rows).

        The components of `vectors` are rounded to 1/16,256 of the largest one of their row.
        """
        if not len(self) or not len(vectors):
            return np.zeros((len(vectors), len(self)), np.float32)
        steps = np.abs(vectors).max(axis=1, keepdims=True) / np.float32(_RANGE)
        whole = np.rint(vectors / np.where(steps == 0, 1, steps)).astype(np.int32)
        upper = (whole + (1 << _BITS - 1)) >> _BITS
        both = np.concatenate([upper, whole - (upper << _BITS)]).astype(np.int8)
        both = np.pad(both, ((0, 0), (0, self._dimension % 2)))
        products = integer_products(self._codes & np.uint8(15), both[:, ::2])
        products += integer_products(self._codes >> np.uint8(4), both[:, 1::2])
        codes = (products[:, : len(vectors)] << _BITS) + products[:, len(vectors) :]
        dots = np.ascontiguousarray(codes.T, np.float32)
        dots -= _HALF * whole.sum(axis=1, keepdims=True, dtype=np.float32)
        dots *= steps
        dots *= self._scales
        dots += np.repeat(vectors @ self._means.T, self.counts[self.counts > 0], axis=1)
        return dots

    def unpacked(self) -> Vectors:
        """Return every row, shape (rows, dimension)."""
        rows: Vectors = np.take(_PAIRS, self._codes).view(np.float32)[:, : self._dimension]
        rows *= self._scales[:, None]
        rows += np.repeat(self._means, self.counts[self.counts > 0], axis=0)
        return rows


def _rows(packed: bytes, dimension: int) -> int:
    if not packed:
        return 0
    half = _HALF_PRECISION.itemsize
    return (len(packed) - dimension * half) // (half + (dimension + 1) // 2 + _SQUARE.itemsize)
