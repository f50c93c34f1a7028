"""Which folders are kept in step, and how their files looked when they were last looked at.

A file's state changes in the transaction that changes its document, so that a sync may be stopped anywhere.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

import apsw

from qa_service import writes
from qa_service.database import Database
from qa_service.errors import FolderError
from qa_service.folders.patterns import Patterns
from qa_service.outcomes import Handled
from qa_service.recipes import NO_RECIPE
from qa_service.records import FileState, title_from
from qa_service.sources import origin_of, path_of, shown


@dataclass(frozen=True, slots=True)
class SyncedFolder:
    """A folder that is kept in step. `synced_at` is UTC in ISO 8601, None before the first sync has ended."""

    id: int
    path: Path
    patterns: Patterns
    synced_at: str | None
    documents: int


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was last looked at, with the document that it gave, or `status` and `reason` where it gave none.

    `sha256` is that of the content last read, `document_sha256` that of what the document was made of.
    """

    origin: str
    document_id: str | None
    stamp: str | None
    inode: str
    is_mounted: bool
    sha256: str | None
    recipe: str
    status: str | None
    reason: str | None
    uri: str
    document_sha256: str | None
    size: int

    @property
    def is_document(self) -> bool:
        """Whether what was last read of the file is what its document holds."""
        return self.status is None and self.document_id is not None and self.sha256 == self.document_sha256


@dataclass(frozen=True, slots=True)
class Move:
    """A document whose file has another place now; `state` and `uri` are of that place."""

    known: KnownFile
    state: FileState
    uri: str

    @property
    def tells_another_format(self) -> bool:
        """Whether the file's name ends in another way than before."""
        return PurePath(self.known.uri).suffix.lower() != PurePath(self.uri).suffix.lower()


