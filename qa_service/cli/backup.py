"""Backups on the command line: a data folder into one file, and back."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from embeddings import Encoder
from qa_service.assembly import build_encoder, build_service, open_store
from qa_service.backups.archive import ArchiveReader, OnBytes, opened_archive
from qa_service.backups.exporting import export_backup
from qa_service.backups.restoring import Mode, Plan, import_backup, plan_import, verify
from qa_service.cli import console, printing
from qa_service.cli.options import AsJson, Data, read_settings
from qa_service.cli.progress import progress_bars
from qa_service.cli.reports import ExportReport, ImportReport
from qa_service.config import Settings
from qa_service.errors import InvalidRequestError
from qa_service.outcomes import OnProgress, Progress
from qa_service.recipes import recipe_for

File = Annotated[Path, typer.Argument(metavar="FILE", help="The archive, such as backup.zip.")]


def export(
    file: File,
    data: Data = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write everything that is stored to one file: originals, texts, passages, vectors, calibration.

    Safe while a server answers and takes documents in: the file holds what was stored at one moment. It is a ZIP with
    the documents as they came under originals/. Until it is whole there is nothing under its name.
    """
    settings = read_settings(data=data)
    with progress_bars() as (_, on_progress), closing(open_store(settings)) as store:
        manifest = export_backup(store, settings.data, file, replaces=force, on_progress=on_progress)
    report = ExportReport(file=str(file), bytes=file.stat().st_size, manifest=manifest)
    if as_json:
        console.print_json(report)
    else:
        printing.print_export(report)


def import_(
    file: File,
    data: Data = None,
    merge: Annotated[bool, typer.Option("--merge", help="Add the documents that the data folder lacks.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put the backup in place of everything in the data folder.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Read all of the file, say what would be done, and import nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read a file that `export` wrote into a data folder: all of it, or nothing.

    A folder that holds documents is refused unless --merge or --replace says what is meant. Answers are what they
    were: with the same model nothing is embedded. With another one everything is embedded anew after the import, which
    may be stopped: `qa-service rebuild` goes on with it.
    """
    if merge and replace:
        message = "--merge and --replace exclude each other; give one of them"
        raise InvalidRequestError(message)
    mode: Mode = "merge" if merge else "replace" if replace else "fill"
    settings = read_settings(data=data)
    with progress_bars() as (on_build, on_progress):
        with opened_archive(file, _checking(on_progress)) as archive:
            encoder = None if archive.manifest.model is None else build_encoder(settings, on_build)
            plan = _import(settings, archive, mode, on_progress, check=check)
            report = _report(archive, plan, encoder, is_done=not check)
        if not as_json:
            printing.print_import(report)
        if report.to_embed and not check:
            with closing(build_service(settings, encoder=encoder)) as service:
                rebuilt = service.rebuild(on_progress)
            if not as_json:
                printing.print_report(rebuilt)
    if as_json:
        console.print_json(report)


def _import(settings: Settings, archive: ArchiveReader, mode: Mode, on_progress: OnProgress, *, check: bool) -> Plan:
    cut = recipe_for(settings.passage_characters)
    with closing(open_store(settings)) as store:
        if not check:
            return import_backup(store, settings.data, archive, mode, cut, on_progress)
        plan = plan_import(store, archive, mode, cut)
    verify(archive, on_progress)
    return plan


def _report(archive: ArchiveReader, plan: Plan, encoder: Encoder | None, *, is_done: bool) -> ImportReport:
    manifest = archive.manifest
    is_same = encoder is None or manifest.model is None or manifest.model.fingerprint == encoder.fingerprint
    return ImportReport(
        mode=plan.mode,
        is_done=is_done,
        added=len(plan.added),
        unchanged=plan.unchanged,
        kept=list(plan.kept),
        removed=plan.removed,
        recut=plan.recut,
        to_embed=0 if is_same else manifest.passages,
        model=None if encoder is None else encoder.name,
        backup=manifest,
    )


def _checking(on_progress: OnProgress) -> OnBytes:
    return lambda done, total: on_progress(Progress(done, total, "checking", 0))
