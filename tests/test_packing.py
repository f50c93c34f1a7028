"""How closely packed vectors come back, and what is worked out without unpacking them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from embeddings import Vectors
from qa_service.packing import PackedRows, pack_words, packed_sum, with_squares

HEAD = 2
"""Bytes of a component of the mean, and of a row's scale."""

SQUARE = 4
"""Bytes of the square of a row's length."""

components = st.integers(-256, 256).map(lambda number: number / 64)
"""Sixty-fourths up to 4: exact in half precision, so that only what is packed in 4 bits can be off."""

shapes = st.tuples(st.integers(0, 9), st.integers(1, 9))
packable = shapes.flatmap(lambda shape: arrays.arrays(np.float32, shape, elements=components))
any_vectors = shapes.flatmap(
    lambda shape: arrays.arrays(np.float32, shape, elements=st.floats(-4, 4, width=32, allow_subnormal=False))
)


def unpacked_from(packed: bytes, dimension: int) -> Vectors:
    return PackedRows([packed], dimension).unpacked()


def stored_mean(packed: bytes, dimension: int) -> Vectors:
    return np.frombuffer(packed, "<f2", dimension).astype(np.float32)


def stored_scales(packed: bytes, rows: int, dimension: int) -> Vectors:
    return np.frombuffer(packed, "<f2", rows, dimension * HEAD).astype(np.float32)


@given(packable | any_vectors)
def test_packed_vectors_come_back_within_half_a_step(words: Vectors) -> None:
    """Beyond that there is only what half precision cannot say of a very small scale, seven and a half times over."""
    rows, dimension = words.shape
    packed = pack_words(words)
    unpacked = unpacked_from(packed, dimension)
    assert unpacked.shape == words.shape
    assert unpacked.dtype == np.float32
    if rows:
        steps = stored_scales(packed, rows, dimension)[:, None]
        assert (np.abs(unpacked - words) <= steps / 2 + 7.5 * 2.0**-25 + 4 * 2.0**-22).all()


@given(packable | any_vectors)
def test_a_component_takes_four_bits(words: Vectors) -> None:
    rows, dimension = words.shape
    expected = dimension * HEAD + rows * (HEAD + (dimension + 1) // 2 + SQUARE) if rows else 0
    assert len(pack_words(words)) == expected


@given(packable | any_vectors)
def test_packed_sum_is_the_stored_mean_times_the_rows(words: Vectors) -> None:
    rows, dimension = words.shape
    packed = pack_words(words)
    total, count = packed_sum(packed, dimension)
    assert (count, total.shape) == (rows, (dimension,))
    assert total.dtype == np.float64
    expected = stored_mean(packed, dimension).astype(np.float64) * rows if rows else np.zeros(dimension)
    np.testing.assert_array_equal(total, expected)
    if rows:
        np.testing.assert_allclose(total, words.sum(axis=0, dtype=np.float64), atol=rows * 4 * 2.0**-11)


def test_hand_computed_packing() -> None:
    """The mean is (1, 2, 3); the rows differ from it by up to 7.5 and 3.75, so the steps are 1 and a half."""
    words = np.array([[8.5, -5.5, 3.5], [-2.75, 5.75, 1.75], [-2.75, 5.75, 3.75]], np.float32)
    packed = pack_words(words)
    assert stored_mean(packed, 3).tolist() == [1, 2, 3]
    assert stored_scales(packed, 3, 3).tolist() == [1, 0.5, 0.5]
    codes = [15 | 0 << 4, 8, 0 | 15 << 4, 5, 0 | 15 << 4, 9]
    assert list(packed[12:-12]) == codes, "two components a byte, the first below; an odd one alone"
    np.testing.assert_array_equal(
        unpacked_from(packed, 3), np.array([[8.5, -5.5, 3.5], [-2.75, 5.75, 1.75], [-2.75, 5.75, 3.75]], np.float32)
    )


@pytest.mark.parametrize("value", [0, 0.5, -1.25])
@pytest.mark.parametrize("dimension", [1, 4, 5])
def test_rows_that_are_alike_come_back_exactly(value: float, dimension: int) -> None:
    words = np.full((3, dimension), value, np.float32)
    np.testing.assert_array_equal(unpacked_from(pack_words(words), dimension), words)


def test_no_rows_are_no_bytes() -> None:
    assert pack_words(np.zeros((0, 5), np.float32)) == with_squares(b"", 5) == b""
    assert unpacked_from(b"", 5).shape == (0, 5)
    total, count = packed_sum(b"", 5)
    assert (total.tolist(), count) == ([0] * 5, 0)


def test_vectors_of_words_keep_their_cosines() -> None:
    """Around a mean that they share; a step of 0.43 deviations makes a cosine of 384 components uncertain by 0.009."""
    generator = np.random.default_rng(1)
    words = (generator.normal(size=384) + generator.normal(size=(60, 384))).astype(np.float32)
    kept = unpacked_from(pack_words(words), 384)
    cosines, exact = (
        rows @ rows.T for rows in (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (kept, words))
    )
    assert np.abs(cosines - exact).mean() < 0.009
    assert np.abs(cosines - exact).max() < 4 * 0.009


# --- without unpacking ---

several = st.integers(1, 9).flatmap(
    lambda dimension: st.tuples(
        st.lists(
            st.integers(0, 5).flatmap(
                lambda rows: arrays.arrays(
                    np.float32, (rows, dimension), elements=st.floats(-4, 4, width=32, allow_subnormal=False)
                )
            ),
            max_size=4,
        ),
        arrays.arrays(np.float32, (3, dimension), elements=st.floats(-4, 4, width=32, allow_subnormal=False)),
    )
)


@given(several)
def test_dot_products_and_lengths_are_those_of_the_unpacked_rows(given_: tuple[list[Vectors], Vectors]) -> None:
    """A component is off by half a step of 1/16,256 of the largest at most, here of 4."""
    texts, vectors = given_
    dimension = vectors.shape[1]
    rows = PackedRows([pack_words(words) for words in texts], dimension)
    written = rows.unpacked()
    assert rows.counts.tolist() == [len(words) for words in texts]
    assert len(rows) == len(written) == sum(map(len, texts))
    np.testing.assert_allclose(rows.squares, (written**2).sum(axis=1), rtol=1e-5, atol=1e-6)
    bound = 2 / 16_256 * np.abs(written).sum(axis=1) + 1e-3
    dots = rows.dots(vectors)
    assert dots.shape == (3, len(rows))
    assert (np.abs(dots - vectors @ written.T) <= bound).all()


def test_dot_products_of_a_models_size_are_exact_to_four_places() -> None:
    generator = np.random.default_rng(2)
    words = [(generator.normal(size=384) + generator.normal(size=(n, 384))).astype(np.float32) for n in (120, 0, 60)]
    vectors = generator.normal(size=(9, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[0] = np.eye(1, 384, dtype=np.float32)  # one that rounding cannot share out
    rows = PackedRows([pack_words(each) for each in words], 384)
    np.testing.assert_allclose(rows.dots(vectors), vectors @ rows.unpacked().T, atol=1e-3)


@given(packable | any_vectors)
def test_rows_written_before_their_lengths_were_get_them(words: Vectors) -> None:
    rows, dimension = words.shape
    packed = pack_words(words)
    before = packed[: len(packed) - SQUARE * rows]
    assert with_squares(before, dimension) == packed
