"""Calibrating: from questions with known answers to the probability that the documents answer a question.

Negatives are questions that nothing answers, and every answerable question once more without the passages that answer
it. Near misses, which ask for what their topic's documents leave out, look like answers in all that is measured; they
are judged and not learnt from, or they would teach that a good match speaks against an answer.

`python -m eval.calibrating` calibrates the default model on the sample questions and writes what is shipped.
"""

import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from eval.collection import Collection, taken_in
from eval.errors import EvalError
from eval.judging import Judge
from eval.run import Observer
from eval.suites import Selection, read_task
from eval.task import Passages, Question, Task
from qa_service.calibration import Calibration, SupportWeights, save_calibration, shipped_path
from qa_service.config import Settings, load_settings
from qa_service.fusion import SHIPPED
from qa_service.ingestion import Progress
from qa_service.service import QAService
from qa_service.types import EVERYTHING, Filter, Support

FALSE_REFUSALS = 0.04
"""Share of answerable questions that may be refused: a little less than the 5 % that should hold for new ones."""

_FEWEST = 10
"""Questions of either sort."""

_NOBODY = Observer()
_NOT_LEARNT = "near_miss"
_SHRINKAGE = 0.003
_STEPS = 4_000
_RATE = 2.0

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observation:
    """A question as it came out: what supports an answer, and the kind of question; "answerable" where it has one."""

    support: Support
    kind: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A calibration, and the share of each kind of question that it refuses."""

    calibration: Calibration
    refused: dict[str, float]


def calibrate(
    task: Task,
    settings: Settings,
    *,
    passages: Passages = "default",
    false_refusals: float = FALSE_REFUSALS,
    observer: Observer = _NOBODY,
) -> Outcome:
    """Calibrate the model of `settings` on a task.

    Raises EvalError for fewer than 10 questions with answers, or without any.
    """
    with taken_in(task, settings, passages, observer.on_build, observer.on_step) as collection:
        service = collection.service(SHIPPED)
        observed = _observe(task, collection, service, observer)
        return fit(observed, service.index().model, collection.encoder.fingerprint, false_refusals)


def fit(observed: Sequence[Observation], model: str, fingerprint: str, false_refusals: float) -> Outcome:
    """Fit weights, none of them negative, and the highest threshold that refuses few enough answerable questions."""
    kinds = np.array([each.kind for each in observed])
    is_positive = kinds == "answerable"
    learnt = kinds != _NOT_LEARNT
    for what, count in (("with", is_positive.sum()), ("without", (learnt & ~is_positive).sum())):
        if count < _FEWEST:
            reason = f"{count} questions {what} an answer in the documents; calibrating needs {_FEWEST} or more"
            raise EvalError(reason)
    rows = np.array([astuple(each.support) for each in observed])
    weights, bias = _fit_logistic(rows[learnt], kinds[learnt])
    names = [field.name for field in fields(Support)]
    draft = Calibration(
        model=model,
        fingerprint=fingerprint,
        weights=SupportWeights(**dict(zip(names, weights, strict=True))),
        bias=bias,
        threshold=0,
        answerable=int(is_positive.sum()),
        unanswerable=int((~is_positive).sum()),
        false_refusals=0,
        refusals=0,
    )
    confidence = np.array([draft.confidence(each.support) for each in observed])
    threshold = _threshold(confidence[is_positive], false_refusals)
    is_refused = confidence < threshold
    refused = {str(kind): float(is_refused[kinds == kind].mean()) for kind in np.unique(kinds)}
    calibration = draft.model_copy(
        update={
            "threshold": threshold,
            "false_refusals": float(is_refused[is_positive].mean()),
            "refusals": float(is_refused[~is_positive].mean()),
        }
    )
    return Outcome(calibration, refused)


def _observe(task: Task, collection: Collection, service: QAService, observer: Observer) -> list[Observation]:
    judge = Judge(task, collection)
    observed: list[Observation] = []
    for number, question in enumerate(task.questions):
        observer.on_step(Progress(number, len(task.questions), "asking", 0))
        kind = "answerable" if question.is_answerable else question.kind
        observed += _observation(service, question, kind, EVERYTHING)
        right = judge.right_passages(question)
        if right:
            observed += _observation(service, question, "removed", Filter(without_passages=right))
    return observed


def _observation(service: QAService, question: Question, kind: str, filter: Filter) -> list[Observation]:
    support = service.search(question.text, filter=filter, history=question.history).support
    return [] if support is None else [Observation(support, kind)]


def _fit_logistic(rows: Matrix, kinds: NDArray[np.str_]) -> tuple[list[float], float]:
    """Return weights and bias of a logistic regression in which every kind of negative counts the same."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = (rows - mean) / spread
    is_positive = kinds == "answerable"
    negatives = [kind for kind in np.unique(kinds) if kind != "answerable"]
    counted = np.where(is_positive, 1 / is_positive.sum(), 0.0)
    for kind in negatives:
        counted += np.where(kinds == kind, 1 / (kinds == kind).sum() / len(negatives), 0.0)
    counted /= counted.sum()
    weights, bias = np.zeros(rows.shape[1]), 0.0
    for _ in range(_STEPS):
        excess = counted * (1 / (1 + np.exp(-(scaled @ weights + bias))) - is_positive)
        weights = np.maximum(weights - _RATE * (scaled.T @ excess + 2 * _SHRINKAGE * weights), 0)
        bias -= _RATE * excess.sum()
    return (weights / spread).tolist(), float(bias - (weights / spread) @ mean)


def _threshold(confidence: Matrix, false_refusals: float) -> float:
    """Return the highest threshold that refuses at most this share of them."""
    ordered = np.sort(confidence)
    return float(ordered[int(false_refusals * len(ordered))])


if __name__ == "__main__":
    settings = load_settings()
    outcome = calibrate(read_task("seeds", Selection(half="development")), settings)
    save_calibration(shipped_path(outcome.calibration.fingerprint), outcome.calibration)
    sys.stdout.write(f"{outcome.calibration.model_dump_json(indent=1)}\n{outcome.refused}\n")
