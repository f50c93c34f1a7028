"""Scores of judged questions, one a question and metric; what a metric says nothing about has no score."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import ir_measures
from ir_measures import RR, R, Success, nDCG

from eval.judging import Judged

Scores: TypeAlias = Mapping[str, float]
"""From a metric's name to a question's score in 0..1."""

MEASURES = {
    "ndcg@10": nDCG @ 10,
    "recall@1": R @ 1,
    "recall@5": R @ 5,
    "recall@10": R @ 10,
    "mrr@10": RR @ 10,
    "success@1": Success @ 1,
    "success@5": Success @ 5,
}
"""How well right passages are found. Success asks for one of several right ones, recall for each."""

ANSWER_CONTAINMENT, CITATION_EXACTNESS = "answer_containment", "citation_exactness"
METRICS: tuple[str, ...] = (*MEASURES, ANSWER_CONTAINMENT, CITATION_EXACTNESS)


def score(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Return every question's scores by its id. An answerable question without results scores 0."""
    scores: dict[str, dict[str, float]] = {item.question.id: {} for item in judged}
    for item in judged:
        if item.question.is_answerable:
            scores[item.question.id] |= dict.fromkeys(MEASURES, 0.0)
        if item.holds_answer is not None:
            scores[item.question.id][ANSWER_CONTAINMENT] = float(item.holds_answer)
        if item.is_exact is not None:
            scores[item.question.id][CITATION_EXACTNESS] = float(item.is_exact)
    names = {measure: name for name, measure in MEASURES.items()}
    for metric in ir_measures.iter_calc(list(names), _qrels(judged), _run(judged)):
        scores[metric.query_id][names[metric.measure]] = float(metric.value)
    return scores


def _qrels(judged: Iterable[Judged]) -> list[ir_measures.Qrel]:
    return [ir_measures.Qrel(item.question.id, unit, grade) for item in judged for unit, grade in item.relevant.items()]


def _run(judged: Iterable[Judged]) -> list[ir_measures.ScoredDoc]:
    """Return the rankings with places for scores: ties are settled already."""
    return [
        ir_measures.ScoredDoc(item.question.id, unit, float(-place))
        for item in judged
        for place, unit in enumerate(item.ranking)
        if item.relevant
    ]
