"""Transactions, connections, and what is said of a file that cannot be used."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import apsw
import numpy as np
import pytest

from qa_service.database import Database
from qa_service.errors import (
    InvalidRequestError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreTooNewError,
)
from qa_service.migrations import MIGRATIONS
from qa_service.packing import pack_words
from tests.parts import fill, meanwhile, small_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.sqlite3"


@pytest.fixture
def database(path: Path) -> Database:
    return Database(path)


def add_model(database: Database, name: str) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO models (name, fingerprint, dimension) VALUES (?, ?, 1)", (name, name))


def models(database: Database) -> list[str]:
    with database.reading() as connection:
        return [row[0] for row in connection.execute("SELECT name FROM models ORDER BY id")]


def open_files(path: Path) -> int:
    """Count this process's open files on the database, its log included."""
    links = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            links.append(os.readlink(link))  # noqa: PTH115  a path would not show what is deleted
        except FileNotFoundError:
            continue  # the one that lists the folder
    return sum(link.startswith(str(path)) for link in links)


# --- transactions ---


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, apsw.FullError])
def test_exception_rolls_everything_back(database: Database, error: type[BaseException]) -> None:
    add_model(database, "before")
    with pytest.raises((error, StoreFullError)), database.writing() as connection:
        connection.execute("INSERT INTO models (name, fingerprint, dimension) VALUES ('half', 'half', 1)")
        raise error
    assert models(database) == ["before"]
    add_model(database, "after")
    assert models(database) == ["before", "after"]


def test_nested_reading_sees_one_state(database: Database) -> None:
    with database.reading() as outer:
        assert models(database) == []
        writer = threading.Thread(target=add_model, args=(database, "meanwhile"))
        writer.start()
        writer.join()
        with database.reading() as inner:
            assert inner is outer
        assert models(database) == []
    assert models(database) == ["meanwhile"]


def test_write_sees_its_own_changes(database: Database) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO models (name, fingerprint, dimension) VALUES ('mine', 'mine', 1)")
        assert models(database) == ["mine"]


@pytest.mark.parametrize("outer", [Database.reading, Database.writing])
def test_write_inside_a_transaction_is_refused(database: Database, outer: Callable[[Database], object]) -> None:
    with outer(database), pytest.raises(RuntimeError, match="same thread"), database.writing():  # type: ignore[attr-defined]
        pass
    add_model(database, "after")
    assert models(database) == ["after"]


def test_twenty_threads_read_whole_changes_while_one_writes(database: Database) -> None:
    """Every change adds two rows and moves the generation by two; no reader may see half of one."""

    def read() -> tuple[int, int]:
        with database.reading() as connection:
            counted = connection.execute("SELECT count(*) FROM models").get
            return counted, connection.execute("SELECT generation FROM state").get

    with meanwhile(*[read] * 20) as seen:
        for number in range(30):
            with database.writing() as connection:
                for name in (f"{number}a", f"{number}b"):
                    connection.execute("INSERT INTO models (name, fingerprint, dimension) VALUES (?1, ?1, 1)", (name,))
                    connection.execute("UPDATE state SET generation = generation + 1")
    assert len(set(seen)) > 1
    assert all(counted == generation and counted % 2 == 0 for counted, generation in seen)
    assert len(models(database)) == 60


# --- connections ---


def test_threads_that_have_ended_leave_no_connection_behind(database: Database, path: Path) -> None:
    add_model(database, "one")
    for _ in range(30):
        thread = threading.Thread(target=models, args=(database,))
        thread.start()
        thread.join()
    assert len(database._idle) == 1
    database.close()
    assert open_files(path) == 0


def test_closing_lets_a_transaction_finish(database: Database, path: Path) -> None:
    entered, closed = threading.Event(), threading.Event()

    def write() -> None:
        with database.writing() as connection:
            entered.set()
            assert closed.wait(30)
            connection.execute("INSERT INTO models (name, fingerprint, dimension) VALUES ('late', 'late', 1)")

    with ThreadPoolExecutor(1) as threads:
        writer = threads.submit(write)
        assert entered.wait(30)
        database.close()
        closed.set()
        writer.result()
    assert open_files(path) == 0
    assert models(Database(path)) == ["late"]


def test_no_read_holds_an_old_state(database: Database) -> None:
    """The log can be emptied only where nobody needs a state in it any more."""
    add_model(database, "one")
    models(database)
    with pytest.raises(apsw.SQLError), database.reading() as connection:
        connection.execute("SELECT name FROM models").fetchone()
        connection.execute("SELECT no_such_column FROM models")
    add_model(database, "two")
    checkpoint = apsw.Connection(str(database.path))
    (is_blocked, *_), *_ = checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not is_blocked
    checkpoint.close()


def test_start_does_not_wait_for_another_process_that_writes(path: Path) -> None:
    with Database(path).writing():
        assert models(Database(path)) == []


def test_processes_that_start_together_all_get_a_database(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from qa_service.database import Database; print('loaded', flush=True)\n"
        "for line in sys.stdin: print(Database(Path(line.strip())).problems(), flush=True)"
    )
    command = [sys.executable, "-c", program]
    with ExitStack() as stack:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        processes = [stack.enter_context(subprocess.Popen[str](command, **pipes)) for _ in range(6)]  # type: ignore[call-overload]
        assert [process.stdout.readline() for process in processes] == ["loaded\n"] * 6
        for number in range(30):
            for process in processes:
                process.stdin.write(f"{tmp_path / str(number)}/data/store.sqlite3\n")
            assert [process.stdout.readline() for process in processes] == ["[]\n"] * 6


