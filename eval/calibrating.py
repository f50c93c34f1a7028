"""Calibrating: from questions with known answers to the probability that the documents answer a question.

Negatives are questions that nothing answers, and every answerable question once more without the passages that answer
it. Near misses, which ask for what their topic's documents leave out, look like answers in all that is measured; they
are judged and not learnt from, or they would teach that a good match speaks against an answer.

`python -m eval.calibrating` calibrates the default model on the sample questions and writes what is shipped.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.collection import taken_in
from eval.errors import EvalError
from eval.judging import Judge
from eval.run import Observer
from eval.statistics import auroc
from eval.suites import Selection, read_task
from eval.task import Passages, Question, Task
from qa_service.calibration import Calibration, SupportWeights, parts_of, save_calibration, shipped_path
from qa_service.config import Settings, load_settings
from qa_service.filters import EVERYTHING, Filter
from qa_service.fusion import SHIPPED
from qa_service.outcomes import Progress
from qa_service.service import QAService
from qa_service.types import Support

ANSWERABLE = "answerable"
GROWTH = 0.025
"""Measured on the sample documents with the default model: questions that have nothing to do with them get .24 at best
among 3 passages, .27 among 10, .30 among 30, .33 among 100 and .35 among 313; answerable ones .48 among any number."""

FALSE_REFUSALS = 0.04
"""Share of answerable questions that may be refused: a little less than the 5 % that should hold for new ones."""

_FEWEST = 10
"""Questions of either sort."""

_NOBODY = Observer()
_NOT_LEARNT = "near_miss"
_REMOVED = "removed"
_REMOVED_COUNTS = 1 / 3
"""Against another kind of negative. They look much like answers: counted in full, they cost refusals of what is off
topic (of the sample questions' development half 83 % are refused then, against 91 %)."""

_SHRINKAGE = 0.003
_STEPS = 4_000
_RATE = 2.0

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observation:
    """A question as it came out: what supports an answer, and the kind of question."""

    support: Support
    kind: str


@dataclass(frozen=True, slots=True)
class Observations:
    """What came out of the questions of a task, and whose vectors it came from."""

    rows: tuple[Observation, ...]
    model: str
    fingerprint: str
    present: Calibration | None
    """The calibration that the service has already."""

    def support(self, kind: str) -> list[Support]:
        """Return what supports an answer to the questions of a kind."""
        return [row.support for row in self.rows if row.kind == kind]

    @property
    def kinds(self) -> list[str]:
        """The kinds that have questions, "answerable" first."""
        return sorted({row.kind for row in self.rows}, key=lambda kind: (kind != ANSWERABLE, kind))


@dataclass(frozen=True, slots=True)
class KindFigures:
    """How a calibration does on a kind of question: the share it refuses, and AUROC against the answerable ones."""

    kind: str
    questions: int
    refused: float
    auroc: float | None


def observe(
    task: Task,
    settings: Settings,
    strangers: Sequence[Question] = (),
    *,
    passages: Passages = "default",
    observer: Observer = _NOBODY,
) -> Observations:
    """Ask every question of a task, and those with answers once more without the passages that answer them.

    `strangers` are questions that the task's documents have nothing to do with. Raises EvalError.
    """
    with taken_in(task, settings, passages, observer.on_build, observer.on_step) as collection:
        service = collection.service(SHIPPED)
        rows = _ask(task, strangers, Judge(task, collection), service, observer)
        return Observations(tuple(rows), collection.encoder.name, collection.encoder.fingerprint, service.calibration)


def fit(observed: Observations, false_refusals: float = FALSE_REFUSALS) -> Calibration:
    """Fit weights, none of them negative, and a threshold that refuses few enough answerable questions.

    Raises EvalError for fewer than 10 questions with an answer, or without.
    """
    learnt = [row for row in observed.rows if row.kind != _NOT_LEARNT]
    kinds = np.array([row.kind for row in learnt])
    positive = observed.support(ANSWERABLE)
    for what, count in (("with", len(positive)), ("without", len(learnt) - len(positive))):
        if count < _FEWEST:
            reason = f"{count} questions {what} an answer in the documents; calibrating needs {_FEWEST} or more"
            raise EvalError(reason)
    usual_lead = float(np.mean([row.support.lead for row in learnt if row.support.lead is not None] or [0]))
    weights, bias = _fit_logistic(np.array([parts_of(row.support, GROWTH, usual_lead) for row in learnt]), kinds)
    draft = Calibration(
        model=observed.model,
        fingerprint=observed.fingerprint,
        weights=SupportWeights(**dict(zip(SupportWeights.model_fields, weights, strict=True))),
        bias=bias,
        growth=GROWTH,
        usual_lead=usual_lead,
        threshold=0,
        answerable=len(positive),
        unanswerable=len(observed.rows) - len(positive),
    )
    threshold = _threshold([draft.confidence(support) for support in positive], false_refusals)
    return draft.model_copy(update={"threshold": threshold})


def judge(observed: Observations, calibration: Calibration) -> list[KindFigures]:
    """Return how a calibration does on each kind of question."""
    confidence = {kind: [calibration.confidence(each) for each in observed.support(kind)] for kind in observed.kinds}
    answerable = confidence.get(ANSWERABLE, [])
    return [
        KindFigures(
            kind,
            len(found),
            sum(each < calibration.threshold for each in found) / len(found),
            None if kind == ANSWERABLE else auroc(answerable, found),
        )
        for kind, found in confidence.items()
    ]


def _ask(
    task: Task, strangers: Sequence[Question], judge: Judge, service: QAService, observer: Observer
) -> Iterator[Observation]:
    for number, question in enumerate(task.questions):
        observer.on_step(Progress(number, len(task.questions) + len(strangers), "asking", 0))
        kind = ANSWERABLE if question.is_answerable else question.kind
        yield from _observation(service, question, kind)
        right = judge.right_passages(question)
        if right:
            yield from _observation(service, question, _REMOVED, Filter(without_passages=right))
    for number, question in enumerate(strangers, start=len(task.questions)):
        observer.on_step(Progress(number, len(task.questions) + len(strangers), "asking strangers", 0))
        yield from _observation(service, question, "stranger")


def _observation(service: QAService, question: Question, kind: str, filter: Filter = EVERYTHING) -> list[Observation]:
    support = service.search(question.text, filter=filter, history=question.history).support
    return [] if support is None else [Observation(support, kind)]


def _fit_logistic(rows: Matrix, kinds: NDArray[np.str_]) -> tuple[list[float], float]:
    """Return weights and bias of a logistic regression in which a kind counts the same however many it has."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = (rows - mean) / spread
    is_positive = kinds == ANSWERABLE
    counts = {kind: _REMOVED_COUNTS if kind == _REMOVED else 1.0 for kind in np.unique(kinds) if kind != ANSWERABLE}
    counted = np.where(is_positive, 1 / is_positive.sum(), 0.0)
    for kind, share in counts.items():
        counted += np.where(kinds == kind, share / (kinds == kind).sum() / sum(counts.values()), 0.0)
    counted /= counted.sum()
    weights, bias = np.zeros(rows.shape[1]), 0.0
    for _ in range(_STEPS):
        excess = counted * (1 / (1 + np.exp(-(scaled @ weights + bias))) - is_positive)
        weights = np.maximum(weights - _RATE * (scaled.T @ excess + 2 * _SHRINKAGE * weights), 0)
        bias -= _RATE * excess.sum()
    return (weights / spread).tolist(), float(bias - (weights / spread) @ mean)


def _threshold(confidence: Sequence[float], false_refusals: float) -> float:
    """Return a threshold that refuses at most this share of them: half-way from the last one refused to the next."""
    ordered = sorted(confidence)
    kept = int(false_refusals * len(ordered))
    return float(ordered[kept] + ordered[kept - 1]) / 2 if kept else float(ordered[0])


if __name__ == "__main__":
    observed = observe(read_task("seeds", Selection(half="development")), load_settings())
    calibration = fit(observed)
    save_calibration(shipped_path(calibration.fingerprint), calibration)
    sys.stdout.write("\n".join(map(str, judge(observed, calibration))) + "\n")
