"""What people said of answers, on the command line."""

from typing import Annotated

import typer
from rich.text import Text

from qa_service.cli import console
from qa_service.cli.console import visible
from qa_service.cli.options import AsJson, Data, opened_store
from qa_service.cli.reports import FeedbackList
from qa_service.config import MAX_PAGE
from qa_service.sites.feedback import Feedback, FeedbackLog


def list_feedback(
    data: Data = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_PAGE, help="Most answers to show.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what people said of answers, the latest first; `eval from-feedback` makes benchmark questions of it."""
    with opened_store(data) as store, store.snapshot():
        log = FeedbackLog(store)
        found = FeedbackList(feedback=list(log.latest(limit)), total=log.count())
    if as_json:
        console.print_json(found)
        return
    for feedback in found.feedback:
        _print(feedback)
    console.out.print(f"{len(found.feedback)} of {found.total}")


def _print(feedback: Feedback) -> None:
    mark = ("up  ", "green") if feedback.verdict == "up" else ("down", "red")
    where = f", {visible(feedback.site)}" if feedback.site else ""
    reason = f" ({feedback.reason})" if feedback.reason else ""
    when = f"{feedback.updated_at[:16]}{where}"
    console.out.print(Text.assemble(mark, f"{reason} {visible(feedback.question)} ", (when, "dim")))
    if feedback.comment:
        console.out.print(Text(f"     {visible(feedback.comment)}", "italic"))
