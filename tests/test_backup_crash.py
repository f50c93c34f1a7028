"""Backups killed at any moment: no half archive under its name, no half import in a folder."""

import multiprocessing
import random
import shutil
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from qa_service.backups.archive import opened_archive
from qa_service.backups.exporting import export_backup
from qa_service.backups.restoring import verify
from qa_service.store import Store
from tests import victim
from tests.parts import PASSAGE, RecordingEncoder, opened, text_of
from tests.test_backup import state_of
from tests.test_crash import Work
from tests.victim import Trap

DOCUMENTS = 30


@pytest.fixture(scope="module")
def server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.victim"])
    return context


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("stocked") / "data"
    stock(data, "first")
    return data


def stock(data: Path, edition: str) -> None:
    with opened(data, RecordingEncoder(victim.MODEL), passage_characters=PASSAGE) as parts:
        for number in range(DOCUMENTS):
            parts.take_in(f"document {number}", text_of(f"{edition} {number}", f"{edition} lake"))


def is_killed(server: ForkServerContext, work: Work, trap: Trap, *arguments: Path) -> bool:
    receiving, sending = server.Pipe(duplex=False)
    process = server.Process(target=work, args=(sending, trap, *arguments))
    process.start()
    sending.close()
    process.join(60)
    receiving.close()
    assert process.exitcode in (0, -9)
    return process.exitcode != 0


def test_killed_export_leaves_nothing_or_what_was_there(
    server: ForkServerContext, stocked: Path, tmp_path: Path
) -> None:
    path = tmp_path / "backup.zip"
    for trap in (Trap("statement", 6), Trap("statement", 16), Trap("cache", 0), Trap("cache", 1)):
        assert is_killed(server, victim.export, trap, stocked, path), trap
        assert not path.exists()
    path.write_text("mine")
    assert is_killed(server, victim.export, Trap("cache", 0), stocked, path)
    assert path.read_text() == "mine"
    assert is_killed(server, victim.export, Trap("cache", 2), stocked, path), "killed when the archive was in place"
    with opened_archive(path, lambda *_: None) as archive:
        verify(archive)
    assert [file.name for file in tmp_path.iterdir()] == ["backup.zip"], "what killed ones had written is removed"


def test_killed_import_leaves_the_folder_as_it_was(server: ForkServerContext, stocked: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    other = tmp_path / "other"
    stock(other, "second")
    store = Store(other / "store.sqlite3")
    export_backup(store, other, path)
    store.close()
    chance = random.Random(5)
    traps = [Trap("statement", chance.randrange(1, 45)) for _ in range(6)]
    traps += [Trap("database", chance.randrange(1, 300)) for _ in range(8)]
    before, imported, kills = state_of(stocked), 0, 0
    for number, trap in enumerate(traps):
        data = tmp_path / f"data {number}"
        shutil.copytree(stocked, data)
        kills += is_killed(server, victim.restore, trap, data, path)
        with opened(data, RecordingEncoder(victim.MODEL)) as parts:
            assert parts.store.database.problems() == []
            assert parts.dense.problems() == parts.lexical.problems() == []
            titles = {document.title for document in parts.store.documents(1)}
        if state_of(data) != before:
            imported += 1
            assert titles
            assert is_as(data, other)
    assert kills >= 10, "the traps lie beyond the end"
    assert imported < kills


def is_as(data: Path, other: Path) -> bool:
    texts = []
    for folder in (data, other):
        store = Store(folder / "store.sqlite3")
        texts.append({identifier: store.text(identifier) for identifier, _ in store.origins()})
        store.close()
    return texts[0] == texts[1]
