"""Scores of judgements, against values computed by hand."""

import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.judging import Judged
from eval.metrics import score
from eval.summary import SCOPES, SystemResult, compare
from eval.task import Gold, Question


def judged(
    ranking: Sequence[str],
    relevant: Mapping[str, int],
    identifier: str = "q",
    *,
    confidence: float = 0.5,
    holds_answer: bool | None = None,
    is_refused: bool | None = None,
    cell: tuple[str, str] = ("ru", "be"),
) -> Judged:
    golds = tuple(Gold(unit, grade=grade) for unit, grade in relevant.items())
    question = Question(identifier, cell[0], "?", golds)
    return Judged(
        question, *cell, relevant, tuple(ranking), (), confidence, "an answer", holds_answer, True, is_refused
    )


def dcg(*gains: float) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))


@pytest.mark.parametrize(
    ("ranking", "relevant", "expected"),
    [
        (["a"], {"a": 1}, {"ndcg@10": 1, "recall@1": 1, "mrr@10": 1, "success@1": 1}),
        (["x", "y", "a"], {"a": 1}, {"ndcg@10": 0.5, "recall@1": 0, "recall@5": 1, "mrr@10": 1 / 3, "success@5": 1}),
        ([], {"a": 1}, {"ndcg@10": 0, "recall@10": 0, "mrr@10": 0, "success@1": 0}),
        (["a", "x"], {"a": 1, "b": 1}, {"ndcg@10": 1 / dcg(1, 1), "recall@1": 0.5, "recall@10": 0.5, "success@1": 1}),
        (["b", "a"], {"a": 2, "b": 1}, {"ndcg@10": dcg(1, 2) / dcg(2, 1), "recall@1": 0.5, "recall@5": 1}),
        ([*"0123456789", "a"], {"a": 1}, {"ndcg@10": 0, "recall@10": 0, "mrr@10": 0}),
    ],
)
def test_a_ranking_scores_as_by_hand(ranking: list[str], relevant: dict[str, int], expected: dict[str, float]) -> None:
    scores = score([judged(ranking, relevant)])["q"]
    assert {metric: scores[metric] for metric in expected} == pytest.approx(expected)


@given(st.permutations([str(number) for number in range(20)]))
def test_one_right_unit_scores_by_its_place(ranking: list[str]) -> None:
    rank = ranking.index("7") + 1
    scores = score([judged(ranking, {"7": 1})])["q"]
    assert scores["ndcg@10"] == pytest.approx(1 / math.log2(rank + 1) if rank <= 10 else 0)
    assert scores["mrr@10"] == pytest.approx(1 / rank if rank <= 10 else 0)
    assert [scores[f"recall@{depth}"] for depth in (1, 5, 10)] == [rank <= depth for depth in (1, 5, 10)]


def test_unanswerable_questions_have_no_ranking_scores() -> None:
    scores = score([judged(["a"], {}, "none"), judged(["a"], {"a": 1}, "some", holds_answer=False)])
    assert scores["none"] == {"citation_exactness": 1}
    assert scores["some"]["answer_containment"] == 0
    assert scores["some"]["ndcg@10"] == 1


def system(*items: Judged) -> SystemResult:
    return SystemResult("default", "", items, score(items))


def test_means_are_taken_over_all_same_and_cross() -> None:
    result = system(
        judged(["a"], {"a": 1}, "1", cell=("ru", "ru")),
        judged(["x"], {"a": 1}, "2", cell=("ru", "be")),
        judged(["x", "a"], {"a": 1}, "3", cell=("en", "be")),
        judged(["a"], {}, "4", cell=("en", "none")),
    )
    assert [result.mean("mrr@10", among) for among in SCOPES.values()] == pytest.approx([0.5, 1, 0.25])
    assert result.mean("citation_exactness") == 1
    assert result.mean("answer_containment") is None
    assert result.cells() == [("en", "be"), ("ru", "be"), ("ru", "ru")]


def test_abstention_of_a_system_without_a_threshold() -> None:
    known = system(
        judged(["a"], {"a": 1}, "1", confidence=0.9, holds_answer=True),
        judged(["a"], {"a": 1}, "2", confidence=0.4, holds_answer=False),
        judged(["a"], {}, "3", confidence=0.6, cell=("en", "none")),
    ).abstention()
    assert known.auroc == 0.5
    assert [risk for _, risk in known.curve] == pytest.approx([0, 1 / 2, 2 / 3])
    assert known.false_refusals is None
    assert known.false_answers is None


def test_refusals_are_counted_where_there_is_a_threshold() -> None:
    known = system(
        judged(["a"], {"a": 1}, "1", holds_answer=True, is_refused=False),
        judged(["a"], {"a": 1}, "2", holds_answer=False, is_refused=True),
        judged(["a"], {}, "3", is_refused=True, cell=("en", "none")),
        judged(["a"], {}, "4", is_refused=False, cell=("en", "none")),
        judged(["a"], {}, "5", is_refused=False, cell=("en", "none")),
    ).abstention()
    assert known.false_refusals == 0.5
    assert known.false_answers == pytest.approx(2 / 3)


def test_systems_are_compared_over_the_questions_both_were_asked() -> None:
    first = {"1": {"ndcg@10": 1.0}, "2": {"ndcg@10": 0.5}, "3": {"ndcg@10": 0.0}}
    second = {"1": {"ndcg@10": 0.0}, "2": {"ndcg@10": 0.5}, "9": {"ndcg@10": 1.0}}
    (comparison,) = compare("new", first, "old", second)
    assert (comparison.questions, comparison.difference, comparison.metric) == (2, 0.5, "ndcg@10")
    assert comparison.interval == (0, 1)
    assert comparison.p == 1