# --- migrations ---


def test_new_steps_are_taken_once_and_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def know(*steps: str) -> None:
        monkeypatch.setattr("qa_service.database.MIGRATIONS", (*MIGRATIONS, *steps))

    add_model(Database(path), "kept")
    added = "CREATE TABLE added (x INTEGER) STRICT"
    know(added, "CREATE TABLE broken (")
    with pytest.raises(apsw.SQLError):
        Database(path)

    know(added)
    for _ in range(2):
        migrated = Database(path)
        with migrated.reading() as connection:
            assert connection.execute("SELECT count(*) FROM added").get == 0
            assert connection.pragma("user_version") == len(MIGRATIONS) + 1
    assert models(migrated) == ["kept"]
    migrated.close()

    know()
    with pytest.raises(StoreTooNewError, match=rf"version {len(MIGRATIONS) + 1}, .* up to {len(MIGRATIONS)}.*QA_DATA"):
        Database(path)
    assert open_files(path) == 0


def test_words_kept_before_their_lengths_were_get_them(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = np.random.default_rng(1).normal(size=(5, 6)).astype(np.float32)
    packed = pack_words(words)
    monkeypatch.setattr("qa_service.database.MIGRATIONS", MIGRATIONS[:2])
    database = Database(path)
    with database.writing() as connection:
        connection.execute("INSERT INTO models VALUES (7, 'model', 'fingerprint', 6)")
        for digest, blob in ((b"some", packed[: -4 * len(words)]), (b"none", b"")):
            connection.execute("INSERT INTO vectors VALUES (?, 7, x'', x'', ?)", (digest, blob))
    database.close()
    monkeypatch.undo()
    database = Database(path)
    with database.reading() as connection:
        kept = dict(connection.execute("SELECT digest, words FROM vectors"))
    assert kept == {b"some": packed, b"none": b""}
    database.close()


# --- files that cannot be used ---


def _garbage(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, it only has its name. " * 100)


def _another_program(path: Path) -> None:
    path.parent.mkdir()
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE bookmarks (address TEXT); INSERT INTO bookmarks VALUES ('mine')")
    connection.close()


def _truncated(path: Path) -> None:
    database = Database(path)
    add_model(database, "cut off")
    database.close()
    os.truncate(path, 5000)


def _folder_in_its_place(path: Path) -> None:
    path.mkdir(parents=True)


def _file_for_a_data_folder(path: Path) -> None:
    path.parent.write_bytes(b"a file")


@pytest.mark.parametrize(
    ("prepare", "error", "message"),
    [
        (_garbage, StoreDamagedError, "damaged or not a database.*backup"),
        (_another_program, StoreDamagedError, "another program's database.*QA_DATA"),
        (_truncated, StoreDamagedError, "damaged or not a database.*backup"),
        (_folder_in_its_place, StoreError, "cannot use"),
        (_file_for_a_data_folder, StoreError, "cannot create the data folder.*File exists.*QA_DATA"),
    ],
)
def test_file_that_cannot_be_used_is_refused_and_left_alone(
    path: Path, prepare: Callable[[Path], None], error: type[StoreError], message: str
) -> None:
    prepare(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(error, match=message):
        models(Database(path))
    assert (path.read_bytes() if path.is_file() else None) == before


def test_damage_inside_the_file_is_found(path: Path) -> None:
    database = Database(path)
    with database.writing() as connection:
        rows = [(f"model {number}",) for number in range(2000)]
        connection.executemany("INSERT INTO models (name, fingerprint, dimension) VALUES (?1, ?1, 1)", rows)
    assert database.problems() == []
    database.close()
    content = bytearray(path.read_bytes())
    among_rows = len(content) * 3 // 4 // 4096 * 4096  # the schema, whose damage is found on opening, lies before
    content[among_rows : among_rows + 4096] = bytes(4096)
    path.write_bytes(content)
    assert Database(path).problems() != []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission_is_refused(path: Path) -> None:
    path.parent.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="can be written to"):
        Database(path)


def test_read_only_disk_is_refused(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        database = Database(disk / "data" / "store.sqlite3")
        add_model(database, "before")
        database.close()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(StoreError, match="folder can be written to"):
            add_model(Database(disk / "data" / "store.sqlite3"), "after")
        with pytest.raises(StoreError, match=r"Read-only.*QA_DATA"):
            Database(disk / "other" / "store.sqlite3")


def test_full_disk_is_told_from_a_broken_one(tmp_path: Path) -> None:
    """Even reading takes a little space beside the database."""
    with small_disk(tmp_path / "disk", "1m") as disk:
        path = disk / "data" / "store.sqlite3"
        database = Database(path)
        add_model(database, "before")
        database.close()
        fill(disk / "filler")
        for unusable in (path, disk / "new" / "store.sqlite3"):
            with pytest.raises(StoreFullError, match="no space left"):
                add_model(Database(unusable), "too much")
        (disk / "filler").unlink()
        add_model(Database(path), "after")
        assert models(Database(path)) == ["before", "after"]


def test_busy_database_gives_up_in_the_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.database._BUSY_MILLISECONDS", 20)
    database = Database(path)
    with database.writing(), ThreadPoolExecutor(1) as threads:
        with pytest.raises(StoreBusyError, match="try again"):
            threads.submit(add_model, database, "second").result()
        assert threads.submit(models, database).result() == []


def test_half_a_surrogate_pair_is_an_invalid_request(database: Database) -> None:
    with pytest.raises(InvalidRequestError, match="surrogate"):
        add_model(database, "\ud800")
    assert models(database) == []
