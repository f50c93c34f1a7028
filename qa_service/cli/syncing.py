"""The `sync` command: keeping documents in step with folders."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from qa_service.assembly import build_service, build_syncer, open_store
from qa_service.cli import console, sync_printing
from qa_service.cli.exits import Exit
from qa_service.cli.options import AsJson, Data, read_settings
from qa_service.cli.progress import progress_bars
from qa_service.cli.reports import SyncedFolders, SyncReport
from qa_service.config import Settings
from qa_service.errors import InvalidRequestError, StoreBusyError, StoreFullError
from qa_service.folders.patterns import Patterns
from qa_service.folders.run import AS_BEFORE, SyncOptions
from qa_service.folders.watching import follow
from qa_service.outcomes import Report
from qa_service.service import QAService
from qa_service.sources import shown

_STOPPED = "stopped: what was done is kept, and the next sync goes on from there"


def sync(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FOLDER]...", help="Folders to follow; every one that is kept in step by default."),
    ] = None,
    data: Data = None,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Take only files in that match, as in .gitignore; may be repeated."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Leave out files that match, as in .gitignore; may be repeated."),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on following changes until stopped.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try files again that failed before and have not changed.")
    ] = False,
    delete_many: Annotated[
        bool,
        typer.Option("--delete-many", help="Remove documents even where most or all files are gone."),
    ] = False,
    list_folders: Annotated[bool, typer.Option("--list", help="List the folders that are kept in step.")] = False,
    forget: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep a folder in step no more; its documents stay.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep documents in step with folders.

    New files are taken in, changed ones again; a document follows its file when that is renamed or moved inside the
    folders, keeping its id; the documents of deleted files are removed. An unchanged file costs a look at its size and
    times. Hidden files, and links that lead out of the folder, are left out. Patterns are remembered: give --include
    or --exclude again to replace them ("--include '*'" takes everything).

    Nothing is removed because a folder cannot be read or is missing. Where most documents (of ten or more), or all of
    them, would go, --delete-many is needed; with --watch it holds for the first look. It may be stopped at any moment;
    the next run goes on.

    Exit codes: 0 in step; 1 something failed, and the report says what; 2 wrong usage.

    \b
    Examples:
      qa-service sync ~/papers
      qa-service sync ~/papers --exclude drafts/ --exclude '*.log' --dry-run
      qa-service sync ~/papers ~/notes --watch
      qa-service sync --json          every folder that is kept in step
      qa-service sync --forget ~/notes
    """  # noqa: D301
    patterns = Patterns(tuple(include or ()), tuple(exclude or ())) if include or exclude else None
    options = SyncOptions(patterns, retry, delete_many, dry_run)
    if watch and dry_run:
        message = "--watch and --dry-run do not go together; a dry run looks once"
        raise InvalidRequestError(message)
    if (list_folders or forget is not None) and (folders or patterns or options != AS_BEFORE or watch):
        message = "--list and --forget stand alone; sync with another command"
        raise InvalidRequestError(message)
    with _opened(read_settings(data=data)) as session:
        if list_folders:
            _list(session, as_json)
        elif forget is not None:
            forgotten = session.syncer.forget(forget)
            console.out.print(f"{shown(forgotten.path)}: kept in step no more, its documents stay")
        else:
            (_watch if watch else _sync)(session, session.chosen(folders), options, as_json=as_json)


class _Session:
    """The data folder, and the service on it once that is needed: loading a model takes longer than most syncs."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._service: QAService | None = None
        self._store = stack.enter_context(closing(open_store(settings)))
        self.data = settings.data.resolve()
        self.syncer = build_syncer(settings, self._store, self._loaded)

    def chosen(self, folders: list[Path] | None) -> list[Path]:
        """Return the folders that are meant. Raises InvalidRequestError where there are none."""
        # unlike resolve, it takes links that lead in a circle, too
        chosen = [Path(os.path.realpath(folder)) for folder in folders or ()]
        chosen = chosen or [folder.path for folder in self.syncer.folders()]
        if not chosen:
            message = "no folder is kept in step yet; name one, such as `qa-service sync ~/papers`"
            raise InvalidRequestError(message)
        return chosen

    def sync(self, folders: list[Path], options: SyncOptions) -> Report:
        """Sync once, drawing progress."""
        with progress_bars() as (self._on_build, on_ingest):
            return self.syncer.sync(folders, options, on_ingest)

    def _loaded(self) -> QAService:
        if self._service is None:
            self._service = self._stack.enter_context(closing(build_service(self._settings, self._on_build)))
        return self._service


@contextmanager
def _opened(settings: Settings) -> Iterator[_Session]:
    with ExitStack() as stack:
        yield _Session(settings, stack)


def _list(session: _Session, as_json: bool) -> None:
    folders = session.syncer.folders()
    if as_json:
        console.print_json(SyncedFolders.of(folders))
    else:
        sync_printing.print_folders(folders)


def _sync(session: _Session, folders: list[Path], options: SyncOptions, *, as_json: bool) -> None:
    try:
        report = session.sync(folders, options)
    except KeyboardInterrupt:
        console.print_error(_STOPPED)
        raise typer.Exit(Exit.FAILED) from None
    if as_json:
        console.print_json(SyncReport.of_sync(report, options))
    else:
        sync_printing.print_report(report, options)
    if report.count("failed"):
        raise typer.Exit(Exit.FAILED)


def _watch(session: _Session, folders: list[Path], options: SyncOptions, *, as_json: bool) -> None:
    """Sync, and go on until a signal comes, which is no failure. What fails is told once, and tried again."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    news = sync_printing.News(as_json=as_json)
    console.err.print(f"following {', '.join(map(shown, folders))}; stop with Ctrl-C")

    def look() -> None:
        nonlocal options
        try:
            news.tell(session.sync(folders, options))
        except (StoreBusyError, StoreFullError) as error:
            news.tell_error(str(error))
        options = replace(options, is_retry=False, may_delete_many=False, is_saving=False)

    try:
        follow(folders, session.data, look, console.err.print)
    except KeyboardInterrupt:
        console.err.print(_STOPPED)
