"""SQLite through apsw: connections, transactions, migrations, and its errors in our words."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from qa_service.errors import (
    InvalidRequestError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreTooNewError,
)
from qa_service.migrations import MIGRATIONS
from qa_service.names import folded
from qa_service.packing import with_squares

_BUSY_MILLISECONDS = 60_000
_PAUSE_SECONDS = 0.01

_APPLICATION = int.from_bytes(b"QAsv")
"""Marks the file as ours, as SQLite's `application_id`."""


class Database:
    """One SQLite file, safe to use from several threads and processes. A connection is held for one transaction.

    Fewer `steps` than there are make it one of an older version. Raises StoreTooNewError, StoreDamagedError or
    StoreError where the file cannot be used.
    """

    def __init__(self, path: Path, steps: Sequence[str] | None = None) -> None:
        self.path = path
        self._steps = MIGRATIONS if steps is None else steps
        self._lock = threading.Lock()
        self._idle: list[apsw.Connection] = []
        self._is_closed = False
        self._thread = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"cannot create the data folder {path.parent}: {error.strerror}; set QA_DATA to another folder"
            raise StoreError(message) from error
        try:
            self._migrate()
        except StoreError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Give a connection on which every read sees the same committed state; may be nested."""
        with self._in_our_words():
            held = self._held()
            if held is not None:
                yield held
                return
            with self._transaction("BEGIN") as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """Give a connection that holds the write lock; commits at the end, or rolls everything back on an exception.

        Raises RuntimeError inside another transaction of the same thread: a part of a change cannot be committed.
        """
        if self._held() is not None:
            message = "a write cannot begin inside another transaction of the same thread"
            raise RuntimeError(message)
        with self._in_our_words(), self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def problems(self) -> list[str]:
        """Return what SQLite's own integrity check finds; empty when all is well."""
        try:
            with self.reading() as connection:
                rows = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
                rows += [f"broken reference in {row[0]}" for row in connection.execute("PRAGMA foreign_key_check")]
        except StoreDamagedError as error:
            return [str(error)]
        return [row for row in rows if row != "ok"]

    def close(self) -> None:
        """Close the connections; one that is in use is closed when its transaction ends."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[apsw.Connection]:
        connection = self._take()
        try:
            connection.execute(begin)
            self._thread.connection = connection
            yield connection
            connection.execute("COMMIT")
        except BaseException:  # an interrupt, too, must end the transaction; it goes on its way
            connection.close()  # rolls back, whatever state the error left it in
            raise
        finally:
            self._thread.connection = None
        self._give_back(connection)

    def _held(self) -> apsw.Connection | None:
        """Return the connection of the transaction that this thread is in."""
        held: apsw.Connection | None = getattr(self._thread, "connection", None)
        return held

    def _take(self) -> apsw.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        connection = apsw.Connection(str(self.path))
        connection.set_busy_timeout(_BUSY_MILLISECONDS)
        connection.execute("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON")
        return connection

    def _give_back(self, connection: apsw.Connection) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(connection)
                return
        connection.close()

    def _migrate(self) -> None:
        if self._version() == len(self._steps):
            return  # without the write lock, so that a start does not wait for another process's long write
        self._log_ahead()
        with self.writing() as connection:
            connection.create_scalar_function("with_squares", with_squares, 2, deterministic=True)  # type: ignore[arg-type]
            connection.create_scalar_function("folded", folded, 1, deterministic=True)  # type: ignore[arg-type]
            for step in self._steps[self._version() :]:
                connection.execute(step)
            connection.pragma("application_id", _APPLICATION)
            connection.pragma("user_version", len(self._steps))

    def _log_ahead(self) -> None:
        """Switch to write-ahead logging. SQLite does not wait for other processes here, whatever the time-out."""
        deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
        with self._in_our_words():
            connection = self._take()
            while True:
                try:
                    connection.pragma("journal_mode", "wal")
                    break
                except apsw.BusyError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(_PAUSE_SECONDS)
            self._give_back(connection)

    def _version(self) -> int:
        """Return the schema's version, 0 for a new file. Raises StoreTooNewError or StoreDamagedError."""
        with self.reading() as connection:
            version = int(connection.pragma("user_version"))
            is_ours = int(connection.pragma("application_id")) == _APPLICATION
            is_empty = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None
        if not (is_ours or is_empty):
            message = f"{self.path} is another program's database; set QA_DATA to another folder"
            raise StoreDamagedError(message)
        if version > len(self._steps):
            message = (
                f"{self.path} has schema version {version}, this service knows up to {len(self._steps)}: it was "
                "written by a newer version. Install that version, or set QA_DATA to another folder"
            )
            raise StoreTooNewError(message)
        return version

    def _full(self) -> StoreFullError:
        folder = self.path.parent
        return StoreFullError(
            f"no space left in {folder}; nothing of this change was kept. Free some space and try again"
        )

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """Turn SQLite's errors into ours. Source of the codes: https://sqlite.org/rescode.html."""
        try:
            yield
        except apsw.BusyError as error:
            seconds = _BUSY_MILLISECONDS // 1000
            message = f"another process kept {self.path.parent} busy for {seconds} s; try again when it has finished"
            raise StoreBusyError(message) from error
        except apsw.FullError as error:
            raise self._full() from error
        except (apsw.CorruptError, apsw.NotADBError) as error:
            message = f"{self.path} is damaged or not a database ({error}); restore the data folder from a backup"
            raise StoreDamagedError(message) from error
        except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError, apsw.IOError) as error:
            if getattr(error, "extendedresult", None) == apsw.SQLITE_IOERR_SHMSIZE:
                raise self._full() from error  # there is no room for the memory that processes share
            message = f"cannot use {self.path} ({error}); check that the disk works and the folder can be written to"
            raise StoreError(message) from error
        except UnicodeEncodeError as error:
            message = f"{error.object!r} holds half a surrogate pair, which no document's text, name or id does"
            raise InvalidRequestError(message) from error
