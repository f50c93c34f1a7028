"""Question sets: each file reads one shape of data into a `Task`. A new suite is a row here."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from eval.errors import EvalError
from eval.suites import beir, bitext, mosaic, seeds, squad
from eval.suites.selection import Selection
from eval.task import Task

SUITES: Mapping[str, Callable[[Selection], Task]] = {
    "seeds": seeds.read,
    "mosaic": mosaic.read,
    "squad": squad.read,
    "bitext": bitext.read,
    "beir": beir.read,
}


def read_task(suite: str, selection: Selection) -> Task:
    """Return the documents and questions of a suite. Raises EvalError, with file and line where there are any."""
    if suite not in SUITES:
        reason = f"unknown suite {suite!r}; there are {', '.join(SUITES)}"
        raise EvalError(reason)
    if selection.half is not None and suite != "seeds":
        reason = f"only the suite seeds has halves; {suite} is scored whole"
        raise EvalError(reason)
    task = SUITES[suite](selection)
    if not any(question.is_answerable for question in task.questions):
        reason = f"no question of the suite {suite} is left to score"
        raise EvalError(reason, selection.data)
    # a document without a word cannot be taken in, nor found by anyone: questions about it count as missed
    return replace(task, documents=tuple(source for source in task.documents if source.content.strip()))


__all__ = ["SUITES", "Selection", "read_task"]
