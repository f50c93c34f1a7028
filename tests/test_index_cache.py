"""The cache of the dense index: whatever is wrong with it, the store makes up for it without embedding anything."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from structlog.testing import capture_logs

from qa_service.dense import DenseIndex
from qa_service.index_cache import IndexCache
from tests.parts import Parts, RecordingEncoder, events, fill, opened, small_disk, take_in_three

_NOT_USABLE = "vector cache not usable; building it anew from the store"
_NOT_SAVED = "vector cache not saved; the next start brings it up from the store"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def parts(data: Path) -> Iterator[Parts]:
    with opened(data) as built:
        yield built


def payloads(data: Path) -> list[Path]:
    return sorted((data / "index").glob("*.faiss"))


def _truncated(folder: Path) -> None:
    (payload,) = folder.glob("*.faiss")
    payload.write_bytes(payload.read_bytes()[:-1])


def _flipped(folder: Path) -> None:
    (payload,) = folder.glob("*.faiss")
    content = bytearray(payload.read_bytes())
    content[len(content) // 2] ^= 1
    payload.write_bytes(content)


def _without_payload(folder: Path) -> None:
    (payload,) = folder.glob("*.faiss")
    payload.unlink()


def _without_manifest(folder: Path) -> None:
    (folder / "vectors.json").unlink()


def _bad_json(folder: Path) -> None:
    (folder / "vectors.json").write_text("{")


def _not_utf8(folder: Path) -> None:
    (folder / "vectors.json").write_bytes(b"\xff")


def _rewritten(**fields: object) -> Callable[[Path], None]:
    def rewrite(folder: Path) -> None:
        path = folder / "vectors.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    return rewrite


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_truncated, "sha256"),
        (_flipped, "sha256"),
        (_without_payload, "No such file"),
        (_without_manifest, "No such file"),
        (_bad_json, "Expecting property name"),
        (_not_utf8, "utf-8"),
        (_rewritten(fingerprint="0" * 64), "fingerprint 000000000000, not"),
        (_rewritten(generation=4), "generation 4 is ahead of the store's 3"),
        (_rewritten(generation=1), "sha256"),
        (_rewritten(generation="3"), "not supported between"),
        (_rewritten(file="../store.sqlite3"), "No such file"),
        (_rewritten(file=None), "NoneType"),
        (_rewritten(unknown=1), "unexpected keyword"),
    ],
)
def test_unusable_cache_is_brought_up_from_the_store(
    parts: Parts, data: Path, damage: Callable[[Path], None], reason: str
) -> None:
    take_in_three(parts)
    parts.dense.save()
    assert len(payloads(data)) == 1
    damage(data / "index")

    encoder = RecordingEncoder()
    with capture_logs() as logs, opened(data, encoder) as restarted:
        assert restarted.dense.problems() == []
        assert len(restarted.dense) == 3
        restarted.dense.save()
    assert events(logs) == [_NOT_USABLE]
    assert reason in str(logs[0]["reason"])
    assert encoder.embedded == []

    with capture_logs() as logs, opened(data) as again:
        assert len(again.dense) == 3
        assert again.dense.problems() == []
    assert events(logs) == []
    assert len(payloads(data)) == 1


@pytest.mark.parametrize("name", ["vectors.json", "vectors-*.faiss"])
def test_every_flipped_byte_is_harmless(parts: Parts, data: Path, name: str) -> None:
    take_in_three(parts)
    parts.dense.save()
    (path,) = (data / "index").glob(name)
    content = path.read_bytes()
    for position in range(0, len(content), max(1, len(content) // 400)):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        with capture_logs():
            index = DenseIndex(parts.store, data / "index", parts.encoder)
        assert index.problems() == [], f"byte {position} of {path.name}"


def test_cache_behind_the_store_is_used_and_brought_up(parts: Parts, data: Path) -> None:
    first, *_ = take_in_three(parts)
    parts.dense.save()
    parts.store.delete_document(first)
    parts.take_in("fourth", "The fourth sentence.")
    with capture_logs() as logs, opened(data) as restarted:
        assert len(restarted.dense) == 3
        assert restarted.dense.problems() == []
        restarted.dense.save()
    assert events(logs) == []
    assert len(payloads(data)) == 1


def test_cache_of_a_future_that_was_undone_is_not_taken_for_the_present(data: Path, tmp_path: Path) -> None:
    """A backup is put back beside a newer cache, and its documents then grow past the cache's generation."""
    with opened(data) as parts:
        parts.take_in("first", "The first sentence.")
    shutil.copy(data / "store.sqlite3", tmp_path / "backup")
    with opened(data) as parts:
        take_in_three(parts)
        parts.dense.save()
    shutil.copy(tmp_path / "backup", data / "store.sqlite3")
    with capture_logs() as logs, opened(data) as parts:  # ends without saving, as one that is killed
        for number in range(5):
            parts.take_in(f"other {number}", f"Another sentence {number}.")
        assert parts.dense.synchronise() == 6
    assert events(logs) == [_NOT_USABLE]
    with capture_logs(), opened(data) as parts:
        assert parts.dense.problems() == []


