"""Uploads that are being taken in, in the database: what was acknowledged is kept here until a document is made of it.

Several processes may use one table. `JobTable.claim` belongs to whoever holds the lock at `JobTable.lock_path`.
"""

import hashlib
import threading
import uuid
from collections.abc import Iterable
from dataclasses import astuple
from datetime import UTC, datetime, timedelta

import apsw

from qa_service import writes
from qa_service.config import MAX_WAITING_FILES
from qa_service.database import Database
from qa_service.errors import JobNotFoundError, QueueFullError
from qa_service.uploads.records import Claim, Ending, Job, JobFile, NewFile

KEPT_JOBS = 500
KEPT_DAYS = 30
"""How many finished jobs are remembered, and for how long."""

MAX_ATTEMPTS = 5
"""How often the service may be killed over one file before it is the file's fault."""

_FILE_COLUMNS = (
    "name, size, status, passages_done, passages_total, problem, reason, document_id, title, generation, duplicate_of"
)
_OPEN = "status IN ('waiting', 'working')"


class JobTable:
    """Jobs and their files. Every method raises StoreError where the data folder cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.lock_path = database.path.with_name("jobs.lock")
        self.news = threading.Event()
        """Set when a job is added in this process."""

    # --- for those who upload ---

    def add(self, files: Iterable[NewFile], max_waiting_bytes: int) -> Job:
        """Keep files that came in, all of them or none. Raises QueueFullError or StoreFullError.

        They are asked for one by one, so that one content is in memory at a time.
        """
        with self._database.writing() as connection:
            number, identifier = _add_job(connection)
            for file in files:
                _add_file(connection, number, file)
            _require_room(connection, max_waiting_bytes)
            _settle(connection, number)
            job = _job(connection, identifier)
        self.news.set()
        return job

    def job(self, identifier: str) -> Job:
        """Return a job. Raises JobNotFoundError."""
        with self._database.reading() as connection:
            return _job(connection, identifier)

    def jobs(self, limit: int, offset: int = 0) -> tuple[list[Job], int]:
        """Return jobs, the latest first, and how many there are."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT id FROM jobs ORDER BY number DESC LIMIT ? OFFSET ?", (limit, offset))
            jobs = [_job(connection, identifier) for (identifier,) in list(found)]
            return jobs, int(writes.one(connection, "SELECT count(*) FROM jobs"))

    def cancel(self, identifier: str) -> Job:
        """Take no more of a job's files in; those that are in stay. Raises JobNotFoundError."""
        with self._database.writing() as connection:
            number = writes.one(connection, "SELECT number FROM jobs WHERE id = ?", identifier)
            if number is None:
                raise JobNotFoundError(identifier)
            connection.execute("UPDATE jobs SET is_cancelled = 1 WHERE number = ? AND finished_at IS NULL", (number,))
            waiting = connection.execute(
                "UPDATE job_files SET status = 'cancelled' WHERE job_number = ? AND status = 'waiting' RETURNING id",
                (number,),
            )
            for (file_id,) in list(waiting):
                _drop_content(connection, file_id)
            _settle(connection, number)
            return _job(connection, identifier)

    # --- for whoever takes in ---

    def has_work(self) -> bool:
        """Return whether any file is still to be taken in."""
        with self._database.reading() as connection:
            return writes.one(connection, f"SELECT 1 FROM job_files WHERE {_OPEN} LIMIT 1") is not None

    def recover(self) -> None:
        """Let what a process that is gone was at be taken in again, unless that has ended too many of them."""
        with self._database.writing() as connection:
            left = connection.execute(
                "UPDATE job_files SET attempts = attempts + 1 WHERE status = 'working' RETURNING id, attempts"
            )
            for file_id, attempts in list(left):
                if attempts >= MAX_ATTEMPTS:
                    reason = f"the service ended {attempts} times while taking this file in; it is left out"
                    _end(connection, file_id, Ending("failed", "parser-failed", reason))
                elif _is_cancelled(connection, file_id):
                    _end(connection, file_id, Ending("cancelled"))
                else:
                    _put_back(connection, file_id)

    def claim(self) -> Claim | None:
        """Return the next file, marked as being worked on; None where nothing waits."""
        with self._database.writing() as connection:
            row = connection.execute(
                "UPDATE job_files SET status = 'working', reason = NULL, was_held = "
                "coalesce(was_held, EXISTS (SELECT 1 FROM documents WHERE sha256 = job_files.sha256)) "
                "WHERE id = (SELECT min(id) FROM job_files WHERE status = 'waiting') RETURNING id, name, was_held"
            ).fetchone()
            if row is None:
                return None
            file_id, name, was_held = row
            content = writes.one(connection, "SELECT content FROM job_contents WHERE file_id = ?", file_id)
        return Claim(file_id, name, bytes(content), bool(was_held))

    def advance(self, file_id: int, done: int, total: int) -> bool:
        """Note that so many passages of a file are embedded; return whether it is still wanted."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE job_files SET passages_done = ?, passages_total = ? WHERE id = ?", (done, total, file_id)
            )
            return not _is_cancelled(connection, file_id)

    def finish(self, file_id: int, ending: Ending) -> None:
        """Note what became of a file, and let go of its bytes."""
        with self._database.writing() as connection:
            _end(connection, file_id, ending)

    def put_back(self, file_id: int, reason: str | None = None) -> None:
        """Let a file wait again, by no fault of its own."""
        with self._database.writing() as connection:
            _put_back(connection, file_id, reason)


def _add_job(connection: apsw.Connection) -> tuple[int, str]:
    identifier = uuid.uuid4().hex
    number = writes.one(
        connection, "INSERT INTO jobs (id, created_at) VALUES (?, ?) RETURNING number", identifier, _now()
    )
    return int(number), identifier


def _add_file(connection: apsw.Connection, number: int, file: NewFile) -> None:
    digest = None if file.content is None else hashlib.sha256(file.content).hexdigest()
    status = "failed" if digest is None else "waiting"
    file_id = writes.one(
        connection,
        "INSERT INTO job_files (job_number, name, size, sha256, status, problem, reason) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "RETURNING id",
        *(number, file.name, file.size, digest, status, file.problem, file.reason),
    )
    if file.content is not None:
        connection.execute("INSERT INTO job_contents VALUES (?, ?)", (file_id, file.content))


def _require_room(connection: apsw.Connection, max_waiting_bytes: int) -> None:
    """Raise QueueFullError where more waits than may."""
    ((count, size),) = connection.execute(f"SELECT count(*), coalesce(sum(size), 0) FROM job_files WHERE {_OPEN}")
    if count > MAX_WAITING_FILES:
        message = f"{count:,} files would be waiting, the bound is {MAX_WAITING_FILES:,}; send these again later"
        raise QueueFullError(message)
    if size > max_waiting_bytes:
        message = (
            f"{size:,} bytes of uploads would be waiting, the bound is {max_waiting_bytes:,} (QA_MAX_WAITING_BYTES); "
            "send these files again when earlier ones are taken in"
        )
        raise QueueFullError(message)


def _job(connection: apsw.Connection, identifier: str) -> Job:
    row = connection.execute(
        "SELECT number, created_at, finished_at, is_cancelled FROM jobs WHERE id = ?", (identifier,)
    ).fetchone()
    if row is None:
        raise JobNotFoundError(identifier)
    number, created_at, finished_at, is_cancelled = row
    files = connection.execute(f"SELECT {_FILE_COLUMNS} FROM job_files WHERE job_number = ? ORDER BY id", (number,))
    numbered = tuple(JobFile(position, *file) for position, file in enumerate(files))
    return Job(identifier, created_at, finished_at, bool(is_cancelled), numbered)


def _is_cancelled(connection: apsw.Connection, file_id: int) -> bool:
    found = "SELECT is_cancelled FROM jobs JOIN job_files ON job_number = number WHERE job_files.id = ?"
    return bool(writes.one(connection, found, file_id))


def _put_back(connection: apsw.Connection, file_id: int, reason: str | None = None) -> None:
    connection.execute(
        "UPDATE job_files SET status = 'waiting', passages_done = 0, passages_total = NULL, reason = ? WHERE id = ?",
        (reason, file_id),
    )


def _end(connection: apsw.Connection, file_id: int, ending: Ending) -> None:
    number = writes.one(
        connection,
        "UPDATE job_files SET status = ?, problem = ?, reason = ?, document_id = ?, title = ?, generation = ?, "
        "duplicate_of = ? WHERE id = ? RETURNING job_number",
        *astuple(ending),
        file_id,
    )
    _drop_content(connection, file_id)
    _settle(connection, number)


def _drop_content(connection: apsw.Connection, file_id: int) -> None:
    connection.execute("DELETE FROM job_contents WHERE file_id = ?", (file_id,))


def _settle(connection: apsw.Connection, number: int) -> None:
    """Finish a job that has no file left to take in, and forget old ones."""
    finished = connection.execute(
        "UPDATE jobs SET finished_at = ? WHERE number = ? AND finished_at IS NULL "
        f"AND NOT EXISTS (SELECT 1 FROM job_files WHERE job_number = number AND {_OPEN}) RETURNING 1",
        (_now(), number),
    )
    if finished.fetchone() is None:
        return
    oldest = (datetime.now(UTC) - timedelta(days=KEPT_DAYS)).isoformat(timespec="milliseconds")
    connection.execute(
        "DELETE FROM jobs WHERE finished_at < ? OR finished_at IS NOT NULL AND number <= "
        "(SELECT number FROM jobs WHERE finished_at IS NOT NULL ORDER BY number DESC LIMIT 1 OFFSET ?)",
        (oldest, KEPT_JOBS),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
