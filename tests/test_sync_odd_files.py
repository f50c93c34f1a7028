"""Odd files in a synced folder: each is a line of the report, and nothing of the others is lost."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service import sources
from qa_service.errors import FileUnavailableError, StoreFullError
from qa_service.outcomes import Report
from qa_service.parsers.formats import refusal
from qa_service.sources import FoundFile, find_files, list_folder, origin_of, path_of
from tests.parts import PASSAGE, Parts, fill, opened, paragraph, small_disk, syncer_of, text_of

EDGES = "🏰 " + "ў" * 123 + ".txt"
"""255 bytes, the most that a name may have."""


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_COARSEST_CLOCK_NS", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with opened(tmp_path / "data", passage_characters=PASSAGE) as built:
        yield built


def sync(parts: Parts, folder: Path) -> Report:
    return syncer_of(parts, folder.parent / "data").sync([folder])


def told(report: Report) -> dict[str, tuple[str, str | None]]:
    return {outcome.uri.removeprefix("folder/"): (outcome.status, outcome.reason) for outcome in report.outcomes}


def test_names_of_every_kind(parts: Parts, folder: Path) -> None:
    assert len(EDGES.encode()) == 255
    names = [
        "Сям'я і праца.txt",
        "a  b .txt",
        "new\nline.txt",
        "back\\slash.txt",
        "[x]*?.txt",
        EDGES,
        "e\u0301.txt",
        "\u00e9.txt",
    ]
    odd = [b"\xef\xf0\xe8.txt", b"\xef\xf0\xe9.txt", b"\\xef\\xf0\\xe8.txt"]
    paths = [folder / name for name in names] + [folder / os.fsdecode(name) for name in odd]
    for number, path in enumerate(paths):
        path.write_text(text_of(f"thing {number}"))
    assert sync(parts, folder).count("added") == len(paths)
    before = {origin: identifier for identifier, origin in parts.store.origins()}
    assert set(before) == set(map(origin_of, paths))
    assert [parts.store.text(before[origin_of(path)]) for path in paths] == [
        paragraph(f"thing {number}") for number in range(len(paths))
    ]
    assert sync(parts, folder).count("unchanged") == len(paths)
    moved = paths[-3].rename(folder / os.fsdecode(b"\xff renamed.txt"))
    paths[1].unlink()
    report = sync(parts, folder)
    assert (report.count("renamed"), report.count("removed"), report.count("unchanged")) == (1, 1, len(paths) - 2)
    after = {origin: identifier for identifier, origin in parts.store.origins()}
    assert after[origin_of(moved)] == before[origin_of(paths[-3])]


@given(
    st.lists(st.binary(min_size=1, max_size=20).filter(lambda name: not {0, 47} & set(name)), min_size=1, unique=True)
)
def test_every_path_has_its_own_origin_and_comes_back(names: list[bytes]) -> None:
    paths = [Path("/") / os.fsdecode(name) for name in names if name not in (b".", b"..")]
    origins = [origin_of(path) for path in paths]
    assert [path_of(origin) for origin in origins] == paths
    assert len(set(origins)) == len(set(paths))
    assert all(origin.encode("utf-8") for origin in origins)


def test_what_is_no_regular_file_is_never_opened(parts: Parts, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # a socket's path must be short
    os.mkfifo("pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        (folder / "device.txt").symlink_to("/dev/zero")
        (folder / "a.txt").write_text(text_of("river"))
        assert told(sync(parts, folder)) == {
            "a.txt": ("added", None),
            "device.txt": ("skipped", "a link that leads out of the folder"),
            "pipe.txt": ("skipped", "not a regular file"),
            "socket.txt": ("skipped", "not a regular file"),
        }


def test_a_pipe_in_the_place_of_a_listed_file_is_not_waited_for(folder: Path) -> None:
    path = folder / "a.txt"
    path.write_text("text")
    (found,) = find_files([path])
    assert isinstance(found, FoundFile)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(FileUnavailableError, match="not a regular file any more"):
        found.read(10)


def test_links(parts: Parts, folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "a.txt").write_text(text_of("river"))
    (folder.parent / "secret.txt").write_text(text_of("secret"))
    (folder / "deep" / "around").symlink_to(folder)
    (folder / "again.txt").symlink_to("deep/a.txt")
    (folder / "out.txt").symlink_to("../secret.txt")
    (folder / "broken.txt").symlink_to("nothing.txt")
    (folder / "circle.txt").symlink_to("circle.txt")
    found = told(sync(parts, folder))
    assert (found.pop("deep/a.txt"), found.pop("out.txt")) == (
        ("added", None),
        ("skipped", "a link that leads out of the folder"),
    )
    assert {name: status for name, (status, _) in found.items()} == {"broken.txt": "failed", "circle.txt": "failed"}
    assert [document.uri for document in parts.store.documents(10)] == ["folder/deep/a.txt"]


def changing(monkeypatch: pytest.MonkeyPatch, path: Path, times: int) -> None:
    """Have something append to a file in the middle of its being read, so many times."""
    remaining = iter(range(times))

    def meanwhile(name: str, head: bytes) -> str | None:
        if name == path.name and next(remaining, None) is not None:
            with path.open("a") as file:
                file.write(" And more.")
        return refusal(name, head)

    monkeypatch.setattr(sources, "refusal", meanwhile)


def test_a_file_that_changes_while_it_is_read_is_read_again(
    parts: Parts, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.txt"
    path.write_text("A river.")
    changing(monkeypatch, path, times=2)
    assert told(sync(parts, folder)) == {"a.txt": ("added", None)}
    assert parts.store.text(parts.store.documents(1)[0].id) == "A river. And more. And more."
    assert sync(parts, folder).count("unchanged") == 1


def test_a_file_that_goes_on_changing_fails_and_keeps_what_was_taken_in(
    parts: Parts, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.txt"
    path.write_text("A river.")
    sync(parts, folder)
    path.write_text("A lake.")
    changing(monkeypatch, path, times=10)
    ((status, reason),) = told(sync(parts, folder)).values()
    assert status == "failed"
    assert str(reason).startswith("changes while it is being read")
    assert parts.store.text(parts.store.documents(1)[0].id) == "A river."
    monkeypatch.undo()
    assert told(sync(parts, folder)) == {"a.txt": ("changed", None)}


def test_a_file_that_vanishes_after_it_was_listed(parts: Parts, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(text_of(name))

    def list_and_remove(*arguments: Any) -> Any:
        found = list(list_folder(*arguments))
        (folder / "b.txt").unlink()
        return found

    with monkeypatch.context() as patched:
        patched.setattr("qa_service.folders.syncing.list_folder", list_and_remove)
        assert told(sync(parts, folder)) == {
            "a.txt": ("added", None),
            "b.txt": ("failed", "cannot be read: No such file or directory"),
        }
    assert told(sync(parts, folder)) == {"a.txt": ("unchanged", None)}


def test_a_full_disk_ends_the_sync_and_the_next_one_goes_on(tmp_path: Path, folder: Path) -> None:
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(text_of(*(f"thing {number} {index}" for index in range(40))))
    with small_disk(tmp_path / "disk", "24m") as disk:
        data = disk / "data"
        with opened(data, passage_characters=PASSAGE) as parts:
            fill(disk / "ballast")
            with (disk / "ballast").open("r+b") as ballast:
                ballast.truncate(ballast.seek(0, os.SEEK_END) - 2 * 2**20)
            with pytest.raises(StoreFullError, match="no space left"):
                syncer_of(parts, data).sync([folder])
            taken = parts.store.totals().documents
            assert 0 < taken < 40
            assert parts.store.database.problems() == []
        (disk / "ballast").unlink()
        with opened(data, passage_characters=PASSAGE) as parts:
            report = syncer_of(parts, data).sync([folder])
            assert (report.count("unchanged"), report.count("added")) == (taken, 40 - taken)


def test_documents_of_a_disk_that_is_not_mounted_stay(parts: Parts, folder: Path) -> None:
    (folder / "a.txt").write_text(text_of("river"))
    with small_disk(folder / "disk", "1m") as disk:
        (disk / "b.txt").write_text(text_of("lake"))
        (disk / "c.txt").write_text(text_of("sea"))
        assert sync(parts, folder).count("added") == 3
        (disk / "c.txt").unlink()
        assert told(sync(parts, folder))["disk/c.txt"] == ("removed", "its file is gone")
    ((name, (status, reason)),) = (item for item in told(sync(parts, folder)).items() if item[1][0] != "unchanged")
    assert (name, status) == ("disk/b.txt", "failed")
    assert str(reason).startswith("its file was on a disk that is not mounted now")
    assert {document.uri for document in parts.store.documents(10)} == {"folder/a.txt", "folder/disk/b.txt"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the root user reads everything")
def test_a_file_without_the_right_to_read_it_fails_until_there_is_one(parts: Parts, folder: Path) -> None:
    path = folder / "a.txt"
    path.write_text(text_of("river"))
    path.chmod(0)
    assert told(sync(parts, folder)) == {"a.txt": ("failed", "cannot be read: Permission denied")}
    path.chmod(0o600)
    assert told(sync(parts, folder)) == {"a.txt": ("added", None)}
