"""The benchmark on the command line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from eval.task import Half, Passages
from qa_service.calibration import NAME, save_calibration
from qa_service.cli import console
from qa_service.cli.exits import Exit
from qa_service.cli.options import Data, opened_store, read_settings
from qa_service.cli.progress import progress_bars
from qa_service.sites.feedback import FeedbackLog

if TYPE_CHECKING:
    from eval.calibrating import KindFigures
    from eval.summary import Results

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

Suite = Annotated[str, typer.Option(help="Which questions: seeds, mosaic, squad, bitext or beir.")]
DataFolder = Annotated[
    Path | None, typer.Option("--data", metavar="FOLDER", help="Where they lie; the suite seeds brings its own.")
]
Languages = Annotated[
    str, typer.Option(metavar="CODE,…", help="Only these languages; mosaic and bitext need them, in order.")
]
WhichHalf = Annotated[Half | None, typer.Option("--half", help="Which half of seeds; development unless said.")]
HowSplit = Annotated[Passages, typer.Option("--passages", help="whole keeps a document in one passage.")]

_SHOWN = ("ndcg@10", "recall@1", "recall@5", "mrr@10", "answer_containment")


@app.callback()
def evaluate(
    context: typer.Context,
    suite: Suite = "seeds",
    data: DataFolder = None,
    languages: Languages = "",
    systems: Annotated[
        str, typer.Option(metavar="NAME,…", help="Systems, of which the first is compared with the others.")
    ] = "default,dense",
    half: WhichHalf = None,
    passages: HowSplit = "default",
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
    if context.invoked_subcommand is not None:
        return
    # the benchmark takes a second to import, and only these commands need it
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


@app.command()
def calibrate(
    suite: Suite = "seeds",
    data: DataFolder = None,
    languages: Languages = "",
    half: WhichHalf = None,
    passages: HowSplit = "default",
    false_refusals: Annotated[
        float, typer.Option(min=0, max=0.5, help="Share of answerable questions that may be refused.")
    ] = 0.04,
    strangers: Annotated[
        bool, typer.Option("--strangers", help="Ask the answerable sample questions too, as ones that are off topic.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Judge the present calibration on these questions, and write nothing.")
    ] = False,
) -> None:
    """Fit when to say "not in these documents" to questions with known answers.

    Give questions of your own, with some that your documents do not answer. Writes calibration.json into the data
    folder, for the model in use; delete it to go back to what is shipped.
    """
    from eval.calibrating import fit, judge, observe
    from eval.run import Observer
    from eval.suites import Selection, read_task

    settings = read_settings()
    task = read_task(suite, Selection(data, _split(languages), half))
    others = read_task("seeds", Selection(half="development")).questions if strangers else ()
    asked = [question for question in others if question.is_answerable]
    with progress_bars() as (on_build, on_step):
        observed = observe(task, settings, asked, passages=passages, observer=Observer(on_build, on_step))
    calibration = observed.present if check else fit(observed, false_refusals)
    if calibration is None:
        console.print_error(f"{observed.model} is not calibrated; run this without --check")
        raise typer.Exit(Exit.FAILED)
    _print_figures(calibration.threshold, judge(observed, calibration))
    if not check:
        path = settings.data / NAME
        save_calibration(path, calibration)
        console.err.print(f"calibration of {calibration.model} in {path}")


@app.command("from-feedback")
def from_feedback(
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the questions here, not to the screen.")
    ] = None,
    candidates: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here what somebody has to look through first.")
    ] = None,
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the documents here, under the names in the questions.")
    ] = None,
) -> None:
    """Make benchmark questions of what people said of answers, as eval/questions has them.

    A question whose answers were found good becomes one with its answer and quotes; where it was right that there was
    no answer, an unanswerable one. The others are candidates: give each its quotes and an answer, or a kind that says
    there is none, and take its `review` out; with that in it, `qa-service eval` refuses it. To score all of it:
    `--out mine/questions/feedback.jsonl --documents mine/documents`, then `python -m eval.prepare mine` and `qa-service
    eval --suite seeds --data mine`.
    """
    from eval.feedback import document_names, write_documents
    from eval.feedback import from_feedback as put_together
    from eval.figures import write_output

    with opened_store(data) as store:
        found = put_together(FeedbackLog(store).latest(), document_names(store))
        if documents is not None:
            console.err.print(f"{write_documents(store, documents)} documents in {documents}")
    questions = "".join(f"{line}\n" for line in found.questions)
    if out is None:
        sys.stdout.write(questions)
    else:
        write_output(out, questions)
        console.err.print(f"{len(found.questions)} questions in {out}")
    if candidates is not None:
        write_output(candidates, "".join(f"{line}\n" for line in found.candidates))
        console.err.print(f"{len(found.candidates)} candidates in {candidates}")
    elif found.candidates:
        console.err.print(f"{len(found.candidates)} more have to be looked through; --candidates FILE writes them")


def _print_figures(threshold: float, figures: "list[KindFigures]") -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("kind", "questions", "refused", "AUROC against answerable"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    for row in figures:
        table.add_row(row.kind, str(row.questions), f"{row.refused:.1%}", _figure(row.auroc))
    console.out.print(table)
    console.out.print(f"refused below a confidence of {threshold:.3f}")


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
        if known.false_refusals is not None:
            table.add_row(system.name, "refused: answerable", _figure(known.false_refusals))
        for kind, share in known.refused.items():
            table.add_row(system.name, f"refused: {kind}", _figure(share))
    console.out.print(table)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
