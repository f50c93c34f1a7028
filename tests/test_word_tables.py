"""Vectors of words in few bits: exact where the model came in 4 bits, close where it did not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.word_tables import WordTable, words_in_4_bits, words_in_8_bits


def unpacked(table: WordTable) -> NDArray[np.float32]:
    codes = table.codes
    if table.bits == 4:
        codes = np.stack([codes & 15, codes >> 4], axis=2).reshape(len(codes), -1)
    scales = np.repeat(table.scales.astype(np.float32), table.block, axis=1)
    components: NDArray[np.float32] = (codes.astype(np.float32) - 2 ** (table.bits - 1)) * scales
    return components


def in_blocks_of_4_bits(rows: int, blocks: int, seed: int) -> NDArray[np.float32]:
    """Return what GGML's blocks hold: the largest component of each is -8 scales, of either sign."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(-7, 8, (rows, blocks, 32)).astype(np.float32)
    codes[:, :, 5] = -8
    scales = generator.standard_normal((rows, blocks, 1)).astype(np.float16).astype(np.float32)
    return (codes * scales).reshape(rows, blocks * 32)


@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2**32))
def test_a_model_in_4_bits_is_kept_as_it_is(rows: int, blocks: int, seed: int) -> None:
    words = in_blocks_of_4_bits(rows, blocks, seed)
    words[0, :32] = 0
    table = words_in_4_bits(words)
    assert table is not None
    assert (table.bits, table.block, table.codes.shape) == (4, 32, (rows, blocks * 16))
    np.testing.assert_array_equal(unpacked(table), words)


@pytest.mark.parametrize("width", [64, 48], ids=["any numbers", "no whole blocks"])
def test_another_model_is_not_said_to_be_in_4_bits(width: int) -> None:
    words = np.random.default_rng(3).standard_normal((4, width)).astype(np.float32)
    assert words_in_4_bits(words) is None


@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2**32))
def test_8_bits_are_within_half_a_step(rows: int, blocks: int, seed: int) -> None:
    words = np.random.default_rng(seed).standard_normal((rows, blocks * 16)).astype(np.float32)
    table = words_in_8_bits(words)
    steps = np.repeat(np.abs(words.reshape(rows, blocks, 16)).max(axis=2) / 127, 16, axis=1)
    assert (np.abs(unpacked(table) - words) <= steps / 2 + 1e-6).all()
