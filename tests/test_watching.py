"""`qa-service sync` as people use it, and `--watch`: a server beside it answers from what was just saved."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from qa_service.cli.app import app
from qa_service.folders.watching import follow
from tests.conftest import RunCli, running_server
from tests.parts import text_of

SECONDS = 120
"""Longest wait for what a loaded machine does in a second or two."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def write(path: Path, *subjects: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(*subjects), encoding="utf-8")
    return path


class Lines:
    """What a process prints, line by line, as it comes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put(line)

    def next(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._lines.get(timeout=SECONDS))
        except Empty:
            pytest.fail("nothing was told")
        return found

    def is_over(self) -> bool:
        self._reader.join(SECONDS)
        return self._lines.empty()


@contextmanager
def watching(data: Path, folder: Path) -> Iterator[tuple[Lines, "subprocess.Popen[str]"]]:
    command = [sys.executable, "-m", "qa_service.cli", "sync", str(folder), "--watch", "--json", "--data", str(data)]
    process = subprocess.Popen(command, env=os.environ | {"QA_MODEL": "hashing"}, stdout=subprocess.PIPE, text=True)
    try:
        yield Lines(process), process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_changes_are_followed_and_a_server_answers_from_them(tmp_path: Path, folder: Path) -> None:
    data = tmp_path / "data"
    write(folder / "a.txt", "harbour")
    with running_server(data, QA_MODEL="hashing") as address, watching(data, folder) as (lines, process):

        def found(subject: str) -> set[str]:
            body = {"question": f"What is spoken of the {subject}?", "top_k": 50}
            passages = httpx2.post(f"{address}/v1/search", json=body).json()["passages"]
            return {passage["document"]["uri"] for passage in passages if subject in passage["text"]}

        def told() -> tuple[str, str]:
            line = lines.next()
            return line["status"], line["uri"]

        assert told() == ("added", "folder/a.txt")
        assert found("harbour") == {"folder/a.txt"}
        write(folder / "b.txt", "zeppelin")
        assert told() == ("added", "folder/b.txt")
        assert found("zeppelin") == {"folder/b.txt"}
        (folder / "b.txt").rename(folder / "c.txt")
        assert told() == ("renamed", "folder/c.txt")
        assert found("zeppelin") == {"folder/c.txt"}
        write(folder / "c.txt", "observatory")
        assert told() == ("changed", "folder/c.txt")
        assert (found("zeppelin"), found("observatory")) == (set(), {"folder/c.txt"})
        (folder / "c.txt").unlink()
        assert told() == ("removed", "folder/c.txt")
        assert found("observatory") == set()

        folder.rename(tmp_path / "away")
        assert told() == ("failed", str(folder))
        assert found("harbour") == {"folder/a.txt"}
        write(tmp_path / "away" / "d.txt", "aqueduct")
        (tmp_path / "away").rename(folder)
        assert told() == ("added", "folder/d.txt")
        write(folder / "e.txt", "lighthouse")
        assert told() == ("added", "folder/e.txt")

        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        assert lines.is_over()


class _Enough(Exception):
    """Ends the following."""


def test_a_burst_of_changes_is_one_sync_and_hidden_files_are_none(folder: Path) -> None:
    moments: list[set[str]] = []

    def sync() -> None:
        names = {path.name for path in folder.iterdir()}
        moments.append(names)
        if len(moments) == 1:
            for number in range(50):
                write(folder / f"{number}.txt", "thing")
            (folder / "data").mkdir()
            write(folder / "data" / "store", "thing")
            write(folder / ".hidden", "thing")
        elif "51.txt" in names:
            raise _Enough
        elif len(moments) == 2:
            write(folder / ".hidden", "another thing")
            write(folder / "data" / "store", "another thing")
            threading.Timer(1.5, write, (folder / "51.txt", "thing")).start()

    with pytest.raises(_Enough):
        follow([folder], folder / "data", sync, pytest.fail)
    assert len(moments) == 3
    assert moments[0] == set()
    assert len(moments[1]) == 52


def test_where_the_system_tells_nothing_time_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_watch(*_arguments: object, **_options: object) -> Iterator[Any]:
        message = "too many watches"
        raise OSError(message)
        yield

    monkeypatch.setattr("qa_service.folders.watching.watch", no_watch)
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    syncs, notices = iter(range(3)), list[str]()

    def sync() -> None:
        if next(syncs) == 2:
            raise _Enough

    with pytest.raises(_Enough):
        follow([folder], folder / "data", sync, notices.append)
    assert slept == [5, 5, 5]
    assert notices == ["the system does not tell of changes here (too many watches): looking every 5 s instead"]


# --- the command ---


def test_the_report_is_a_table_or_json_and_the_exit_code_tells_of_failures(run_cli: RunCli, folder: Path) -> None:
    write(folder / "a.txt", "river")
    write(folder / "b.txt", "lake")
    done = run_cli("sync", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"added +folder/a\.txt +1 passages\nadded +folder/b\.txt +1 passages\n"
        r"2 added; 2 passages embedded in [\d.]+ s, [\d,.]+ passages/s\n",
        re.sub(" +\n", "\n", done.stdout),
    )
    (folder / "a.txt").rename(folder / "Сям'я.txt")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    shown = run_cli("sync", "--dry-run")
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[-1] == (  # only a parser tells that a PDF is damaged
        "would be: 1 added, 1 renamed, 1 unchanged, 1 skipped; nothing was done (--dry-run)"
    )
    done = run_cli("sync", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["counts"] == {
        "added": 0,
        "changed": 0,
        "renamed": 1,
        "removed": 0,
        "unchanged": 1,
        "skipped": 1,
        "failed": 1,
    }
    assert [(file["uri"], file["status"], file["previous_uri"]) for file in report["files"]] == [
        ("folder/bad.pdf", "failed", None),
        ("folder/picture.png", "skipped", None),
        ("folder/Сям'я.txt", "renamed", "folder/a.txt"),
    ]
    again = run_cli("sync")
    assert again.returncode == 1
    assert "1 unchanged" not in again.stdout
    assert "2 unchanged, 1 skipped, 1 failed; 0 passages embedded" in again.stdout
    assert again.stdout.splitlines()[-2].startswith("failed   folder/bad.pdf")


def test_folders_are_listed_examined_and_forgotten(run_cli: RunCli, folder: Path) -> None:
    write(folder / "a.txt", "river")
    assert run_cli("sync", folder, "--include", "*.txt", "--exclude", "drafts/").returncode == 0
    (listed,) = json.loads(run_cli("sync", "--list", "--json").stdout)["folders"]
    assert listed.pop("synced_at").endswith("+00:00")
    assert listed == {"path": str(folder), "include": ["*.txt"], "exclude": ["drafts/"], "documents": 1}
    assert f"well   synced folder: {folder}: 1 documents" in run_cli("doctor").stdout
    deleted = run_cli("delete", json.loads(run_cli("documents", "--json").stdout)["documents"][0]["id"])
    assert "the next sync takes it in again" in deleted.stderr
    assert run_cli("sync").returncode == 0
    shutil.rmtree(folder)
    examined = run_cli("doctor")
    assert examined.returncode == 1
    assert f"WRONG  synced folder: {folder}: 1 documents" in examined.stdout
    assert run_cli("sync").returncode == 1
    assert run_cli("sync", "--forget", folder).returncode == 0
    assert json.loads(run_cli("sync", "--list", "--json").stdout) == {"folders": []}
    assert json.loads(run_cli("documents", "--json").stdout)["total"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no folder is kept in step yet"),
        (["folder", "--exclude", "!"], "--exclude is '!'"),
        (["folder", "--watch", "--dry-run"], "--watch and --dry-run"),
        (["--list", "--watch"], "--list"),
    ],
)
def test_wrong_usage(run_cli: RunCli, arguments: list[str], words: str) -> None:
    done = run_cli("sync", *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_help_has_examples() -> None:
    shown = CliRunner().invoke(app, ["sync", "--help"]).output
    assert "\n    qa-service sync ~/papers\n" in shown
    assert "\b" not in shown
