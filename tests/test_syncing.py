"""Folders kept in step: what is followed, what is read for it, and what is never removed."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qa_service import sources
from qa_service.errors import FolderError, InvalidRequestError
from qa_service.folders.patterns import Patterns
from qa_service.folders.run import SyncOptions
from qa_service.folders.syncing import Syncer
from qa_service.outcomes import Report
from qa_service.recipes import recipe_for
from qa_service.records import document_id
from qa_service.sources import FoundFile, origin_of
from tests.parts import (
    PASSAGE,
    Parts,
    RecordingEncoder,
    opened,
    paragraph,
    stored_vectors,
    syncer_of,
    text_of,
    texts_of_passages,
)
from tests.test_sync_crash import everything

RETRY = SyncOptions(is_retry=True)
DELETE_MANY = SyncOptions(may_delete_many=True)
DRY_RUN = SyncOptions(is_dry_run=True)


@dataclass(frozen=True, slots=True)
class Synced:
    """A folder, a data folder beside it, and the files that were read since `reads` was last cleared."""

    folder: Path
    parts: Parts
    syncer: Syncer
    reads: list[str]

    def write(self, name: str, *subjects: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(*subjects) if subjects else " ", encoding="utf-8")
        return path

    def report(self, options: SyncOptions = SyncOptions()) -> Report:  # noqa: B008
        return self.syncer.sync([self.folder], options)

    def sync(self, options: SyncOptions = SyncOptions()) -> dict[str, set[str]]:  # noqa: B008
        """Sync and return the names of files by what became of them, save those that are unchanged."""
        found: dict[str, set[str]] = {}
        for outcome in self.report(options).outcomes:
            if outcome.status != "unchanged":
                found.setdefault(outcome.status, set()).add(outcome.uri.removeprefix("folder/"))
        return found

    def ids(self) -> dict[str, str]:
        """Return the documents' ids by what people see of their files."""
        return {document.uri.removeprefix("folder/"): document.id for document in self.parts.store.documents(500)}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files read; files count as settled at once, since tests do not wait two seconds."""
    monkeypatch.setattr(sources, "_COARSEST_CLOCK_NS", 0)
    names: list[str] = []
    read = FoundFile.read

    def recorded(file: FoundFile, bound: int) -> Any:
        names.append(file.path.name)
        return read(file, bound)

    monkeypatch.setattr(FoundFile, "read", recorded)
    return names


@pytest.fixture
def synced(tmp_path: Path, reads: list[str]) -> Iterator[Synced]:
    (tmp_path / "folder").mkdir()
    with opened(tmp_path / "data", RecordingEncoder(), passage_characters=PASSAGE) as parts:
        yield Synced(tmp_path / "folder", parts, syncer_of(parts, tmp_path / "data"), reads)


# --- what is followed ---


def test_new_changed_and_deleted_files_are_followed(synced: Synced) -> None:
    for name in ("a.txt", "b.txt", "under/c.md"):
        synced.write(name, name)
    assert synced.sync() == {"added": {"a.txt", "b.txt", "under/c.md"}}
    ids = synced.ids()
    synced.write("a.txt", "another")
    (synced.folder / "b.txt").unlink()
    synced.write("d.txt", "d")
    assert synced.sync() == {"added": {"d.txt"}, "changed": {"a.txt"}, "removed": {"b.txt"}}
    assert sorted(texts_of_passages(synced.parts)) == sorted(map(paragraph, ("another", "under/c.md", "d")))
    assert synced.ids() == {
        "a.txt": ids["a.txt"],
        "under/c.md": ids["under/c.md"],
        "d.txt": document_id(origin_of(synced.folder / "d.txt")),
    }
    assert synced.parts.dense.problems() == synced.parts.lexical.problems() == []
    assert synced.sync() == {}


def test_what_is_unchanged_is_not_read_and_needs_no_model(synced: Synced, tmp_path: Path) -> None:
    for number in range(5):
        synced.write(f"{number}.txt", str(number))
    synced.write("empty.txt")
    (synced.folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    first = synced.report()
    assert [first.count(status) for status in ("added", "failed", "skipped")] == [5, 1, 1]
    synced.reads.clear()

    def load() -> Any:
        pytest.fail("the model was loaded")

    idle = Syncer(synced.syncer._records, recipe_for(PASSAGE), 2**20, tmp_path / "data", load)
    again = idle.sync([synced.folder])
    assert [again.count(status) for status in ("unchanged", "failed", "skipped")] == [5, 1, 1]
    assert synced.reads == []
    (synced.folder / "0.txt").unlink()
    (synced.folder / "1.txt").rename(synced.folder / "new name.txt")
    moved = idle.sync([synced.folder])
    assert [moved.count(status) for status in ("unchanged", "removed", "renamed")] == [3, 1, 1]
    assert synced.reads == ["new name.txt"] * 1


def test_a_file_with_other_times_is_read_and_not_parsed(synced: Synced, monkeypatch: pytest.MonkeyPatch) -> None:
    path = synced.write("a.txt", "river")
    synced.sync()
    os.utime(path, (1, 1))
    monkeypatch.setattr("qa_service.parsers.process.ParserProcess.parse", lambda *_: pytest.fail("parsed"))
    synced.reads.clear()
    assert synced.sync() == {}
    assert synced.reads == ["a.txt"]
    assert synced.sync() == {}
    assert synced.reads == ["a.txt"]


def test_a_file_that_was_written_a_moment_ago_is_read_again(synced: Synced, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another change in the same tick of the file system's clock would not show in its times."""
    monkeypatch.setattr(sources, "_COARSEST_CLOCK_NS", 2 * 10**9)
    synced.write("a.txt", "river")
    assert synced.sync() == {"added": {"a.txt"}}
    assert synced.sync() == {}
    assert synced.reads == ["a.txt"] * 3  # to be taken in, and each time since
    assert sources.FileStamp(1, 5 * 10**9, 6 * 10**9, 1, 1).is_settled(9 * 10**9)
    assert not sources.FileStamp(1, 5 * 10**9, 6 * 10**9, 1, 1).is_settled(7 * 10**9)
    assert not sources.FileStamp(1, 9 * 10**9, 6 * 10**9, 1, 1).is_settled(10 * 10**9)


