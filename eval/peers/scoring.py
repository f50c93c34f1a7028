"""How good and how fast a system was, from what it was measured with."""

from collections.abc import Iterable, Sequence
from statistics import fmean

import numpy as np

from eval.judging import Judged
from eval.metrics import score
from eval.peers.comparing import Measured
from eval.peers.material import Asked, Material
from eval.task import Gold, Question

LABELS = {
    "ndcg@10": "nDCG@10",
    "ndcg@10_same": "same language",
    "ndcg@10_other": "other language",
    "recall@1": "recall@1",
    "success@1": "first is right",
    "question_ms_p50": "question p50 (ms)",
    "question_ms_p95": "question p95 (ms)",
    "passages_per_second": "passages taken in a second",
    "load_seconds": "load (s)",
    "peak_mib": "peak memory (MiB)",
}


def figures_of(measured: Measured, material: Material) -> dict[str, float | None]:
    """Return a system's figures by the names of `LABELS`; None where no question has such a right passage.

    "Same language" looks for the right passages in the question's language, and the other right ones count as neither
    right nor wrong; "other language" the reverse. Where a fact stands in one language only, that is a split of the
    questions.
    """
    asked = list(zip(material.questions, measured.rankings, strict=True))
    both = _means(_judged(question, question.right, ranking) for question, ranking in asked)
    same = _means(_judged_in(material, question, ranking, is_same=True) for question, ranking in asked)
    other = _means(_judged_in(material, question, ranking, is_same=False) for question, ranking in asked)
    p50, p95 = np.percentile(measured.milliseconds, (50, 95))
    return {
        "ndcg@10": both.get("ndcg@10"),
        "ndcg@10_same": same.get("ndcg@10"),
        "ndcg@10_other": other.get("ndcg@10"),
        "recall@1": both.get("recall@1"),
        "success@1": both.get("success@1"),
        "question_ms_p50": float(p50),
        "question_ms_p95": float(p95),
        "passages_per_second": len(material.passages) / measured.take_in_seconds,
        "load_seconds": measured.load_seconds,
        "peak_mib": measured.peak_mib,
    }


def _means(judged: Iterable[Judged | None]) -> dict[str, float]:
    """Return the mean of every metric over the questions that there are; no metric where there is none."""
    scores = list(score([item for item in judged if item is not None]).values())
    return {metric: fmean(of_one[metric] for of_one in scores) for metric in (scores[0] if scores else ())}


def _judged_in(material: Material, asked: Asked, ranking: Sequence[int], *, is_same: bool) -> Judged | None:
    right = tuple(number for number in asked.right if (material.languages[number] == asked.language) == is_same)
    left_out = set(asked.right) - set(right)
    return _judged(asked, right, [number for number in ranking if number not in left_out]) if right else None


def _judged(asked: Asked, right: Sequence[int], ranking: Sequence[int]) -> Judged:
    """Return a ranking as the benchmark's metrics take it: without answers, which the peers do not give."""
    golds = tuple(Gold(str(number)) for number in right)
    return Judged(
        question=Question(asked.id, asked.language, asked.text, golds),
        language=asked.language,
        document_language=asked.language,
        relevant={gold.document: gold.grade for gold in golds},
        ranking=tuple(map(str, ranking)),
        returned=(),
        confidence=0.0,
        answer=None,
        holds_answer=None,
        is_exact=None,
        is_refused=None,
    )
