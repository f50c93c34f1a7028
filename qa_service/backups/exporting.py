"""Writing a backup: everything that a data folder holds, in one archive, while others go on reading and writing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from qa_service import __version__
from qa_service.backups.archive import ArchiveWriter, Row
from qa_service.backups.manifest import FORMAT, Manifest, ModelRecord, TableRecord
from qa_service.backups.tables import CARRIED, Carried
from qa_service.calibration import NAME as CALIBRATION_NAME
from qa_service.errors import BackupError, StoreFullError
from qa_service.files import drop_unfinished, whole_file
from qa_service.migrations import MIGRATIONS
from qa_service.outcomes import OnProgress, Progress, nobody
from qa_service.store import Store
from qa_service.writes import one


def export_backup(
    store: Store, data: Path, path: Path, *, replaces: bool = False, on_progress: OnProgress = nobody
) -> Manifest:
    """Write what `store` and its folder hold to an archive, as of one moment; return what it holds.

    Nothing is at `path` until all of it is, and nothing that is there is replaced where that was not asked for. Raises
    BackupError, StoreFullError or StoreError.
    """
    if path.exists() and not replaces:
        raise _taken(path)
    with _in_our_words(path), store.snapshot():
        drop_unfinished(path)
        _require_space(store, path.absolute().parent)
        with whole_file(path, replaces=replaces) as file:
            return write_archive(store, data, file, on_progress)


def write_archive(store: Store, data: Path, file: IO[bytes], on_progress: OnProgress = nobody) -> Manifest:
    """Write an archive of what `store` and its folder hold, as of one moment. Raises OSError or StoreError."""
    with store.snapshot():
        writer = ArchiveWriter(file)
        meter = _Meter(on_progress, _rows_in_all(store))
        tables = tuple(_write_table(store, writer, name, table, meter) for name, table in CARRIED.items())
        _write_originals(store, writer, meter)
        calibration = data / CALIBRATION_NAME
        digest = writer.add_calibration(calibration.read_bytes()) if calibration.is_file() else None
        manifest = _manifest(store, tables, digest)
        writer.finish(manifest)
    return manifest


class _Meter:
    """Counts rows."""

    def __init__(self, on_progress: OnProgress, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._done = 0

    def counted(self, rows: Iterator[Row], what: str) -> Iterator[Row]:
        """Yield the rows as they come, telling of them."""
        for row in rows:
            yield row
            self._done += 1
            self._on_progress(Progress(self._done, self._total, what, 0))


def _rows_in_all(store: Store) -> int:
    with store.database.reading() as connection:
        counts = [one(connection, f"SELECT count(*) FROM {table.rows}") for table in CARRIED.values()]
    return int(sum(counts)) + store.totals().documents


def _write_table(store: Store, writer: ArchiveWriter, name: str, table: Carried, meter: _Meter) -> TableRecord:
    with store.database.reading() as connection:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})") if row[1] not in table.left_out]
        selected = ", ".join(f"t.{column}" for column in columns)
        rows = connection.execute(f"SELECT {selected} FROM {table.rows}")
        return writer.add_table(name, columns, meter.counted(rows, name), is_dense=table.is_dense)


def _write_originals(store: Store, writer: ArchiveWriter, meter: _Meter) -> None:
    with store.database.reading() as connection:
        rows = connection.execute(
            "SELECT d.id, d.uri, c.original FROM documents d JOIN contents c ON c.document_id = d.id ORDER BY d.id"
        )
        for identifier, uri, original in meter.counted(rows, "originals"):
            writer.add_original(identifier, uri, original)


def _manifest(store: Store, tables: tuple[TableRecord, ...], calibration: str | None) -> Manifest:
    totals = store.totals()
    with store.database.reading() as connection:
        model = connection.execute(
            "SELECT name, fingerprint, dimension FROM state JOIN models ON models.id = model_id"
        ).fetchone()
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
    return Manifest(
        format=FORMAT,
        service=__version__,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        schema_version=len(MIGRATIONS),
        generation=store.generation(),
        last_passage_id=last[0] if last else 0,
        model=ModelRecord(name=model[0], fingerprint=model[1], dimension=model[2]) if model else None,
        documents=totals.documents,
        passages=totals.passages,
        tables=tables,
        calibration_sha256=calibration,
    )


def _require_space(store: Store, folder: Path) -> None:
    with store.database.reading() as connection:
        pages = connection.pragma("page_count") - connection.pragma("freelist_count")
        needed = pages * connection.pragma("page_size")
    free = shutil.disk_usage(folder).free
    if free < needed:
        message = (
            f"the backup may need {needed / 2**20:,.0f} MiB, and {folder} has {free / 2**20:,.0f} MiB free; free some "
            "space, or give a file on another disk"
        )
        raise StoreFullError(message)


@contextmanager
def _in_our_words(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        message = f"cannot write {path}: {error.strerror or error}; nothing was left there. Give another file"
        raise BackupError(message) from error


def _taken(path: Path) -> BackupError:
    return BackupError(f"{path} exists, and nothing there was touched; give another name, or --force to replace it")