def test_a_file_saved_under_another_name_and_renamed_is_changed(synced: Synced) -> None:
    """As editors do, so that a crash leaves one whole file or the other."""
    path = synced.write("a.txt", "river")
    synced.sync()
    before = synced.ids()
    synced.write(".a.txt.new", "lake").replace(path)
    assert synced.sync() == {"changed": {"a.txt"}}
    assert synced.ids() == before


def test_documents_made_in_another_way_are_taken_in_again(synced: Synced, tmp_path: Path) -> None:
    synced.write("a.txt", "river", "lake")
    synced.sync()
    assert len(texts_of_passages(synced.parts)) == 2
    with opened(tmp_path / "data", passage_characters=3 * PASSAGE) as wider:
        (outcome,) = syncer_of(wider, tmp_path / "data", 3 * PASSAGE).sync([synced.folder]).outcomes
        assert (outcome.status, outcome.reason) == ("changed", "the same content, parsed and split as is done now")
        assert len(texts_of_passages(wider)) == 1


# --- what moves ---


def test_a_renamed_file_keeps_its_document(synced: Synced) -> None:
    synced.write("a.txt", "river")
    (synced.folder / "titled.md").write_text(f"# Lakes\n\n{paragraph('lake')}", encoding="utf-8")
    synced.sync()
    before, generation = synced.ids(), synced.parts.store.generation()
    synced.parts.encoder.embedded.clear()  # type: ignore[attr-defined]
    (synced.folder / "a.txt").rename(synced.folder / "ў.txt")
    (synced.folder / "deep").mkdir()
    (synced.folder / "titled.md").rename(synced.folder / "deep" / "b.md")
    report = synced.report()
    assert [(outcome.status, outcome.uri, outcome.previous_uri) for outcome in report.outcomes] == [
        ("renamed", "folder/deep/b.md", "folder/titled.md"),
        ("renamed", "folder/ў.txt", "folder/a.txt"),
    ]
    assert synced.ids() == {"ў.txt": before["a.txt"], "deep/b.md": before["titled.md"]}
    titles = {document.title for document in synced.parts.store.documents(10)}
    assert titles == {"ў", "Lakes"}
    assert synced.parts.encoder.embedded == []  # type: ignore[attr-defined]
    assert synced.parts.store.generation() == generation + 1
    assert synced.parts.dense.problems() == synced.parts.lexical.problems() == []


