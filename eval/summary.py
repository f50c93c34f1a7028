"""What a run found: scores of every system and question, their means, and how they compare."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval.judging import Judged
from eval.metrics import ANSWER_CONTAINMENT, METRICS, Scores
from eval.statistics import area_under, auroc, bootstrap_interval, paired_permutation, risk_coverage
from eval.task import Half
from qa_service.types import Language

SCOPES: Mapping[str, Callable[[Judged], bool]] = {
    "all": lambda item: True,
    "same": lambda item: item.question.is_answerable and item.is_same,
    "cross": lambda item: item.question.is_answerable and not item.is_same,
}
"""Over which questions a mean is taken: all, those answered in their own language, those answered in another."""

COMPARED = ("ndcg@10", "recall@1", ANSWER_CONTAINMENT)


@dataclass(frozen=True, slots=True)
class Abstention:
    """How well confidence tells questions that are answered from those that are not.

    `curve` holds (share answered, share wrong of those). Refusals are None while the product has no threshold.
    """

    auroc: float | None
    area: float | None
    curve: tuple[tuple[float, float], ...]
    false_refusals: float | None
    false_answers: float | None
    refused: Mapping[str, float]
    """The share that is refused of each kind of unanswerable question; empty while the product has no threshold."""


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One system's judgements and scores. Means and intervals are None where no question has a score."""

    name: str
    summary: str
    judged: tuple[Judged, ...]
    scores: Mapping[str, Scores]

    def values(self, metric: str, among: Callable[[Judged], bool] = SCOPES["all"]) -> list[float]:
        """Return the scores of the questions that have one."""
        scored = (self.scores[item.question.id] for item in self.judged if among(item))
        return [scores[metric] for scores in scored if metric in scores]

    def mean(self, metric: str, among: Callable[[Judged], bool] = SCOPES["all"]) -> float | None:
        """Return the mean score."""
        return mean(self.values(metric, among))

    def interval(self, metric: str, among: Callable[[Judged], bool] = SCOPES["all"]) -> tuple[float, float] | None:
        """Return the 95 % interval of the mean."""
        return bootstrap_interval(self.values(metric, among))

    def cells(self) -> list[tuple[Language, Language]]:
        """Return the cells that have answerable questions, in order."""
        return sorted({item.cell for item in self.judged if item.question.is_answerable})

    def kinds(self) -> list[str]:
        """Return the kinds of answerable questions, in order."""
        return sorted({item.question.kind for item in self.judged if item.question.is_answerable})

    def abstention(self) -> Abstention:
        """Return how well it knows what it does not know."""
        confidence: dict[bool, list[float]] = {True: [], False: []}
        refused: dict[bool, list[float]] = {True: [], False: []}
        for item in self.judged:
            confidence[item.question.is_answerable].append(item.confidence)
            if item.is_refused is not None:
                refused[item.question.is_answerable].append(item.is_refused)
        curve = tuple(
            risk_coverage([item.confidence for item in self.judged], [_is_right(item) for item in self.judged])
        )
        answered = mean(refused[False])
        kinds = sorted({item.question.kind for item in self.judged if not item.question.is_answerable})
        return Abstention(
            auroc(confidence[True], confidence[False]),
            area_under(curve),
            curve,
            mean(refused[True]),
            None if answered is None else 1 - answered,
            {kind: share for kind in kinds if (share := self._refused(kind)) is not None},
        )

    def _refused(self, kind: str) -> float | None:
        """Return the share of a kind of unanswerable question that is refused; None where nothing can be."""
        found = [item.is_refused for item in self.judged if item.question.kind == kind]
        return mean([float(refused) for refused in found if refused is not None])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems over the questions both were asked: the mean difference (first less second), and how sure it is."""

    first: str
    second: str
    metric: str
    questions: int
    difference: float
    interval: tuple[float, float]
    p: float


@dataclass(frozen=True, slots=True)
class Results:
    """What a run found. `commit` is None outside of a checkout, `half` where a suite has none."""

    suite: str
    commit: str | None
    model: str
    half: Half | None
    passages: str
    documents: int
    systems: tuple[SystemResult, ...]

    @property
    def questions(self) -> int:
        """How many questions were asked."""
        return len(self.systems[0].judged)

    def comparisons(self) -> list[Comparison]:
        """Compare the first system with each other one."""
        first, *others = self.systems
        return [item for other in others for item in compare(first.name, first.scores, other.name, other.scores)]


def compare(
    first: str, first_scores: Mapping[str, Scores], second: str, second_scores: Mapping[str, Scores]
) -> Iterator[Comparison]:
    """Yield a paired comparison for each metric that both have scores of."""
    for metric in COMPARED:
        shared = [
            (scores[metric], second_scores[identifier][metric])
            for identifier, scores in first_scores.items()
            if metric in scores and metric in second_scores.get(identifier, {})
        ]
        differences = [one - other for one, other in shared]
        interval = bootstrap_interval(differences)
        if interval is not None:
            p = paired_permutation([one for one, _ in shared], [other for _, other in shared])
            yield Comparison(first, second, metric, len(shared), sum(differences) / len(shared), interval, p)


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None where there is nothing to take it of."""
    return sum(values) / len(values) if values else None


def present(results: SystemResult) -> list[str]:
    """Return the metrics that a system has scores of."""
    return [metric for metric in METRICS if results.values(metric)]


def _is_right(item: Judged) -> bool:
    """Whether answering was right: the answer is held, or where a system gives none, the first passage is right."""
    return item.rank == 1 if item.holds_answer is None else item.holds_answer
