"""Upkeep of a data folder on the command line: embedding everything again, looking for what is wrong."""

import typer

from qa_service.cli import console, printing
from qa_service.cli.doctor import examine
from qa_service.cli.exits import Exit
from qa_service.cli.options import AsJson, Data, opened_service, read_settings
from qa_service.cli.progress import progress_bars
from qa_service.cli.reports import IngestReport


def rebuild(data: Data = None, as_json: AsJson = False) -> None:
    """Embed every document again.

    For a change of QA_MODEL or of how documents are parsed and split. Nothing is lost if it is stopped: until it ends
    the old vectors stay in use, and the next run goes on where it was.
    """
    with opened_service(data) as (service, on_progress):
        report = service.rebuild(on_progress)
    if as_json:
        console.print_json(IngestReport.of(report))
    else:
        printing.print_report(report)


def doctor(data: Data = None, as_json: AsJson = False) -> None:
    """Look for what is wrong, and say what to do.

    Examines settings, data folder, disk, database, model and index.
    """
    settings = read_settings(data=data)
    with progress_bars() as (on_build, _):
        findings = examine(settings, on_build)
    if as_json:
        console.print_json(findings)
    else:
        printing.print_findings(findings)
    if not findings.is_well:
        raise typer.Exit(Exit.FAILED)
