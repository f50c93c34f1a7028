"""The process that crash tests kill. It takes documents in, tells what it does, and may end itself at a chosen step.

Tests start it from a server that has imported everything already, so that a start takes milliseconds.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, TypeAlias

import apsw

from embeddings import PassageVectors
from embeddings.encoder import Span
from qa_service.backups.archive import opened_archive
from qa_service.backups.exporting import export_backup
from qa_service.backups.restoring import import_backup
from qa_service.outline import Parsed
from qa_service.parsers.documents import parse_document
from qa_service.parsers.process import ParserProcess
from qa_service.service import QAService
from qa_service.store import Store
from tests.parts import PASSAGE, RecordingEncoder, opened, shared_detector, syncer_of

MODEL, OTHER_MODEL = 512, 64
"""Dimensions of the hashing encoder; the first is the command line's."""

_registered: list[apsw.VFS] = []
"""Kept, because SQLite does not keep them."""

shared_detector()  # loaded once in the server, for every process that it starts


Step: TypeAlias = Literal["statement", "database", "cache"]
"""An SQL statement, a write or flush of SQLite's, or a flush or renaming of the cache's files."""


@dataclass(frozen=True, slots=True)
class Trap:
    """Where a process ends itself: at a step, after `count` of its kind from where its work begins."""

    at: Step
    count: int

    def set(self, has_begun: Callable[[], object]) -> None:
        """Make this process end, as if killed from outside, at its step."""
        remaining = iter(range(self.count))

        def step() -> None:
            if has_begun() and next(remaining, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        {"statement": _trap_statements, "database": _trap_database, "cache": _trap_cache}[self.at](step)


def take_in(reports: "Connection[Any, Any]", trap: Trap | None, data: Path, files: Sequence[Path]) -> None:
    """Take files in one by one; report ("begun" | "embedding" | "done", file or texts) and ("ended", None).

    Its work begins with the first file that is new.
    """
    encoder = _TellingEncoder(MODEL, reports)
    with _working(reports, trap, data, encoder, lambda: encoder.embedded) as service:
        for path in files:
            reports.send(("begun", path))
            service.ingest_paths([path])
            reports.send(("done", path))


def rebuild(reports: "Connection[Any, Any]", trap: Trap | None, data: Path) -> None:
    """Switch to the other model; report ("embedding", texts) and ("ended", None)."""
    with _working(reports, trap, data, _TellingEncoder(OTHER_MODEL, reports), lambda: True) as service:
        service.rebuild()


def sync(reports: "Connection[Any, Any]", trap: Trap | None, data: Path, folder: Path) -> None:
    """Bring a folder's documents in step; report ("ended", None)."""
    if trap is not None:
        trap.set(lambda: True)
    with opened(data, RecordingEncoder(MODEL), parser=_ParserInside(60, 2**31), passage_characters=PASSAGE) as parts:
        syncer_of(parts, data).sync([folder])
        parts.service().close()
    reports.send(("ended", None))


def export(reports: "Connection[Any, Any]", trap: Trap | None, data: Path, path: Path) -> None:
    """Write a backup; report ("ended", None)."""
    if trap is not None:
        trap.set(lambda: True)
    store = Store(data / "store.sqlite3")
    export_backup(store, data, path, replaces=True)
    store.close()
    reports.send(("ended", None))


def restore(reports: "Connection[Any, Any]", trap: Trap | None, data: Path, path: Path) -> None:
    """Put a backup in a folder's place; report ("ended", None)."""
    if trap is not None:
        trap.set(lambda: True)
    store = Store(data / "store.sqlite3")
    with opened_archive(path, lambda done, total: None) as archive:
        import_backup(store, data, archive, "replace", "recipe of these tests")
    store.close()
    reports.send(("ended", None))


@contextmanager
def _working(
    reports: "Connection[Any, Any]",
    trap: Trap | None,
    data: Path,
    encoder: RecordingEncoder,
    has_begun: Callable[[], object],
) -> Iterator[QAService]:
    if trap is not None:
        trap.set(has_begun)
    with opened(data, encoder, parser=_ParserInside(60, 2**31), passage_characters=PASSAGE) as parts:
        service = parts.service()
        yield service
        service.close()
    reports.send(("ended", None))


class _TellingEncoder(RecordingEncoder):
    """The hashing encoder of the command line, which tells what it is about to embed."""

    def __init__(self, dimension: int, reports: "Connection[Any, Any]") -> None:
        super().__init__(dimension)
        self._reports = reports

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]], words: Sequence[Sequence[Span]]
    ) -> PassageVectors:
        self._reports.send(("embedding", list(texts)))
        return super().embed_passages(texts, sentences, words)


class _ParserInside(ParserProcess):
    """Parses in this process: a child's start would take longer than everything else."""

    def parse(self, name: str, content: bytes) -> Parsed:
        return parse_document(name, content)


def _trap_statements(step: Callable[[], None]) -> None:
    def trace(_cursor: apsw.Cursor, _statement: str, _bindings: Any) -> bool:
        step()
        return True

    apsw.connection_hooks.append(lambda connection: connection.set_exec_trace(trace))


def _trap_database(step: Callable[[], None]) -> None:
    base = apsw.vfs_names()[0]

    class File(apsw.VFSFile):
        def __init__(self, name: Any, flags: Any) -> None:
            super().__init__(base, name, flags)

        def xWrite(self, data: Any, offset: int) -> None:
            step()
            super().xWrite(data, offset)

        def xSync(self, flags: int) -> None:
            step()
            super().xSync(flags)

    class System(apsw.VFS):
        def __init__(self) -> None:
            super().__init__("trap", base, makedefault=True)

        def xOpen(self, name: Any, flags: Any) -> File:
            return File(name, flags)

    _registered.append(System())


def _trap_cache(step: Callable[[], None]) -> None:
    """Ends before a flush or a renaming: between the payload and the manifest, or with neither of them whole."""
    for name in ("fsync", "replace"):
        original = getattr(os, name)

        def stepped(*arguments: Any, original: Any = original) -> Any:
            step()
            return original(*arguments)

        setattr(os, name, stepped)