def test_a_new_file_where_another_was_moved_away_is_another_document(synced: Synced) -> None:
    for turn in range(3):
        synced.write("a.txt", f"river {turn}")
        assert synced.sync() == {"added": {"a.txt"}}
        (synced.folder / "a.txt").rename(synced.folder / f"{turn}.txt")
        assert synced.sync() == {"renamed": {f"{turn}.txt"}}
    ids = synced.ids()
    origin = origin_of(synced.folder / "a.txt")
    assert [ids[f"{turn}.txt"] for turn in range(3)] == [document_id(origin, attempt) for attempt in range(3)]
    assert len(set(ids.values())) == 3
    for turn, identifier in enumerate(ids[f"{number}.txt"] for number in range(3)):
        assert synced.parts.store.text(identifier) == paragraph(f"river {turn}")


def test_a_path_that_is_still_there_keeps_its_document(synced: Synced) -> None:
    """A backup beside the file, as some editors make: the old content is what is new."""
    path = synced.write("a.txt", "river")
    synced.sync()
    before = synced.ids()["a.txt"]
    path.rename(synced.folder / "a.old.txt")
    synced.write("a.txt", "lake")
    assert synced.sync() == {"added": {"a.old.txt"}, "changed": {"a.txt"}}
    assert synced.ids()["a.txt"] == before


def test_a_folder_with_many_files_is_renamed_in_one_change(synced: Synced) -> None:
    for number in range(30):
        synced.write(f"old/{number}.txt", f"thing {number}", "common")
    synced.sync()
    before, generation = synced.ids(), synced.parts.store.generation()
    (synced.folder / "old").rename(synced.folder / "new")
    assert synced.sync() == {"renamed": {f"new/{number}.txt" for number in range(30)}}
    assert synced.ids() == {name.replace("old/", "new/"): identifier for name, identifier in before.items()}
    assert synced.parts.store.generation() == generation + 1


def test_copies_are_documents_of_their_own_and_are_told_apart_by_the_file(synced: Synced) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        synced.write(name, "river")
    assert synced.sync() == {"added": {"a.txt", "b.txt", "c.txt"}}
    before = synced.ids()
    assert stored_vectors(synced.parts.store) == 1
    (synced.folder / "c.txt").rename(synced.folder / "x.txt")
    (synced.folder / "a.txt").rename(synced.folder / "y.txt")
    (synced.folder / "b.txt").unlink()
    assert synced.sync() == {"renamed": {"x.txt", "y.txt"}, "removed": {"b.txt"}}
    assert synced.ids() == {"x.txt": before["c.txt"], "y.txt": before["a.txt"]}
    assert texts_of_passages(synced.parts) == [paragraph("river")] * 2


def test_a_name_that_tells_another_format_has_the_file_parsed_anew(synced: Synced) -> None:
    path = synced.folder / "a.txt"
    path.write_text(f"# Lakes\n\n{paragraph('lake')}", encoding="utf-8")
    synced.sync()
    before = synced.ids()["a.txt"]
    path.rename(path.with_suffix(".md"))
    assert synced.sync() == {"renamed": {"a.md"}}
    assert synced.ids() == {"a.md": before}
    document = synced.parts.store.document(before)
    assert (document.media_type, document.title) == ("text/markdown", "Lakes")
    assert synced.sync() == {}


