"""The figures as Markdown and as a picture."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from eval.charts import Frame, colour

_LABELS = {
    "question_ms_p50": "question in process, median (ms)",
    "question_ms_p95": "question in process, 95th percentile (ms)",
    "question_ms_p99": "question in process, 99th percentile (ms)",
    "embed_ms_p50": "of it embedding the question, median (ms)",
    "retrieve_ms_p50": "of it retrieval, median (ms)",
    "http_ms_p50": "question over HTTP, one client, median (ms)",
    "http_ms_p95": "question over HTTP, one client, 95th percentile (ms)",
    "http_ms_p99": "question over HTTP, one client, 99th percentile (ms)",
    "question_while_ingesting_ms_p50": "question over HTTP while a document is taken in, median (ms)",
    "question_while_ingesting_ms_p95": "question over HTTP while a document is taken in, 95th percentile (ms)",
    "health_while_ingesting_ms_max": "`/healthz` while a document is taken in, longest (ms)",
    "upload_passages_per_second": "passages taken in a second, while questions are asked",
    "ingest_passages": "passages of the sample documents",
    "ingest_passages_per_second": "passages taken in a second, nobody asking",
    "load_seconds": "loading model and index (s)",
    "cold_start_seconds": "`qa-service ask` on a built index, start to end (s)",
    "ready_seconds": "`qa-service serve` on a built index, start to ready (s)",
    "ask_mib": "memory after asking, in process (MiB)",
    "ask_peak_mib": "memory while asking, in process, peak (MiB)",
    "ingest_mib": "memory while taking in, peak (MiB)",
    "serve_mib": "memory of the server after asking (MiB)",
    "serve_peak_mib": "memory of the server, peak, a document of many passages taken in (MiB)",
    "sync_files": "small files in a folder that is kept in step",
    "sync_seconds": "`qa-service sync` of them, the first (s)",
    "sync_again_seconds": "the same when nothing has changed, start to end (s)",
    "data_mib": "data folder (MiB)",
    "index_mib": "indexes in it (MiB)",
}
_PARSING = {
    "format": "format",
    "file_mib": "file (MiB)",
    "text_mib": "its text (MiB)",
    "seconds": "parsed in (s)",
    "text_mib_per_second": "text a second (MiB)",
    "peak_mib": "memory of its process, peak (MiB)",
}
_CROWDS = {
    "clients": "clients",
    "questions_per_second": "questions a second",
    "ms_p50": "median (ms)",
    "ms_p95": "95th percentile (ms)",
}
_INDEXES = {
    "passages": "passages",
    "search_ms_p50": "search, median (ms)",
    "search_ms_p95": "95th percentile (ms)",
    "recall": "recall@10",
    "index_mib": "memory (MiB)",
    "build_seconds": "built in (s)",
}
_SEARCHES = {
    "passages": "passages",
    "retrieve_ms_p50": "retrieval beside the embedding, median (ms)",
    "retrieve_ms_p95": "95th percentile (ms)",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot: what it shows, its colour, and (across, up) in shares of the plot."""

    label: str
    colour: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot with its title, lines, and labels of its axes at shares of their lengths."""

    title: str
    lines: Sequence[Line]
    across: Sequence[tuple[float, str]]
    up: Sequence[tuple[float, str]]


def table(found: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """Return the figures as Markdown, with what they were measured on."""
    versions_used = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    figures = found["figures"]
    return "\n".join(
        [
            f"{about['machine']}; model {about['model']}; commit {(about['commit'] or 'none')[:12]}; {versions_used}",
            "",
            "| figure | value |",
            "|---|---:|",
            *(f"| {_LABELS[name]} | {_number(figures[name])} |" for name in _LABELS),
            "",
            "Parsing, each format in a process of its own:",
            "",
            *_rows(found["parsing"], _PARSING),
            "",
            "Clients at once, over HTTP, each question another one:",
            "",
            *_rows(found["crowds"], _CROWDS),
            "",
            "The vector index alone, of real vectors with noise:",
            "",
            *_rows(found["indexes"], _INDEXES),
            "",
            "The whole retrieval, over passages put together from sentences of the sample documents:",
            "",
            *_rows(found["searches"], _SEARCHES),
        ]
    )


def picture(found: Mapping[str, Any]) -> str:
    """Return the figures that hang on a size as an SVG picture."""
    plots = [
        _plot("questions a second, by clients at once", found["crowds"], "clients", {"questions_per_second": "all"}),
        _plot(
            "vector index, search (ms), by passages",
            found["indexes"],
            "passages",
            {"search_ms_p50": "median", "search_ms_p95": "95th percentile"},
        ),
        _plot(
            "retrieval beside the embedding (ms), by passages",
            found["searches"],
            "passages",
            {"retrieve_ms_p50": "median", "retrieve_ms_p95": "95th percentile"},
        ),
    ]
    environment = Environment(
        loader=PackageLoader("eval"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("bench.svg").render(plots=plots, frame=Frame())


def _rows(rows: Sequence[Mapping[str, float | str]], columns: Mapping[str, str]) -> list[str]:
    head = [f"| {' | '.join(columns.values())} |", "|" + "---:|" * len(columns)]
    return head + [f"| {' | '.join(_number(row[name]) for name in columns)} |" for row in rows]


def _number(value: float | str) -> str:
    """Return a figure with three digits that tell something, or whole; a name as it is."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _plot(title: str, rows: Sequence[Mapping[str, float]], across: str, lines: Mapping[str, str]) -> Plot:
    """Plot columns of rows; sizes grow by factors, so they stand at equal distances by their logarithm."""
    sizes = [math.log(row[across]) for row in rows]
    reach = (sizes[-1] - sizes[0]) or 1
    places = [(size - sizes[0]) / reach for size in sizes]
    most = _above(max(row[name] for row in rows for name in lines))
    return Plot(
        title,
        [
            Line(label, colour(number), [(place, row[name] / most) for place, row in zip(places, rows, strict=True)])
            for number, (name, label) in enumerate(lines.items())
        ],
        [(place, f"{row[across]:,.0f}") for place, row in zip(places, rows, strict=True)],
        [(share, _number(share * most)) for share in (0, 0.25, 0.5, 0.75, 1)],
    )


def _above(value: float) -> float:
    """Return the next number above that has one digit."""
    step = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return math.ceil(value / step) * step
