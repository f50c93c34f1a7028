"""A sync killed anywhere, over and over: the next one ends where an undisturbed one would have ended."""

import multiprocessing
import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests import victim
from tests.parts import PASSAGE, Parts, RecordingEncoder, opened, syncer_of, text_of
from tests.victim import Step, Trap

KILLS_AN_EDITION = 17
FILES = 48


@pytest.fixture(scope="module")
def server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.victim"])
    return context


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def first_edition(folder: Path) -> None:
    """New files, some with the same content, some that fail, and some that no parser takes."""
    for number in range(FILES):
        write(folder / f"{number % 4}" / f"{number:02}.txt", text_of(f"thing {number}", f"common {number % 5}"))
    for number in range(6):
        write(folder / "copies" / f"{number}.txt", text_of("copy"))
        write(folder / "empty" / f"{number}.txt", " ")
        (folder / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n")


def second_edition(folder: Path) -> None:
    """A folder is renamed, files are edited, renamed (one to another format), replaced by failing ones, and removed."""
    (folder / "0").rename(folder / "нулявая")
    for path in (folder / "1").iterdir():
        write(path, text_of("edited", path.stem))
    for path in sorted((folder / "2").iterdir()):
        path.rename(path.with_name(f"renamed {path.stem}.md"))
    for path in sorted((folder / "3").iterdir())[:5]:
        path.unlink()
    (folder / "copies" / "3.txt").rename(folder / "copies" / "moved.txt")
    (folder / "copies" / "1.txt").unlink()
    write(folder / "3" / "11.txt", "")
    write(folder / "empty" / "0.txt", text_of("no longer empty"))


def third_edition(folder: Path) -> None:
    """New files stand where others were moved away from; what was moved is moved again."""
    for number in range(0, FILES, 4):
        write(folder / "0" / f"{number:02}.txt", text_of("another", f"thing {number}"))
        write(folder / "2" / f"{number + 2:02}.txt", text_of("yet another", f"thing {number}"))
    (folder / "нулявая").rename(folder / "ноль")
    for path in sorted((folder / "ноль").iterdir())[:4]:
        path.rename(folder / path.name)


def run(server: ForkServerContext, end: Trap | float | None, data: Path, folder: Path) -> bool:
    """Sync in a process of its own until it ends, sets off its trap or has run for so long; return if it was killed."""
    receiving, sending = server.Pipe(duplex=False)
    trap = end if isinstance(end, Trap) else None
    process = server.Process(target=victim.sync, args=(sending, trap, data, folder))
    process.start()
    sending.close()
    if isinstance(end, float):
        process.join(end)
        process.kill()
    process.join(120)
    receiving.close()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def ends(chance: random.Random) -> Iterator[Trap | float]:
    """Yield steps inside transactions, inside SQLite's writes and of the caches, and moments, without end."""
    latest: dict[Step, int] = {"statement": 1_000, "database": 50, "cache": 4}
    while True:
        for at, most in latest.items():
            yield Trap(at, chance.randrange(most))
        yield chance.uniform(0.02, 0.3)


@contextmanager
def examined(data: Path) -> Iterator[Parts]:
    with capture_logs(), opened(data, RecordingEncoder(victim.MODEL), passage_characters=PASSAGE) as parts:
        yield parts


def everything(parts: Parts) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that a data folder says of documents and files, save times, row numbers and stamps."""
    statements = {
        "documents": "SELECT id, origin, uri, title, media_type, sha256, recipe, size, characters FROM documents",
        "contents": "SELECT document_id, text, original FROM contents",
        "passages": "SELECT document_id, start, end, language, headings, sentences, digest FROM passages",
        "vectors": "SELECT digest, passage, sentences, words FROM vectors",
        "sums": "SELECT language, passages, passage_sum, words, word_sum FROM language_sums",
        "files": "SELECT origin, document_id, inode, is_mounted, sha256, recipe, status, reason FROM synced_files",
    }
    with parts.store.database.reading() as connection:
        return {name: sorted(connection.execute(statement), key=repr) for name, statement in statements.items()}


def test_killed_fifty_times_a_sync_ends_where_an_undisturbed_one_ends(
    server: ForkServerContext, tmp_path: Path
) -> None:
    """A sync that gets to its end in spite of all is begun again from where the edition found the data folder."""
    folder, data, undisturbed = tmp_path / "folder", tmp_path / "data", tmp_path / "undisturbed"
    chosen = ends(random.Random(7))
    kills = 0
    data.mkdir()
    for edition in (first_edition, second_edition, third_edition):
        edition(folder)
        before = shutil.copytree(data, tmp_path / edition.__name__)
        with examined(undisturbed) as parts:
            report = syncer_of(parts, undisturbed).sync([folder])
            assert report.count("failed") == report.count("skipped") == 6
            expected = everything(parts)
        still_to_kill = KILLS_AN_EDITION
        while still_to_kill:
            if run(server, next(chosen), data, folder):
                still_to_kill -= 1
                kills += 1
            else:
                require_same(data, expected)
                shutil.rmtree(data)
                shutil.copytree(before, data)
        assert not run(server, None, data, folder)
        require_same(data, expected)
        with examined(data) as parts:
            again = syncer_of(parts, data).sync([folder])
            assert again.count("unchanged") == parts.store.totals().documents - _kept(parts)
            assert again.embedded == 0
    assert kills >= 50


def require_same(data: Path, expected: dict[str, list[tuple[Any, ...]]]) -> None:
    with examined(data) as parts:
        assert everything(parts) == expected
        assert parts.store.database.problems() == []
        assert parts.dense.problems() == parts.lexical.problems() == []


def _kept(parts: Parts) -> int:
    """Return how many documents have a file that fails now."""
    with parts.store.database.reading() as connection:
        return int(connection.execute("SELECT count(document_id) FROM synced_files WHERE status = 'failed'").get)


def test_the_states_of_files_are_as_old_as_their_documents(server: ForkServerContext, tmp_path: Path) -> None:
    """After any kill, no file counts as looked at whose document is not there, and none as new whose document is."""
    folder, data = tmp_path / "folder", tmp_path / "data"
    first_edition(folder)
    counts = {0}
    for steps in range(400, 4_000, 400):
        is_killed = run(server, Trap("statement", steps), data, folder)
        with examined(data) as parts:
            rows = everything(parts)
        origins = {row[1] for row in rows["documents"]}
        assert origins == {origin for origin, document, *_ in rows["files"] if document is not None}
        counts.add(len(origins))
        if not is_killed:
            break
    assert not is_killed
    assert len(counts) > 2, "no kill fell between two transactions"
