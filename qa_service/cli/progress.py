"""Progress bars with rate and time left; only on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from embeddings.bundled import OnProgress as OnBuild
from qa_service.cli.console import err, visible
from qa_service.outcomes import OnProgress as OnIngest
from qa_service.outcomes import Progress as Ingestion

_LONGEST_ITEM = 40


@contextmanager
def progress_bars() -> Iterator[tuple[OnBuild, OnIngest]]:
    """Give two callbacks that draw bars: for building the model, and for taking documents in."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bars:
        yield _building(bars), _ingesting(bars)


def _building(bars: Progress) -> OnBuild:
    task = bars.add_task("building the model (once)", start=False, visible=False, rate="")

    def on_build(done: int, total: int) -> None:
        bars.start_task(task)
        bars.update(task, completed=done, total=total, visible=done < total, rate=f"{done / 2**20:,.0f} MiB")

    return on_build


def _ingesting(bars: Progress) -> OnIngest:
    task = bars.add_task("", start=False, visible=False, rate="")

    def on_ingest(now: Ingestion) -> None:
        bars.start_task(task)
        elapsed = bars.tasks[task].elapsed
        rate = f"{now.passages / elapsed:,.1f} passages/s" if elapsed and now.passages else ""
        item = visible(now.item)[-_LONGEST_ITEM:]
        bars.update(task, completed=now.done, total=now.total, visible=True, rate=rate, description=item)

    return on_ingest