def test_a_file_moved_from_one_folder_to_another_keeps_its_document(synced: Synced, tmp_path: Path) -> None:
    path, other = synced.write("a.txt", "river"), tmp_path / "other"
    synced.write("stays.txt", "lake")
    other.mkdir()
    synced.syncer.sync([synced.folder, other])
    before = synced.ids()["a.txt"]
    path.rename(other / "b.txt")
    report = synced.syncer.sync([folder.path for folder in synced.syncer.folders()])
    assert [(each.uri, each.status) for each in report.outcomes] == [
        ("folder/stays.txt", "unchanged"),
        ("other/b.txt", "renamed"),
    ]
    assert synced.ids()["other/b.txt"] == before
    assert [folder.documents for folder in synced.syncer.folders()] == [1, 1]


# --- what fails ---


def test_a_failed_file_is_told_again_and_not_parsed_again(synced: Synced) -> None:
    synced.write("a.txt")
    synced.write("good.txt", "river")
    first = synced.report()
    synced.reads.clear()
    again = synced.report()
    assert [outcome.reason for outcome in again.outcomes if outcome.status == "failed"] == [
        outcome.reason for outcome in first.outcomes if outcome.status == "failed"
    ]
    assert synced.reads == []
    assert synced.sync(RETRY) == {"failed": {"a.txt"}}
    assert set(synced.reads) == {"a.txt"}
    synced.write("a.txt", "lake")
    assert synced.sync() == {"added": {"a.txt"}}


