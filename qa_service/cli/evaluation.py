"""The benchmark on the command line."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from eval.task import Half, Passages
from qa_service.cli import console
from qa_service.cli.options import read_settings
from qa_service.cli.progress import progress_bars

if TYPE_CHECKING:
    from eval.summary import Results

_SHOWN = ("ndcg@10", "recall@1", "recall@5", "mrr@10", "answer_containment")


def evaluate(
    suite: Annotated[str, typer.Option(help="Which questions: seeds, mosaic, squad, bitext or beir.")] = "seeds",
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where they lie; the suite seeds brings its own.")
    ] = None,
    languages: Annotated[
        str, typer.Option(metavar="CODE,…", help="Only these languages; mosaic and bitext need them, in order.")
    ] = "",
    systems: Annotated[
        str, typer.Option(metavar="NAME,…", help="Systems, of which the first is compared with the others.")
    ] = "default,dense",
    half: Annotated[Half | None, typer.Option(help="Which half of seeds; development unless said.")] = None,
    passages: Annotated[Passages, typer.Option(help="whole keeps a document in one passage.")] = "default",
    compare: Annotated[Path | None, typer.Option(metavar="FILE", help="An earlier run's JSON to compare with.")] = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write every figure here; into a folder under a name of its own."),
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with charts here.")] = None,
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="Write tables for a pull request here.")] = None,
) -> None:
    """Score the service on questions with known answers.

    Uses a data folder of its own and leaves QA_DATA alone. eval/README.md tells how to score your own documents.
    """
    # the benchmark takes a second to import, and only this command needs it
    from eval.figures import compare_with, read_run, write_output, write_run
    from eval.report import render_html, render_markdown
    from eval.run import Observer, evaluate
    from eval.suites import Selection, read_task

    settings = read_settings()
    task = read_task(suite, Selection(data, _split(languages), half))
    with progress_bars() as (on_build, on_step):
        results = evaluate(task, _split(systems), settings, passages, Observer(on_build, on_step))
    earlier = [] if compare is None else list(compare_with(read_run(compare, results), results))
    if json is not None:
        console.err.print(f"figures in {write_run(results, json)}")
    for path, render in ((report, render_html), (markdown, render_markdown)):
        if path is not None:
            write_output(path, render(results, earlier))
            console.err.print(f"report in {path}")
    _print_summary(results)


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _print_summary(results: "Results") -> None:
    from eval.summary import SCOPES

    half = f", {results.half} half" if results.half else ""
    commit = (results.commit or "no commit")[:12]
    console.out.print(
        f"{results.suite}{half}: {results.questions} questions, {results.documents} documents, "
        f"{results.passages} passages, {results.model}, {commit}"
    )
    table = Table(box=None, pad_edge=False)
    for column in ("system", "metric", "all", "95 %", "same language", "other language"):
        table.add_column(column, justify="left" if column in ("system", "metric") else "right")
    for system in results.systems:
        for metric in _SHOWN:
            interval = system.interval(metric)
            if interval is not None:
                low, high = interval
                means = [_figure(system.mean(metric, among)) for among in SCOPES.values()]
                table.add_row(system.name, metric, means[0], f"{low:.3f}-{high:.3f}", *means[1:])
        known = system.abstention()
        if known.auroc is not None:
            table.add_row(system.name, "abstention AUROC", _figure(known.auroc))
    console.out.print(table)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