class FolderRecords:
    """Reads and writes what is known of synced folders. Safe to use from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- folders ---

    def folders(self) -> list[SyncedFolder]:
        """Return every folder that is kept in step, by path."""
        with self._database.reading() as connection:
            rows = list(
                connection.execute(
                    "SELECT id, origin, patterns, synced_at, "
                    "(SELECT count(document_id) FROM synced_files WHERE folder_id = synced_folders.id) "
                    "FROM synced_folders ORDER BY origin"
                )
            )
        return [
            SyncedFolder(key, path_of(origin), _unpacked(patterns), synced_at, documents)
            for key, origin, patterns, synced_at, documents in rows
        ]

    def find(self, path: Path) -> SyncedFolder | None:
        """Return what is known of a folder, by its real path; None where it is not kept in step.

        Raises FolderError where it lies in another that is, or holds one: a file would be followed twice.
        """
        for folder in self.folders():
            if folder.path == path:
                return folder
            if path.is_relative_to(folder.path):
                message = f"{shown(path)} lies in {shown(folder.path)}, which is kept in step already: sync that"
                raise FolderError(message)
            if folder.path.is_relative_to(path):
                message = (
                    f"{shown(path)} holds {shown(folder.path)}, which is kept in step by itself; to follow all of it, "
                    f"first run `qa-service sync --forget {shown(folder.path)}` (its documents stay)"
                )
                raise FolderError(message)
        return None

    def keep(self, path: Path, patterns: Patterns) -> None:
        """Write down that a folder is kept in step, with these patterns."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO synced_folders (origin, patterns) VALUES (?, ?) "
                "ON CONFLICT (origin) DO UPDATE SET patterns = excluded.patterns",
                (origin_of(path), _packed(patterns)),
            )

    def finish(self, folder_id: int) -> None:
        """Write down that a sync of the folder has ended."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.writing() as connection:
            connection.execute("UPDATE synced_folders SET synced_at = ? WHERE id = ?", (now, folder_id))

    def forget(self, folder: SyncedFolder) -> None:
        """Keep a folder in step no more. Its documents stay."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM synced_folders WHERE id = ?", (folder.id,))

    # --- files ---

    def files(self, folder_id: int) -> dict[str, KnownFile]:
        """Return the files of a folder, by origin."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT f.origin, document_id, stamp, inode, is_mounted, f.sha256, "
                "coalesce(iif(status IS NULL, d.recipe, f.recipe), ?), status, reason, "
                "coalesce(d.uri, f.origin), d.sha256, coalesce(d.size, 0) "
                "FROM synced_files f LEFT JOIN documents d ON d.id = f.document_id WHERE folder_id = ? "
                "ORDER BY f.origin",
                (NO_RECIPE, folder_id),
            )
            return {row[0]: KnownFile(*row) for row in rows}

    def is_followed(self, identifier: str) -> bool:
        """Return whether a document's file lies in a folder that is kept in step."""
        with self._database.reading() as connection:
            return bool(writes.one(connection, "SELECT 1 FROM synced_files WHERE document_id = ?", identifier))

    def having_documents(self, origins: Sequence[str]) -> set[str]:
        """Return which of the origins have a document, from whatever it was taken in."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT origin FROM documents WHERE origin IN (SELECT value FROM json_each(?))", (json.dumps(origins),)
            )
            return {row[0] for row in found}

    def remember(self, handled: Sequence[Handled]) -> None:
        """Write how files looked that changed no document: they are unchanged, or gave none, and why."""
        with self._database.writing() as connection:
            for each in handled:
                if each.state is not None:
                    outcome = each.outcome
                    is_document = outcome.status == "unchanged"
                    status, reason = (None, None) if is_document else (outcome.status, outcome.reason)
                    writes.write_state(connection, each.state, outcome.document_id, status, reason)

    def move(self, moves: Sequence[Move]) -> list[Move]:
        """Let documents follow their files, all in one transaction; return the moves that were made.

        One is not made where another process has moved or removed the document meanwhile, or taken the new place in.
        """
        with self._database.writing() as connection:
            made = [move for move in moves if _move(connection, move)]
            if made:
                writes.next_generation(connection)
        return made

    def remove(self, origins: Sequence[str]) -> set[str]:
        """Forget files, and remove the documents that they gave, in one transaction; return those that gave one."""
        with self._database.writing() as connection:
            removed = {origin for origin in origins if _remove(connection, origin)}
            if removed:
                writes.next_generation(connection)
        return removed


def _move(connection: apsw.Connection, move: Move) -> bool:
    old, new = move.known, move.state
    if writes.one(connection, "SELECT 1 FROM documents WHERE origin = ?", new.origin) is not None:
        return False
    connection.execute(
        "UPDATE documents SET origin = ?, uri = ?, title = iif(title = ?, ?, title), recipe = iif(?, ?, recipe) "
        "WHERE id = ? AND origin = ?",
        (
            new.origin,
            move.uri,
            title_from(old.uri),
            title_from(move.uri),
            move.tells_another_format,
            NO_RECIPE,
            old.document_id,
            old.origin,
        ),
    )
    if not connection.changes():
        return False
    connection.execute("DELETE FROM synced_files WHERE origin = ?", (old.origin,))
    writes.write_state(connection, new, old.document_id, old.status, old.reason)
    return True


def _remove(connection: apsw.Connection, origin: str) -> bool:
    """Return whether the file gave a document; one that has moved on by now is not this file's any more."""
    connection.execute("DELETE FROM synced_files WHERE origin = ?", (origin,))
    identifier = writes.one(connection, "SELECT id FROM documents WHERE origin = ?", origin)
    return identifier is not None and writes.remove_document(connection, identifier)


def _packed(patterns: Patterns) -> str:
    return json.dumps({"include": patterns.include, "exclude": patterns.exclude})


def _unpacked(packed: str) -> Patterns:
    patterns = json.loads(packed)
    return Patterns(tuple(patterns["include"]), tuple(patterns["exclude"]))
