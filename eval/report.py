"""The report: one self-contained page, and the same in Markdown for a pull request."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval.charts import Frame, Shade, colour, interval_place, shade
from eval.judging import Judged
from eval.metrics import ANSWER_CONTAINMENT, CITATION_EXACTNESS
from eval.summary import SCOPES, Abstention, Comparison, Results, SystemResult, present
from qa_service.types import Language

LABELS = {
    "ndcg@10": "nDCG@10",
    "recall@1": "recall@1",
    "recall@5": "recall@5",
    "recall@10": "recall@10",
    "mrr@10": "MRR@10",
    "success@1": "success@1",
    "success@5": "success@5",
    ANSWER_CONTAINMENT: "answer containment",
    CITATION_EXACTNESS: "citation exactness",
}
_MAIN = "ndcg@10"
_WORST = 10
_EXCERPT = 240


@dataclass(frozen=True, slots=True)
class Cell:
    """A mean with what it is taken of; None where there is nothing."""

    value: float | None
    interval: tuple[float, float] | None
    questions: int

    @property
    def shade(self) -> Shade:
        """Its colours in a heat map."""
        return shade(self.value or 0)


@dataclass(frozen=True, slots=True)
class View:
    """One system, as the templates show it."""

    name: str
    summary: str
    colour: str
    metrics: dict[str, dict[str, Cell]]
    matrix: dict[tuple[Language, Language], Cell]
    kinds: dict[str, Cell]
    abstention: Abstention


def render_html(results: Results, earlier: Sequence[Comparison] = ()) -> str:
    """Return a page that needs nothing beside itself."""
    return _environment(escapes=True).get_template("report.html").render(_page(results, earlier))


def render_markdown(results: Results, earlier: Sequence[Comparison] = ()) -> str:
    """Return the figures as Markdown."""
    return _environment(escapes=False).get_template("report.md").render(_page(results, earlier))


def _page(results: Results, earlier: Sequence[Comparison]) -> dict[str, Any]:
    views = [_view(system, number) for number, system in enumerate(results.systems)]
    cells = results.systems[0].cells()
    comparisons = [*results.comparisons(), *earlier]
    return {
        "results": results,
        "systems": views,
        "labels": {metric: LABELS[metric] for metric in LABELS if any(metric in view.metrics for view in views)},
        "asking": sorted({asking for asking, _ in cells}),
        "answering": sorted({answering for _, answering in cells}),
        "kinds": results.systems[0].kinds(),
        "unanswerable": sum(not item.question.is_answerable for item in results.systems[0].judged),
        "comparisons": comparisons,
        "reach": max((abs(bound) for item in comparisons for bound in item.interval), default=0),
        "worst": worst(results.systems[0]),
        "frame": Frame(),
    }


def worst(system: SystemResult, count: int = _WORST) -> list[Judged]:
    """Return the questions that went worst: the right passage lowest, and the surest of those alike first."""

    def merit(item: Judged) -> tuple[float, float, float]:
        return system.scores[item.question.id][_MAIN], -(item.rank or math.inf), -item.confidence

    return sorted((item for item in system.judged if item.question.is_answerable), key=merit)[:count]


def _view(system: SystemResult, number: int) -> View:
    metrics = {
        metric: {scope: _cell(system, metric, among) for scope, among in SCOPES.items()} for metric in present(system)
    }
    matrix = {cell: _cell(system, _MAIN, lambda item, cell=cell: item.cell == cell) for cell in system.cells()}
    kinds = {kind: _cell(system, _MAIN, lambda item, kind=kind: item.question.kind == kind) for kind in system.kinds()}
    return View(system.name, system.summary, colour(number), metrics, matrix, kinds, system.abstention())


def _cell(system: SystemResult, metric: str, among: Any) -> Cell:
    return Cell(system.mean(metric, among), system.interval(metric, among), len(system.values(metric, among)))


def _environment(*, escapes: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "figure": _figure,
        "signed": _signed,
        "place": interval_place,
        "excerpt": _excerpt,
        "cell": _markdown_cell,
    }
    return environment


def _figure(value: float | None, digits: int = 3) -> str:
    """Return a share as people write it, with a dash for nothing."""
    return "–" if value is None else f"{value:.{digits}f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _excerpt(text: str, longest: int = _EXCERPT) -> str:
    words = " ".join(text.split())
    return words if len(words) <= longest else words[:longest].rsplit(" ", 1)[0] + " …"


def _markdown_cell(text: str) -> str:
    """Return text on one line in which nothing is Markdown or HTML."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace("<", "&lt;")
    for mark in "|*_`[]":
        plain = plain.replace(mark, f"\\{mark}")
    return plain
