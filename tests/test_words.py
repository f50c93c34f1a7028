"""Which words of a text carry its meaning, and how closely their packed vectors come back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from embeddings import Vectors
from qa_service.stop_words import STOP_WORDS
from qa_service.tokens import tokens
from qa_service.words import content_words, pack_words, packed_sum, unpack_words

HEAD = 2
"""Bytes of a component of the mean, and of a row's scale."""

components = st.integers(-256, 256).map(lambda number: number / 64)
"""Sixty-fourths up to 4: exact in half precision, so that only what is packed in 4 bits can be off."""

shapes = st.tuples(st.integers(0, 9), st.integers(1, 9))
packable = shapes.flatmap(lambda shape: arrays.arrays(np.float32, shape, elements=components))
any_vectors = shapes.flatmap(
    lambda shape: arrays.arrays(np.float32, shape, elements=st.floats(-4, 4, width=32, allow_subnormal=False))
)


def words_of(text: str) -> list[str]:
    return [span.of(text) for span in content_words(text)]


def stored_mean(packed: bytes, dimension: int) -> Vectors:
    return np.frombuffer(packed, "<f2", dimension).astype(np.float32)


def stored_scales(packed: bytes, rows: int, dimension: int) -> Vectors:
    return np.frombuffer(packed, "<f2", rows, dimension * HEAD).astype(np.float32)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Когда построили мост через Свислочь?", ["построили", "мост", "через", "Свислочь"]),
        ("Калі пабудавалі Мірскі замак?", ["пабудавалі", "Мірскі", "замак"]),
        ("When was the castle of Mir built?", ["castle", "Mir", "built"]),
        ("Сям’я — гэта сям'я.", ["Сям’я", "сям'я"]),
        ("У аб'ёме 12% больш", ["аб'ёме", "12", "больш"]),
        ("長城有多", ["長城", "有多"]),
        ("北京 is Beijing", ["北京", "Beijing"]),
        ("the well-known U.S.A. in XIX", ["well-known", "U.S.A.", "XIX"]),
    ],
    ids=["ru", "be", "en", "apostrophes", "numbers", "zh", "zh and en", "wholes"],
)
def test_content_words(text: str, expected: list[str]) -> None:
    assert words_of(text) == expected


@pytest.mark.parametrize("text", ["What is it?", "Что это такое?", "Дзе яна?", "Где the гэта?"])
def test_stop_words_stand_where_there_is_nothing_else(text: str) -> None:
    assert words_of(text) == text.removesuffix("?").split()


@pytest.mark.parametrize("text", ["", "?!", " \n ", "…—"])
def test_a_text_without_words_has_none(text: str) -> None:
    assert content_words(text) == ()


@given(
    st.lists(
        st.sampled_from(["мост", "сям’я", "не", "the", "wi-fi", "U.S.A.", "長城有多長", "5G", "¾", "XIX", "-", "'"])
        | st.text(max_size=5),
        max_size=12,
    ).flatmap(lambda words: st.sampled_from([" ", "", "\n"]).map(lambda between: between.join(words)))
)
def test_words_are_inside_the_text_in_order_and_apart(text: str) -> None:
    spans = content_words(text)
    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start < span.end for end, span in zip(ends, spans, strict=False))
    assert ends[-1] <= len(text)
    assert bool(spans) is bool(tokens(text))
    stop_words = frozenset.union(*STOP_WORDS.values())
    exact = {token.span: token.exact for token in reversed(tokens(text))}
    said = [exact[span] not in stop_words for span in spans]
    assert all(said) or not any(said), "stop words stand alone or not at all"


# --- packed vectors ---


@given(packable | any_vectors)
def test_packed_vectors_come_back_within_half_a_step(words: Vectors) -> None:
    """Beyond that there is only what half precision cannot say of a very small scale, seven and a half times over."""
    rows, dimension = words.shape
    packed = pack_words(words)
    unpacked = unpack_words(packed, dimension)
    assert unpacked.shape == words.shape
    assert unpacked.dtype == np.float32
    if rows:
        steps = stored_scales(packed, rows, dimension)[:, None]
        assert (np.abs(unpacked - words) <= steps / 2 + 7.5 * 2.0**-25 + 4 * 2.0**-22).all()


@given(packable | any_vectors)
def test_a_component_takes_four_bits(words: Vectors) -> None:
    rows, dimension = words.shape
    expected = dimension * HEAD + rows * (HEAD + (dimension + 1) // 2) if rows else 0
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
    assert list(packed[12:]) == codes, "two components a byte, the first below; an odd one alone"
    np.testing.assert_array_equal(
        unpack_words(packed, 3), np.array([[8.5, -5.5, 3.5], [-2.75, 5.75, 1.75], [-2.75, 5.75, 3.75]], np.float32)
    )


@pytest.mark.parametrize("value", [0, 0.5, -1.25])
@pytest.mark.parametrize("dimension", [1, 4, 5])
def test_rows_that_are_alike_come_back_exactly(value: float, dimension: int) -> None:
    words = np.full((3, dimension), value, np.float32)
    np.testing.assert_array_equal(unpack_words(pack_words(words), dimension), words)


def test_no_rows_are_no_bytes() -> None:
    assert pack_words(np.zeros((0, 5), np.float32)) == b""
    assert unpack_words(b"", 5).shape == (0, 5)
    total, count = packed_sum(b"", 5)
    assert (total.tolist(), count) == ([0] * 5, 0)


def test_vectors_of_words_keep_their_cosines() -> None:
    """Around a mean that they share; a step of 0.43 deviations makes a cosine of 384 components uncertain by 0.009."""
    generator = np.random.default_rng(1)
    words = (generator.normal(size=384) + generator.normal(size=(60, 384))).astype(np.float32)
    kept = unpack_words(pack_words(words), 384)
    cosines, exact = (
        rows @ rows.T for rows in (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (kept, words))
    )
    assert np.abs(cosines - exact).mean() < 0.009
    assert np.abs(cosines - exact).max() < 4 * 0.009
