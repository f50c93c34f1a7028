"""Reports of syncs as people read them: a table of one sync, or a line a change while folders are watched."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from qa_service.cli import console
from qa_service.cli.console import out, visible
from qa_service.cli.printing import OUTCOME_STYLE
from qa_service.cli.reports import SYNC_STATUSES, FileReport
from qa_service.folders.records import SyncedFolder
from qa_service.folders.run import SyncOptions
from qa_service.outcomes import Outcome, OutcomeStatus, Report
from qa_service.sources import shown

_MOST_LINES = 50
"""Files of one status, or skipped for one reason, that a table lists; of those that failed it lists all."""


def print_report(report: Report, options: SyncOptions) -> None:
    """Print a table of what was not unchanged, what went wrong last, and the counts."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for status in SYNC_STATUSES:
        if status != "unchanged":
            _add_rows(table, status, [outcome for outcome in report.outcomes if outcome.status == status])
    if table.row_count:
        out.print(table)
    out.print(_summary(report, options))


def print_folders(folders: Sequence[SyncedFolder]) -> None:
    """Print a table of the folders that are kept in step."""
    table = Table(box=None, pad_edge=False)
    for column in ("folder", "documents", "last synced", "include", "exclude"):
        table.add_column(column, justify="right" if column == "documents" else "left", overflow="fold")
    for folder in folders:
        table.add_row(
            Text(visible(shown(folder.path))),
            str(folder.documents),
            folder.synced_at or "not to its end yet",
            Text(visible(", ".join(folder.patterns.include) or "*")),
            Text(visible(", ".join(folder.patterns.exclude))),
        )
    if folders:
        out.print(table)
    out.print(f"{len(folders)} folders are kept in step")


class News:
    """Tells of syncs one after another, a line a change; what goes on failing is told once."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._failing: set[tuple[str, str | None]] = set()
        self._error: str | None = None

    def tell(self, report: Report) -> None:
        """Print what a sync did."""
        self._error = None
        failing = set()
        for outcome in report.outcomes:
            key = (outcome.uri, outcome.reason)
            if outcome.status in ("failed", "skipped"):
                failing.add(key)
            if outcome.status != "unchanged" and key not in self._failing:
                self._print(outcome)
        self._failing = failing

    def tell_error(self, message: str) -> None:
        """Print what kept a sync from being done."""
        if message != self._error:
            console.print_error(message)
        self._error = message

    def _print(self, outcome: Outcome) -> None:
        if self._as_json:
            sys.stdout.write(FileReport.of(outcome).model_dump_json() + "\n")
            sys.stdout.flush()
            return
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        line = Text.assemble((f"{now} ", "dim"), (f"{outcome.status:<9} ", OUTCOME_STYLE[outcome.status]))
        out.print(line.append(visible(outcome.uri)).append("  ").append(_remark(outcome)))


def _add_rows(table: Table, status: OutcomeStatus, outcomes: Sequence[Outcome]) -> None:
    for group in _by_reason(outcomes) if status == "skipped" else [outcomes]:
        listed = group if status == "failed" or len(group) <= _MOST_LINES else group[:_MOST_LINES]
        for outcome in listed:
            table.add_row(Text(status, OUTCOME_STYLE[status]), Text(visible(outcome.uri)), _remark(outcome))
        if len(listed) < len(group):
            more = f"and {len(group) - len(listed):,} more; --json lists them all"
            table.add_row(Text(status, OUTCOME_STYLE[status]), Text(more, "dim"), Text(group[0].reason or "", "dim"))


def _by_reason(outcomes: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    groups: defaultdict[str | None, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.reason].append(outcome)
    yield from groups.values()


def _remark(outcome: Outcome) -> Text:
    if outcome.previous_uri is not None:
        return Text(f"was {visible(outcome.previous_uri)}", "dim")
    if outcome.reason is not None:
        return Text(visible(outcome.reason))
    return Text(f"{outcome.passages} passages" if outcome.passages else "", "dim")


def _summary(report: Report, options: SyncOptions) -> str:
    counts = [f"{report.count(status):,} {status}" for status in SYNC_STATUSES if report.count(status)]
    found = ", ".join(counts) or "no files found"
    if options.is_dry_run:
        return f"would be: {found}; nothing was done (--dry-run)"
    rate = f", {report.embedded / report.seconds:,.1f} passages/s" if report.embedded and report.seconds else ""
    return f"{found}; {report.embedded:,} passages embedded in {report.seconds:.1f} s{rate}"
