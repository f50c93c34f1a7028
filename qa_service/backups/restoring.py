"""Reading a backup into a data folder: all of it in one transaction, or nothing."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from qa_service import sums, writes
from qa_service.backups.archive import ArchiveReader, opened_archive
from qa_service.backups.exporting import write_archive
from qa_service.backups.filling import Filling, empty
from qa_service.calibration import NAME as CALIBRATION_NAME
from qa_service.database import Database
from qa_service.errors import BackupError, StoreFullError
from qa_service.files import write_atomically
from qa_service.migrations import MIGRATIONS
from qa_service.outcomes import OnProgress, Progress, nobody
from qa_service.store import Store
from qa_service.workspace import Workspace

Mode: TypeAlias = Literal["fill", "merge", "replace"]
"""Into a folder without documents; adding what a folder lacks; in place of what a folder holds."""

_CACHES = "index"
_COPIES = 2
"""What is written stands in the database's log first, and then in the database."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does. `kept` names documents that the folder has otherwise, and that stay as they are there.

    `recut` counts the archive's documents that another version, or other settings, cut into passages.
    """

    mode: Mode
    added: frozenset[str]
    unchanged: int
    kept: tuple[str, ...]
    removed: int
    recut: int


def plan_import(store: Store, archive: ArchiveReader, mode: Mode, recipe: str) -> Plan:
    """Return what importing would do. `recipe` is how documents are cut here and now.

    Raises BackupError for an archive of a newer version, for documents in a folder that was to have none, and for
    merging with the vectors of another model.
    """
    with store.snapshot():
        _require_known(archive)
        _require_room(store, archive, mode)
        own = {} if mode == "replace" else _own(store)
        removed = store.totals().documents if mode == "replace" else 0
    added, kept, unchanged, recut = set(), [], 0, 0
    for identifier, origin, uri, sha256, cut in _documents(archive):
        recut += cut != recipe
        known = own.get(identifier, own.get(origin))
        if known is None:
            added.add(identifier)
        elif known == sha256:
            unchanged += 1
        else:
            kept.append(uri)
    return Plan(mode, frozenset(added), unchanged, tuple(kept), removed, recut)


def import_backup(
    store: Store, data: Path, archive: ArchiveReader, mode: Mode, recipe: str, on_progress: OnProgress = nobody
) -> Plan:
    """Take an archive in, in one transaction; return what was done. Embeds nothing, and is safe beside a server.

    Documents keep their ids, texts and vectors; passages keep their order, and in a new folder their ids. Raises
    BackupError or StoreError; then the folder is as it was.
    """
    _require_known(archive)
    _require_space(archive, data)
    calibration = archive.calibration()
    with _at_present_schema(archive, data, on_progress) as present:
        with store.database.writing() as connection:
            plan = plan_import(store, present, mode, recipe)
            joins = store.totals().documents > 0 and mode != "replace"
            if store.generation() == 0:
                _drop_caches(data)
            if mode == "replace":
                empty(connection)
            filling = Filling(connection, present, plan.added, _counter(present, on_progress))
            filling.fill()
            filling.require_sound()
            model = writes.searched_model(connection)
            if model is not None:
                if not joins:
                    writes.drop_other_models(connection, model)
                sums.recompute(connection, model)
        if calibration is not None and not (joins and (data / CALIBRATION_NAME).exists()):
            write_atomically(data / CALIBRATION_NAME, calibration)
    return plan


def verify(archive: ArchiveReader, on_progress: OnProgress = nobody) -> None:
    """Read everything in an archive. Raises BackupError where it is not what the manifest says."""
    count = _counter(archive, on_progress)
    for table in archive.manifest.tables:
        for _ in archive.rows(table):
            count(table.name)
    for identifier, _, _, sha256, _ in _documents(archive):
        archive.original(identifier, sha256)
    archive.calibration()


def _documents(archive: ArchiveReader) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield (id, origin, uri, sha256, recipe) of every document."""
    table = archive.manifest.table("documents")
    read = ("id", "origin", "uri", "sha256", "recipe")
    if table is None or table.rows != archive.manifest.documents or not set(read) <= set(table.columns):
        message = f"{archive.path} is not a whole backup: its documents are not what it says of them; use another copy"
        raise BackupError(message)
    places = [table.columns.index(name) for name in read]
    for row in archive.rows(table):
        identifier, origin, uri, sha256, recipe = (str(row[place]) for place in places)
        yield identifier, origin, uri, sha256, recipe