def test_cache_that_another_process_renews_during_a_start_is_used(
    parts: Parts, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_manifest = IndexCache._manifest
    take_in_three(parts)

    def renewed(cache: IndexCache) -> object:
        parts.take_in("fourth", "The fourth sentence.")
        with monkeypatch.context() as patch:
            patch.setattr(IndexCache, "_manifest", read_manifest)
            parts.dense.save()
        return read_manifest(cache)

    monkeypatch.setattr(IndexCache, "_manifest", renewed)
    with capture_logs() as logs, opened(data) as started:
        assert len(started.dense) == 4
        assert started.dense.problems() == []
    assert events(logs) == []


def test_first_start_logs_nothing(data: Path) -> None:
    with capture_logs() as logs, opened(data) as parts:
        assert parts.dense.problems() == []
        parts.dense.save()
    assert events(logs) == []


def test_saving_removes_what_older_and_killed_processes_left(parts: Parts, data: Path) -> None:
    folder = data / "index"
    folder.mkdir()
    for name in ("vectors-000000000000.faiss", ".vectors-000000000000.faiss.123.tmp", ".vectors.json.123.tmp"):
        (folder / name).write_bytes(b"left")
    (folder / "of another index").write_bytes(b"kept")
    take_in_three(parts)
    parts.dense.save()
    parts.take_in("fourth", "The fourth sentence.")
    parts.dense.save()
    (payload,) = payloads(data)
    names = {path.name for path in folder.iterdir()}
    assert names == {payload.name, "vectors.json", "vectors.lock", "of another index"}


def test_nothing_is_written_where_nothing_changed(parts: Parts, data: Path) -> None:
    take_in_three(parts)
    parts.dense.save()
    shutil.rmtree(data / "index")
    parts.dense.save()
    assert not (data / "index").exists()


def test_folder_that_cannot_be_written_is_logged_and_searched_all_the_same(parts: Parts, data: Path) -> None:
    take_in_three(parts)
    (data / "index").write_bytes(b"a file in its place")
    with capture_logs() as logs:
        parts.dense.save()
        assert parts.dense.problems() == []
    assert events(logs) == [_NOT_SAVED]
    (data / "index").unlink()
    parts.dense.save()
    assert len(payloads(data)) == 1


def test_full_disk_keeps_the_older_cache_and_leaves_no_rest(parts: Parts, data: Path) -> None:
    with small_disk(data / "index", "256k") as disk:
        take_in_three(parts)
        parts.dense.save()
        before = {path.name: path.read_bytes() for path in disk.iterdir()}
        parts.take_in("large", "\n\n".join(f"Paragraph {number}. " + "words " * 90 for number in range(700)))
        with capture_logs() as logs:
            parts.dense.save()
        assert events(logs) == [_NOT_SAVED]
        assert "No space left" in str(logs[0]["reason"])
        assert {path.name: path.read_bytes() for path in disk.iterdir()} == before
        with opened(data) as restarted:
            assert len(restarted.dense) == 3
            assert restarted.dense.problems() == []


def test_full_disk_between_payload_and_manifest_leaves_no_rest(parts: Parts, data: Path) -> None:
    """One page is free: enough for the payload alone."""
    with small_disk(data / "index", "64k") as disk:
        take_in_three(parts)
        fill(disk / "filler")
        os.truncate(disk / "filler", (disk / "filler").stat().st_size - 4096)
        with capture_logs() as logs:
            parts.dense.save()
        assert events(logs) == [_NOT_SAVED]
        assert {path.name for path in disk.iterdir()} <= {"filler", "vectors.lock"}


def test_save_of_a_process_that_hangs_is_not_waited_for_without_end(
    parts: Parts, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.index_cache._LOCK_SECONDS", 0)
    take_in_three(parts)
    (data / "index").mkdir()
    with FileLock(data / "index" / "vectors.lock"), capture_logs() as logs:
        parts.dense.save()
    assert events(logs) == [_NOT_SAVED]
