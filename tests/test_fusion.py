"""How scores are put together: values computed by hand, and what holds for all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.fusion import best_sentence, fuse, sentence_cosines
from qa_service.sentences import split_sentences
from qa_service.types import Document, Passage, Span
from qa_service.vectors import EMPTY, Ranking

DOCUMENT = Document("d", "Title", "d.txt", "text/plain", "en", "0" * 64, 1, 1, 1, "then", "then", {})

cosines = st.integers(-8, 8).map(lambda eighths: eighths / 8)
"""Eighths, whose sums and halves are exact."""

scored = st.dictionaries(st.integers(0, 1000), st.tuples(cosines, st.none() | cosines), max_size=30)


def ranking(scores: dict[int, float]) -> Ranking:
    return Ranking(np.array(list(scores), np.int64), np.array(list(scores.values()), np.float32))


def passage(text: str) -> Passage:
    return Passage(1, DOCUMENT, Span(0, len(text)), text, split_sentences(text), "en", ())


def test_hand_computed_fusion() -> None:
    """With weight 1/4: 1: .75*.5 + .25*1 = .625; 2: .75*.75 + .25*0 = .5625; 3: its own .625, after 1 as it came."""
    fused = fuse(ranking({2: 0.75, 1: 0.5, 3: 0.625}), {1: 1.0, 2: 0.0}, 0.25)
    assert fused.ids.tolist() == [1, 3, 2]
    assert fused.scores.tolist() == [0.625, 0.625, 0.5625]


@given(scored, st.sampled_from([0, 0.25, 0.5, 1]))
def test_fusion_reorders_by_score_and_keeps_every_passage(
    values: dict[int, tuple[float, float | None]], weight: float
) -> None:
    own = ranking({key: value for key, (value, _) in values.items()})
    best = {key: value for key, (_, value) in values.items() if value is not None}
    fused = fuse(own, best, weight)

    expected = {key: (1 - weight) * value + weight * best.get(key, value) for key, (value, _) in values.items()}
    assert dict(zip(fused.ids.tolist(), fused.scores.tolist(), strict=True)) == expected
    position = {key: place for place, key in enumerate(values)}
    assert fused.ids.tolist() == sorted(values, key=lambda key: (-expected[key], position[key]))


@pytest.mark.parametrize(("weight", "order"), [(0, [1, 2, 3]), (1, [2, 3, 1])])
def test_extreme_weights_rank_by_one_side_alone(weight: float, order: list[int]) -> None:
    fused = fuse(ranking({1: 0.5, 2: 0.375, 3: 0.25}), {1: 0.125, 2: 1.0, 3: 0.875}, weight)
    assert fused.ids.tolist() == order


def test_nothing_fuses_to_nothing() -> None:
    assert fuse(EMPTY, {}, 0.5).ids.shape == (0,)


def test_hand_computed_sentence_cosines() -> None:
    question = np.array([0.5, 0.5, 0], np.float32)
    sentences = np.array([[1, 0, 0], [0.5, 0.5, 1], [0, -1, 0]], np.float32)
    assert sentence_cosines(question, sentences) == (0.5, 0.5, -0.5)
    assert sentence_cosines(question, sentences[:0]) == ()


@pytest.mark.parametrize(
    ("text", "scores", "best"),
    [
        ("One two three four. Five six seven eight.", (0.1, 0.2), 1),
        ("One two three four. Five six seven eight.", (0.2, 0.2), 0),
        ("A heading\nFive six seven eight.", (0.9, 0.1), 1),
        ("A heading of some length\n\nFive six seven eight.", (0.9, 0.1), 1),
        ("River | Length\nBuh | 772 km\n\nOne two three four.", (0.1, 0.9, 0.2), 1),
        ("One two three four.¹ [2]\n\nA heading that has no end", (0.1, 0.9), 0),
        ("A heading\nAnother one", (0.1, 0.2), 1),
        ("Only words.", (), None),
    ],
    ids=[
        "the best",
        "the first of equals",
        "a heading is no answer",
        "nor a long one",
        "a row is",
        "footnote marks",
        "unless there is nothing else",
        "no vectors",
    ],
)
def test_best_sentence(text: str, scores: tuple[float, ...], best: int | None) -> None:
    assert best_sentence(passage(text), scores) == best
