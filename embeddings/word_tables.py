"""The vectors of a model's words in few bits: the largest part of a multilingual model, most of which is never read."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 16
"""Components of a word's vector that share a scale in 8 bits; ONNX Runtime takes no fewer."""

_OF_4_BITS = 32
_STEPS = 127
_SMALLEST = 1e-10
_NEAR = 1e-3
"""How far from a whole number a code may be, for the rounding of floats."""


@dataclass(frozen=True, slots=True)
class WordTable:
    """Codes around 2**(bits - 1), in bytes of one or two, and a scale for each block of a row.

    A component is (code - 2**(bits - 1)) * scale.
    """

    codes: NDArray[np.uint8]
    scales: NDArray[np.float16] | NDArray[np.float32]
    bits: Literal[4, 8]
    block: int


def words_in_4_bits(words: NDArray[np.float32]) -> WordTable | None:
    """Return word vectors, shape (words, dimension), as they are; None where 4 bits cannot say them exactly.

    They can where a model comes in the 4-bit blocks of GGML: in each the largest component has the code 0, which
    stands for -8 scales.
    """
    if words.shape[1] % _OF_4_BITS:
        return None
    blocks = words.reshape(len(words), -1, _OF_4_BITS)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[:, :, None], axis=2)
    scales = (largest / -8).astype(np.float16)
    steps = np.where(scales == 0, 1, scales).astype(np.float32)
    codes = blocks / steps
    whole = np.rint(codes)
    if np.abs(codes - whole).max() > _NEAR or whole.min() < -8 or whole.max() > 7:
        return None
    shifted = (whole + 8).astype(np.uint8).reshape(words.shape)
    return WordTable(shifted[:, ::2] | shifted[:, 1::2] << np.uint8(4), scales[:, :, 0], 4, _OF_4_BITS)


def words_in_8_bits(words: NDArray[np.float32]) -> WordTable:
    """Return word vectors, shape (words, dimension), each component to within half a 127th of its block's largest."""
    blocks = words.reshape(len(words), -1, COMPONENTS)
    scales = np.maximum(np.abs(blocks).max(axis=2, keepdims=True), _SMALLEST) / _STEPS
    codes = (np.round(blocks / scales) + 128).astype(np.uint8)
    return WordTable(codes.reshape(words.shape), scales[:, :, 0].astype(np.float32), 8, COMPONENTS)
