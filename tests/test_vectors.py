"""The contract of a vector index, held against brute force in numpy. Another index joins by its row in `INDEXES`."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import Vectors
from qa_service.vectors import FaissIndex, Ranking, VectorIndex, sample_size

DIMENSION = 4


class IndexKind(Protocol):
    def __call__(self, dimension: int) -> VectorIndex: ...

    def from_bytes(self, content: bytes) -> VectorIndex: ...


class Inverted:
    """The index whose vectors lie in lists; with as few vectors as here it looks through all of them."""

    def __call__(self, dimension: int) -> VectorIndex:
        corners = np.vstack([np.eye(dimension), -np.eye(dimension)]).astype(np.float32)
        index = FaissIndex.in_lists(corners, len(corners))
        assert index is not None
        return index

    def from_bytes(self, content: bytes) -> VectorIndex:
        return FaissIndex.from_bytes(content)


INDEXES = [pytest.param(FaissIndex, id="exact"), pytest.param(Inverted(), id="inverted")]
each_index = pytest.mark.parametrize("kind", INDEXES)

ids = st.integers(0, 2**62)
vectors = st.lists(st.integers(-3, 3), min_size=DIMENSION, max_size=DIMENSION).map(tuple)
"""Whole numbers, whose dot products are exact: equal scores are equal, and there are many of them."""

additions = st.dictionaries(ids, vectors, max_size=20)


class BruteForce:
    """What an index must do, as plainly as possible."""

    def __init__(self, held: dict[int, tuple[int, ...]]) -> None:
        self.held = held

    def scores(self, question: Sequence[int], allowed: Sequence[int] | None) -> dict[int, int]:
        candidates = self.held if allowed is None else self.held.keys() & set(allowed)
        return {key: int(np.dot(self.held[key], question)) for key in candidates}


def as_vectors(rows: Sequence[Sequence[int]]) -> Vectors:
    return np.array(rows, np.float32).reshape(-1, DIMENSION)


def fill(index: VectorIndex, held: dict[int, tuple[int, ...]]) -> None:
    index.add(list(held), as_vectors(list(held.values())))


def require_best(
    ranking: Ranking, oracle: BruteForce, question: Sequence[int], limit: int, allowed: list[int] | None
) -> None:
    """Among equal scores any order is right."""
    expected = oracle.scores(question, allowed)
    assert ranking.scores.tolist() == sorted(expected.values(), reverse=True)[: max(limit, 0)]
    assert ranking.scores.tolist() == [expected[key] for key in ranking.ids.tolist()]
    assert len(set(ranking.ids.tolist())) == len(ranking.ids)


@each_index
@given(data=st.data(), first=additions, second=additions, question=vectors, limit=st.integers(-1, 50))
def test_search_agrees_with_brute_force(
    kind: IndexKind,
    data: st.DataObject,
    first: dict[int, tuple[int, ...]],
    second: dict[int, tuple[int, ...]],
    question: tuple[int, ...],
    limit: int,
) -> None:
    """Through adding, removing, adding again and a round trip through bytes."""
    index = kind(DIMENSION)
    fill(index, first)
    removed = data.draw(st.lists(st.sampled_from(sorted(first)) if first else ids, max_size=10) | st.lists(ids))
    index.remove(removed)
    held = {key: vector for key, vector in first.items() if key not in removed}
    added = {key: vector for key, vector in second.items() if key not in held}
    if data.draw(st.booleans()):
        index = kind.from_bytes(index.to_bytes())
    fill(index, added)
    oracle = BruteForce(held | added)
    allowed = data.draw(
        st.none() | st.lists(st.sampled_from(sorted(oracle.held)) if oracle.held else ids) | st.lists(ids)
    )

    assert len(index) == len(oracle.held)
    assert sorted(index.ids.tolist()) == sorted(oracle.held)
    assert index.vectors(list(oracle.held)).tolist() == [list(vector) for vector in oracle.held.values()]
    require_best(index.search(as_vectors([question])[0], limit, allowed), oracle, question, limit, allowed)


@each_index
def test_hand_computed_ranking(kind: IndexKind) -> None:
    index = kind(DIMENSION)
    fill(index, {7: (1, 0, 0, 0), 3: (0, 1, 0, 0), 5: (2, 2, 0, 0), 9: (0, 0, -1, 0)})
    question = as_vectors([(3, 1, 1, 0)])[0]
    ranking = index.search(question, 10)
    assert ranking.ids.tolist() == [5, 7, 3, 9]
    assert ranking.scores.tolist() == [8, 3, 1, -1]
    assert index.search(question, 2, allowed=[9, 3, 4]).ids.tolist() == [3, 9]
    index.remove([5, 4])
    assert index.search(question, 1).ids.tolist() == [7]


@each_index
def test_empty_index_finds_nothing(kind: IndexKind) -> None:
    index = kind(DIMENSION)
    assert len(index) == 0
    for allowed in (None, [], [1]):
        assert index.search(as_vectors([(1, 0, 0, 0)])[0], 5, allowed).ids.tolist() == []
    assert index.vectors([]).shape == (0, DIMENSION)
    fill(index, {})
    assert len(kind.from_bytes(index.to_bytes())) == 0


@each_index
@pytest.mark.parametrize("shape", [(1, DIMENSION), (2, DIMENSION + 1), (2 * DIMENSION,)])
def test_vectors_that_do_not_fit_are_refused(kind: IndexKind, shape: tuple[int, ...]) -> None:
    index = kind(DIMENSION)
    with pytest.raises(ValueError, match="for 2 ids of dimension 4"):
        index.add([1, 2], np.zeros(shape, np.float32))
    assert len(index) == 0


@each_index
def test_vector_that_is_not_held_is_a_key_error(kind: IndexKind) -> None:
    index = kind(DIMENSION)
    fill(index, {1: (1, 0, 0, 0)})
    with pytest.raises(KeyError, match="2"):
        index.vectors([1, 2])


@each_index
def test_bytes_that_break_off_are_refused(kind: IndexKind) -> None:
    index = kind(DIMENSION)
    fill(index, {1: (1, 0, 0, 0), 2: (0, 1, 0, 0)})
    content = index.to_bytes()
    for length in range(len(content)):
        with pytest.raises(ValueError, match="not a"):
            kind.from_bytes(content[:length])


def test_ranking_needs_a_score_for_each_id() -> None:
    with pytest.raises(ValueError, match=r"\(2,\) ids for \(1,\) scores"):
        Ranking(np.array([1, 2]), np.zeros(1, np.float32))


def crowd(count: int) -> Vectors:
    """Return vectors around forty topics, exact in half precision."""
    generator = np.random.default_rng(5)
    topics = generator.standard_normal((40, 32))
    rows = topics[generator.integers(0, 40, count)] + 0.5 * generator.standard_normal((count, 32))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)
    return unit


def test_lists_find_nearly_what_looking_at_every_vector_finds() -> None:
    held = crowd(3_000)
    exact, index = FaissIndex(32), FaissIndex.in_lists(held[:900], 3_000)
    assert index is not None
    for each in (exact, index):
        each.add(list(range(3_000)), held)
    assert (index.is_exact, exact.is_exact) == (False, True)
    np.testing.assert_array_equal(index.vectors(list(range(3_000))), held)
    questions = held[::100] + 0.05
    found = [set(index.search(question, 10).ids) & set(exact.search(question, 10).ids) for question in questions]
    assert sum(map(len, found)) / len(found) / 10 >= 0.98
    allowed = list(range(0, 3_000, 7))
    for question in questions:
        pair = (index.search(question, 20, allowed), exact.search(question, 20, allowed))
        assert pair[0].ids.tolist() == pair[1].ids.tolist(), "a filter leaves nothing to chance"


def test_an_index_is_outgrown_past_its_limit_and_in_lists_at_four_times_the_vectors() -> None:
    """Lists go by the root of the number: twice as many for four times as many vectors."""
    held = crowd(4_000)
    exact, index = FaissIndex(32), FaissIndex.in_lists(held[:1_000], 1_000)
    assert index is not None
    exact.add(list(range(1_000)), held[:1_000])
    index.add(list(range(1_000)), held[:1_000])
    assert [exact.is_outgrown(limit) for limit in (999, 1_000)] == [True, False]
    assert not index.is_outgrown(10)
    index.add(list(range(1_000, 4_000)), held[1_000:])
    assert index.is_outgrown(10)


def test_few_of_many_vectors_are_enough_to_find_lists() -> None:
    assert [sample_size(count) for count in (1, 1_000, 1_000_000)] == [1, 1_000, 128_000]


def test_lists_that_are_no_longer_wanted_are_given_up() -> None:
    answers = iter([True, True, False])
    assert FaissIndex.in_lists(crowd(100), 100, lambda: next(answers)) is None
    assert next(answers, None) is None


def test_an_index_filled_at_once_finds_what_one_filled_by_and_by_does() -> None:
    held = crowd(500)
    slow, fast = (FaissIndex.in_lists(held, 500) for _ in range(2))
    assert slow is not None
    assert fast is not None
    slow.add(list(range(500)), held)
    fast.fill(lambda: ((list(range(start, start + 100)), held[start : start + 100]) for start in range(0, 500, 100)))
    assert sorted(fast.ids.tolist()) == list(range(500))
    np.testing.assert_array_equal(fast.vectors(list(range(500))), held)
    for question in held[::50]:
        assert fast.search(question, 5).ids.tolist() == slow.search(question, 5).ids.tolist()


def test_an_index_filled_with_nothing_is_empty() -> None:
    index = FaissIndex.in_lists(crowd(100), 100)
    assert index is not None
    index.fill(list)
    assert (len(index), index.ids.tolist()) == (0, [])