def test_a_file_that_fails_now_keeps_what_was_taken_in_before(synced: Synced) -> None:
    path = synced.write("a.txt", "river")
    synced.write("b.txt", "lake")
    synced.sync()
    before = synced.ids()
    path.write_bytes(b"%PDF-1.7 and nothing more")
    for _ in range(2):
        (failed,) = (outcome for outcome in synced.report().outcomes if outcome.status != "unchanged")
        assert (failed.status, failed.uri, failed.document_id) == ("failed", "folder/a.txt", before["a.txt"])
        assert str(failed.reason).endswith("; what was taken in of it before stays")
    path.rename(synced.folder / "c.txt")
    assert synced.sync() == {"failed": {"c.txt"}}
    assert synced.ids() == {"c.txt": before["a.txt"], "b.txt": before["b.txt"]}
    assert synced.parts.store.text(before["a.txt"]) == paragraph("river")
    (synced.folder / "c.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert synced.sync() == {"failed": {"c.txt"}}
    (synced.folder / "c.txt").unlink()
    assert synced.sync() == {"removed": {"c.txt"}}


def test_a_file_over_the_bound_fails_until_it_fits(synced: Synced) -> None:
    path = synced.folder / "large.txt"
    path.write_text("x" * (2**20 + 1))
    for _ in range(2):
        assert synced.sync() == {"failed": {"large.txt"}}
    synced.write("large.txt", "river")
    assert synced.sync() == {"added": {"large.txt"}}


# --- what is never removed ---


def test_a_folder_that_is_missing_is_a_failure_and_removes_nothing(synced: Synced, tmp_path: Path) -> None:
    synced.write("a.txt", "river")
    synced.sync()
    before = everything(synced.parts)
    synced.folder.rename(tmp_path / "elsewhere")
    (outcome,) = synced.report(DELETE_MANY).outcomes
    assert (outcome.status, outcome.uri) == ("failed", str(synced.folder))
    assert "cannot be found" in str(outcome.reason)
    synced.folder.write_text("a file now")
    assert "is not a folder" in str(synced.report().outcomes[0].reason)
    assert everything(synced.parts) == before


def test_a_folder_that_cannot_be_listed_keeps_its_documents(synced: Synced, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("closed/a.txt", "closed/deep/b.txt", "closed 2/c.txt", "d.txt"):
        synced.write(name, name)
    synced.sync()
    (synced.folder / "closed 2" / "c.txt").unlink()
    scandir = os.scandir

    def scan(path: Path | int) -> Any:
        if isinstance(path, Path) and path.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    assert synced.sync() == {"failed": {"closed"}, "removed": {"closed 2/c.txt"}}
    assert set(synced.ids()) == {"closed/a.txt", "closed/deep/b.txt", "d.txt"}


def test_an_emptied_folder_and_one_that_lost_most_need_a_word(synced: Synced) -> None:
    for number in range(20):
        synced.write(f"{number}.txt", f"thing {number}")
    synced.sync()
    for number in range(11):
        (synced.folder / f"{number}.txt").unlink()
    synced.write("new.txt", "new")
    report = synced.report()
    (failed,) = (outcome for outcome in report.outcomes if outcome.status == "failed")
    assert failed.uri == str(synced.folder)
    assert "11 of its 20 documents" in str(failed.reason)
    assert "--delete-many" in str(failed.reason)
    assert (report.count("added"), len(synced.ids())) == (1, 21)
    (synced.folder / "11.txt").unlink()
    synced.write("0.txt", "thing 0")  # back: 11 of 21 are missing
    assert synced.sync(DELETE_MANY) == {"removed": {f"{number}.txt" for number in range(1, 12)}}

    for path in synced.folder.iterdir():
        path.unlink()
    assert synced.sync() == {"failed": {str(synced.folder)}}
    assert len(synced.ids()) == 10
    assert len(synced.sync(DELETE_MANY)["removed"]) == 10
    assert synced.ids() == {}


def test_a_few_of_few_may_go_without_a_word(synced: Synced) -> None:
    for number in range(9):
        synced.write(f"{number}.txt", f"thing {number}")
    synced.sync()
    for number in range(8):
        (synced.folder / f"{number}.txt").unlink()
    assert synced.sync() == {"removed": {f"{number}.txt" for number in range(8)}}


# --- what is chosen ---


def test_patterns_choose_are_remembered_and_replaced(synced: Synced) -> None:
    for name in (
        "a.txt",
        "b.md",
        "drafts/c.md",
        "notes/drafts/d.md",
        "notes/e.md",
        ".hidden.md",
        "~$open.docx",
        "f.md~",
    ):
        synced.write(name, name)
    chosen = SyncOptions(Patterns(include=("*.md",), exclude=("drafts/",)))
    assert synced.sync(chosen) == {"added": {"b.md", "notes/e.md"}}
    synced.write("notes/g.txt", "g")
    assert synced.sync() == {}
    assert synced.syncer.folders()[0].patterns == chosen.patterns
    assert synced.sync(SyncOptions(Patterns(exclude=("/notes/*.md",)))) == {
        "added": {"a.txt", "drafts/c.md", "notes/drafts/d.md", "notes/g.txt"},
        "removed": {"notes/e.md"},
    }
    outcomes = synced.report(SyncOptions(Patterns(exclude=("b.md",)))).outcomes
    (removed,) = (outcome for outcome in outcomes if outcome.status == "removed")
    assert (removed.uri, removed.reason) == ("folder/b.md", "its file is left out now")
    assert set(synced.ids()) == {"a.txt", "drafts/c.md", "notes/drafts/d.md", "notes/e.md", "notes/g.txt"}


@pytest.mark.parametrize("pattern", ["", "  ", "#note", "!", "/"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"--exclude is .*; it must be a pattern as in .gitignore files"):
        Patterns(exclude=(pattern,))


def test_a_dry_run_tells_what_the_next_run_does_and_changes_nothing(synced: Synced, tmp_path: Path) -> None:
    for name in ("same.txt", "changed.txt", "moved.txt", "gone.txt"):
        synced.write(name, name)
    assert synced.sync(DRY_RUN) == {"added": {"same.txt", "changed.txt", "moved.txt", "gone.txt"}}
    assert synced.syncer.folders() == []
    synced.sync()
    synced.write("changed.txt", "another")
    (synced.folder / "moved.txt").rename(synced.folder / "there.txt")
    (synced.folder / "gone.txt").unlink()
    synced.write("new.txt", "new")
    (synced.folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    os.utime(synced.folder / "same.txt", (1, 1))
    before, generation = everything(synced.parts), synced.parts.store.generation()
    told = synced.sync(DRY_RUN)
    assert (everything(synced.parts), synced.parts.store.generation()) == (before, generation)
    assert told == synced.sync()
    assert set(told) == {"added", "changed", "renamed", "removed", "skipped"}


# --- with the other ways in ---


def test_what_was_ingested_by_name_is_the_same_document(synced: Synced) -> None:
    path = synced.write("a.txt", "river")
    (ingested,) = synced.parts.ingester.ingest_paths([path]).outcomes
    assert synced.sync() == {}
    synced.write("a.txt", "lake")
    (again,) = synced.parts.ingester.ingest_paths([path]).outcomes
    assert (again.status, again.document_id) == ("replaced", ingested.document_id)
    assert synced.sync() == {}
    path.rename(synced.folder / "b.txt")
    assert synced.sync() == {"renamed": {"b.txt"}}
    (moved,) = synced.parts.ingester.ingest_paths([synced.folder]).outcomes
    assert (moved.status, moved.document_id) == ("unchanged", ingested.document_id)


def test_a_moved_file_that_was_ingested_first_is_not_taken_for_the_old_one(synced: Synced) -> None:
    path = synced.write("a.txt", "river")
    synced.write("other.txt", "lake")
    synced.sync()
    moved = path.rename(synced.folder / "b.txt")
    (ingested,) = synced.parts.ingester.ingest_paths([moved]).outcomes
    assert synced.sync() == {"removed": {"a.txt"}}
    assert synced.ids()["b.txt"] == ingested.document_id


def test_a_deleted_document_comes_back_while_its_file_is_there(synced: Synced) -> None:
    synced.write("a.txt", "river")
    synced.sync()
    synced.parts.store.delete_document(synced.ids()["a.txt"])
    assert synced.sync() == {"added": {"a.txt"}}


def test_rebuilding_keeps_documents_in_step(synced: Synced, tmp_path: Path) -> None:
    synced.write("a.txt", "river")
    synced.sync()
    (synced.folder / "a.txt").rename(synced.folder / "b.txt")
    synced.sync()
    before = everything(synced.parts)["files"]
    with opened(tmp_path / "data", RecordingEncoder(64), passage_characters=PASSAGE) as other:
        other.ingester.rebuild()
        assert everything(other)["files"] == before
        assert [document.uri for document in other.store.documents(10)] == ["folder/b.txt"]
        (outcome,) = syncer_of(other, tmp_path / "data").sync([synced.folder]).outcomes
        assert outcome.status == "unchanged"


# --- folders ---


def test_folders_do_not_overlap_and_a_forgotten_one_keeps_its_documents(synced: Synced, tmp_path: Path) -> None:
    synced.write("inner/a.txt", "river")
    inner = synced.folder / "inner"
    synced.syncer.sync([inner])
    (outer,) = synced.report().outcomes
    assert "first run `qa-service sync --forget" in str(outer.reason)
    with pytest.raises(FolderError, match="is not kept in step"):
        synced.syncer.forget(synced.folder)
    assert synced.syncer.forget(inner).documents == 1
    before = synced.ids()
    assert list(before) == ["inner/a.txt"]
    assert synced.sync() == {}
    assert "lies in" in str(synced.syncer.sync([inner]).outcomes[0].reason)
    (inner / "a.txt").rename(synced.folder / "b.txt")
    assert synced.sync() == {"renamed": {"b.txt"}}
    assert list(synced.ids().values()) == list(before.values())


def test_the_data_folder_is_never_looked_into(tmp_path: Path, reads: list[str]) -> None:
    data = tmp_path / "folder" / "data"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text(text_of("river"))
    with opened(data, passage_characters=PASSAGE) as parts:
        syncer = syncer_of(parts, data)
        (data / "note.txt").write_text(text_of("lake"))
        assert [each.uri for each in syncer.sync([tmp_path / "folder"]).outcomes] == ["folder/a.txt"]
        assert "data folder" in str(syncer.sync([data]).outcomes[0].reason)
        assert "data folder" in str(syncer.sync([data / "index"]).outcomes[0].reason)
    shutil.rmtree(data)