def _own(store: Store) -> dict[str, str]:
    """Return the sha256 of every document of the folder, by its id and by its origin."""
    with store.database.reading() as connection:
        rows = list(connection.execute("SELECT id, origin, sha256 FROM documents"))
    return {key: sha256 for identifier, origin, sha256 in rows for key in (origin, identifier)}


def _require_known(archive: ArchiveReader) -> None:
    manifest = archive.manifest
    if manifest.schema_version > len(MIGRATIONS):
        message = (
            f"{archive.path} has schema version {manifest.schema_version}, this service knows up to {len(MIGRATIONS)}: "
            f"it was written by version {manifest.service}; import it with that version or a newer one"
        )
        raise BackupError(message)


def _require_room(store: Store, archive: ArchiveReader, mode: Mode) -> None:
    documents, state, model = store.totals().documents, store.state(), archive.manifest.model
    if documents and mode == "fill":
        message = (
            f"the data folder holds {documents} documents already; import with --merge to add those that it lacks, "
            "with --replace to have the backup's in their place, or into another folder (--data)"
        )
        raise BackupError(message)
    if documents and mode == "merge" and state and model and state.fingerprint != model.fingerprint:
        message = (
            f"the backup's vectors are those of model {model.name!r} ({model.fingerprint[:12]}), the data folder's "
            f"those of {state.model!r} ({state.fingerprint[:12]}), and they cannot be mixed: import into another "
            f"folder (--data) with QA_MODEL set to {state.model!r}, which embeds it anew, merge a backup of that one"
        )
        raise BackupError(message)


def _require_space(archive: ArchiveReader, data: Path) -> None:
    needed, free = _COPIES * archive.unpacked_bytes, shutil.disk_usage(data).free
    if free < needed:
        message = (
            f"the import needs {needed / 2**20:,.0f} MiB, and {data} has {free / 2**20:,.0f} MiB free; free some "
            "space, or import into a folder on another disk (--data)"
        )
        raise StoreFullError(message)


def _drop_caches(data: Path) -> None:
    """Let no index stay that is of a database which is no longer there: its generations would seem to be this one's."""
    for manifest in (data / _CACHES).glob("*.json"):
        manifest.unlink(missing_ok=True)


def _counter(archive: ArchiveReader, on_progress: OnProgress) -> Callable[[str], None]:
    total, done = sum(table.rows for table in archive.manifest.tables), 0

    def count(what: str) -> None:
        nonlocal done
        done += 1
        on_progress(Progress(done, total, what, 0))

    return count


@contextmanager
def _at_present_schema(archive: ArchiveReader, data: Path, on_progress: OnProgress) -> Iterator[ArchiveReader]:
    """Give an archive as the present version would have written it, which takes the same steps as a data folder does.

    One of an older version is imported into a database of that version, which is then brought up and exported.
    """
    version = archive.manifest.schema_version
    if version == len(MIGRATIONS):
        yield archive
        return
    workspace = Workspace(data / _CACHES, "import")
    folder = workspace.renew()
    try:
        old = Database(folder / "store.sqlite3", MIGRATIONS[:version])
        with old.writing() as connection:
            documents = frozenset(identifier for identifier, *_ in _documents(archive))
            Filling(connection, archive, documents, _counter(archive, on_progress)).fill()
        old.close()
        path = folder / "present.zip"
        brought_up = Store(folder / "store.sqlite3")
        try:
            with path.open("wb") as file:
                write_archive(brought_up, folder, file)
        finally:
            brought_up.close()
        with opened_archive(path, lambda done, total: None) as present:
            yield present
    finally:
        workspace.close()
