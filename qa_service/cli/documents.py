"""Documents on the command line: taking them in, listing, deleting."""

from pathlib import Path
from typing import Annotated

import typer

from qa_service.api import wire
from qa_service.cli import console, printing
from qa_service.cli.exits import Exit
from qa_service.cli.options import AsJson, Data, opened_service, opened_store
from qa_service.cli.reports import DeleteReport, IngestReport
from qa_service.config import MAX_PAGE
from qa_service.errors import DocumentNotFoundError
from qa_service.folders.records import FolderRecords
from qa_service.parsers.formats import SUPPORTED

_COMES_BACK = "its folder is kept in step: the next sync takes it in again, unless its file is gone or left out"


def ingest(
    paths: Annotated[list[Path], typer.Argument(help=f"Files and folders: {SUPPORTED}.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take documents in.

    What is unchanged costs nothing; what changed replaces what was there. A file that cannot be read does not keep the
    others from being taken in, and makes the exit code 1.
    """
    with opened_service(data) as (service, on_progress):
        report = service.ingest_paths(paths, on_progress)
    if as_json:
        console.print_json(IngestReport.of(report))
    else:
        printing.print_report(report)
    if report.count("failed") or not report.outcomes:
        raise typer.Exit(Exit.FAILED)


def documents(
    data: Data = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_PAGE, help="Most documents to list.")] = 50,
    offset: Annotated[int, typer.Option(min=0, max=2**62, help="Documents to pass over.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List the documents."""
    with opened_store(data) as store, store.snapshot():
        found = store.documents(limit, offset)
        total = store.totals().documents
    if as_json:
        console.print_json(wire.DocumentPage.of(found, total, limit, offset))
    else:
        printing.print_documents(found, total)


def delete(
    document_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, as `documents` lists them.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Delete documents.

    Ids that do not exist are reported and make the exit code 1; the others are deleted.
    """
    report = DeleteReport(deleted=[], unknown=[])
    with opened_store(data) as store:
        folders = FolderRecords(store.database)
        for identifier in document_ids:
            is_followed = folders.is_followed(identifier)
            try:
                generation = store.delete_document(identifier)
            except DocumentNotFoundError as error:
                console.print_error(str(error))
                report.unknown.append(identifier)
            else:
                report.deleted.append(wire.DeleteResponse(id=identifier, generation=generation))
                if is_followed:
                    console.err.print(f"{identifier}: {_COMES_BACK}")
    if as_json:
        console.print_json(report)
    else:
        for deleted in report.deleted:
            console.out.print(f"deleted {deleted.id}, gone from generation {deleted.generation}")
    if report.unknown:
        raise typer.Exit(Exit.FAILED)
