"""Examining an installation: settings, data folder, disk, database, model, index."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing

from embeddings import EncoderError
from embeddings.bundled import OnProgress
from qa_service.assembly import build_parser, build_service, open_store
from qa_service.cli.reports import Finding, Findings
from qa_service.config import Settings, require_safe_to_serve, unknown_variables
from qa_service.errors import ConfigurationError, FingerprintMismatchError, ParserFailedError, StoreError
from qa_service.folders.records import FolderRecords, SyncedFolder
from qa_service.service import QAService
from qa_service.sources import shown
from qa_service.store import Store

_LITTLE_SPACE = 2**30


def examine(settings: Settings, on_build: OnProgress) -> Findings:
    """Look at everything; a thing that fails does not keep the others from being looked at.

    `on_build` is told how far the building of the model is, where it must be built first.
    """
    found = [*_settings(settings), _parsers(settings), *_data_folder(settings)]
    return Findings(findings=[*found, *_model_and_index(settings, on_build)])


def _settings(settings: Settings) -> Iterator[Finding]:
    unknown = unknown_variables(os.environ)
    hints = [f"{name} is no setting" + (f"; did you mean {near}?" if near else "") for name, near in unknown.items()]
    detail = "every QA_ variable is known" if not hints else f"{len(hints)} QA_ variables have no effect"
    yield Finding(subject="settings", is_well=not hints, detail=detail, advice="; ".join(hints) or None)
    detail = f"{settings.host}:{settings.port}, {len(settings.api_keys)} API keys"
    try:
        require_safe_to_serve(settings)
    except ConfigurationError as error:
        yield Finding(subject="serving", is_well=False, detail=detail, advice=str(error))
    else:
        yield Finding(subject="serving", is_well=True, detail=detail)


def _parsers(settings: Settings) -> Finding:
    """Start a parser's process and tell what it is confined by; less than all of it is a fault of the system only."""
    try:
        with closing(build_parser(settings)) as parser:
            holds = parser.holds()
    except ParserFailedError as error:
        advice = "install the service anew, or raise QA_PARSER_MEMORY_BYTES"
        return Finding(subject="parsers", is_well=False, detail=str(error), advice=advice)
    missing = [name for name in ("landlock", "seccomp") if name not in holds]
    advice = (
        f"this system has no {' and no '.join(missing)}: take in files from people you trust, or run under Linux 5.13+"
    )
    detail = f"each file in a process with bounds: {', '.join(holds)}"
    return Finding(subject="parsers", is_well=True, detail=detail, advice=advice if missing else None)


def _data_folder(settings: Settings) -> Iterator[Finding]:
    try:
        with closing(open_store(settings)) as store:
            yield _disk(settings)
            yield _database(store)
            yield _documents(store)
            yield from map(_folder, FolderRecords(store.database).folders())
    except StoreError as error:
        yield Finding(subject="data folder", is_well=False, detail=str(settings.data), advice=str(error))


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data).free
    is_enough = free > _LITTLE_SPACE
    return Finding(
        subject="disk",
        is_well=is_enough,
        detail=f"{free / 2**30:.1f} GiB free in {settings.data}",
        advice=None if is_enough else "free some space: a write that does not fit is refused",
    )


def _database(store: Store) -> Finding:
    problems = store.database.problems()
    return Finding(
        subject="database",
        is_well=not problems,
        detail="; ".join(problems) or "integrity check passed",
        advice="restore the data folder from a backup" if problems else None,
    )


def _documents(store: Store) -> Finding:
    totals = store.totals()
    languages = ", ".join(f"{language} {count}" for language, count in totals.languages.items()) or "none"
    held = f"{totals.documents} documents, {totals.passages} passages ({languages}), generation {store.generation()}"
    return Finding(subject="documents", is_well=True, detail=held)


def _folder(folder: SyncedFolder) -> Finding:
    path = shown(folder.path)
    is_there = folder.path.is_dir()
    return Finding(
        subject="synced folder",
        is_well=is_there,
        detail=f"{path}: {folder.documents} documents, last in step {folder.synced_at or 'not yet'}",
        advice=None if is_there else f"it is missing: mount its disk, or run `qa-service sync --forget {path}`",
    )


def _model_and_index(settings: Settings, on_build: OnProgress) -> Iterator[Finding]:
    try:
        with closing(build_service(settings, on_build)) as service:
            service.require_ready()
            index = service.index()
            detail = f"{index.model}, fingerprint {index.fingerprint[:12]}"
            yield Finding(subject="model", is_well=True, detail=detail)
            yield _calibration(service)
            yield _index(service)
    except (EncoderError, ConfigurationError, FingerprintMismatchError) as error:
        yield Finding(subject="model", is_well=False, detail=settings.model, advice=str(error))
    except OSError as error:
        advice = f"{error}; set QA_MODEL_CACHE to a folder that can be written to"
        yield Finding(subject="model", is_well=False, detail=settings.model, advice=advice)
    except StoreError as error:
        yield Finding(subject="index", is_well=False, detail="cannot be brought up", advice=str(error))


def _calibration(service: QAService) -> Finding:
    known = service.calibration
    if known is None:
        advice = "run `qa-service eval calibrate` on questions of yours, or every question gets its nearest passages"
        return Finding(subject="calibration", is_well=True, detail="none for this model", advice=advice)
    fitted = f"fitted on {known.answerable} questions with an answer and {known.unanswerable} without"
    return Finding(
        subject="calibration", is_well=True, detail=f"{fitted}; refuses below a confidence of {known.threshold:.2f}"
    )


def _index(service: QAService) -> Finding:
    problems = service.index_problems()
    approximated = ", ".join(service.approximated)
    how = f"approximate for {approximated}" if approximated else "exact"
    return Finding(
        subject="index",
        is_well=not problems,
        detail="; ".join(problems)
        or f"vectors and words agree with the documents at generation {service.index().generation}; search is {how}",
        advice="run `qa-service rebuild`" if problems else None,
    )
