"""A data folder into one archive and back: the same answers; whatever is not whole is refused and changes nothing."""

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.backups.archive import opened_archive
from qa_service.backups.exporting import export_backup
from qa_service.backups.restoring import Mode, Plan, import_backup, plan_import, verify
from qa_service.backups.tables import TABLES
from qa_service.errors import BackupError, StoreFullError
from qa_service.migrations import MIGRATIONS
from qa_service.outcomes import Progress
from qa_service.sites.feedback import FeedbackLog, NewFeedback, Place
from qa_service.sites.keys import SiteKeys
from qa_service.store import Store
from qa_service.types import SearchResult
from tests.parts import PASSAGE, Parts, RecordingEncoder, meanwhile, opened, small_disk, text_of

RECIPE = "recipe of these tests"
GENERATION = 10
"""Where that column of the table of passages stands, since its first version."""

TEXTS = {
    "rivers": text_of("river", "lake", "sea"),
    "горы": "Гара Дзяржынская — найвышэйшая кропка Беларусі, 345 метраў.\n\nСям'я і сям’я, і сямʼя: ўсе ў хаце.",
    "empty-ish": "x",
    "again": text_of("lake"),
}
QUESTIONS = ("Where is the lake?", "Якая вышыня гары?", "сям'я ў хаце", "river sea")


def fill(parts: Parts, texts: dict[str, str] = TEXTS) -> None:
    for name, text in texts.items():
        parts.take_in(name, text)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a calibration of its own. Only read from it."""
    data = tmp_path_factory.mktemp("stocked") / "data"
    with opened(data, passage_characters=PASSAGE) as parts:
        gone = parts.take_in("gone", text_of("fish", "bird"))
        fill(parts)
        parts.ingester.delete(gone)
        place = Place(parts.take_in("rivers", TEXTS["rivers"]), 1, 0, 3)
        parts.ingester.delete(parts.take_in("last", text_of("cloud")))
        SiteKeys(parts.store.database).create("Дакументы", ["https://example.org"])
        FeedbackLog(parts.store).keep(NewFeedback("0" * 32, "up", None, None, "Дзе?", "be", True, (place,), None))
    (data / "calibration.json").write_text('{"any": "bytes"}')
    return data


@pytest.fixture(scope="module")
def archive(stocked: Path) -> Path:
    path = stocked.parent / "backup.zip"
    export(stocked, path)
    return path


def export(data: Path, path: Path, **options: Any) -> None:
    store = Store(data / "store.sqlite3")
    try:
        export_backup(store, data, path, **options)
    finally:
        store.close()


def restore(path: Path, data: Path, mode: Mode = "fill") -> Plan:
    store = Store(data / "store.sqlite3")
    try:
        with opened_archive(path, lambda done, total: None) as archive:
            return import_backup(store, data, archive, mode, RECIPE)
    finally:
        store.close()


def dump(data: Path) -> dict[str, list[Any]]:
    """Return every row of every table; bookkeeping of SQLite's own included."""
    store = Store(data / "store.sqlite3")
    try:
        with store.database.reading() as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}
    finally:
        store.close()


def state_of(data: Path) -> dict[str, bytes]:
    """Return what stands in a data folder, the database as its rows."""
    kept = {path.name: path.read_bytes() for path in data.iterdir() if path.suffix in (".json", ".zip")}
    return kept | {"rows": repr(dump(data)).encode()}


def answers(parts: Parts) -> list[SearchResult]:
    service = parts.service()
    return [service.search(question, 10) for question in QUESTIONS]


def same_part(found: SearchResult) -> Any:
    return found.question, found.hits, found.index, found.support


# --- the same afterwards ---


def test_everything_is_the_same_in_a_new_folder(stocked: Path, archive: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    plan = restore(archive, data)
    assert (len(plan.added), plan.unchanged, plan.kept, plan.removed) == (len(TEXTS), 0, (), 0)
    before, after = dump(stocked), dump(data)
    assert {row[GENERATION] for row in after["passages"]} == {before["state"][0][1]}, "every index takes them for new"
    for rows in (before, after):
        rows["passages"] = [(*row[:GENERATION], *row[GENERATION + 1 :]) for row in rows["passages"]]
    assert after == before
    assert (data / "calibration.json").read_bytes() == (stocked / "calibration.json").read_bytes()
    encoder = RecordingEncoder()
    with opened(stocked) as old, opened(data, encoder, passage_characters=PASSAGE) as new:
        assert list(map(same_part, answers(new))) == list(map(same_part, answers(old)))
        assert any(found.hits for found in answers(new))
        assert new.dense.problems() == new.lexical.problems() == new.store.database.problems() == []
        encoder.embedded.clear()  # what measures the model's centres
        identifier = new.take_in("new", text_of("hill"))
        (passage,) = [
            found for found in new.store.passages(new.store.passage_ids()).values() if found.document.id == identifier
        ]
        assert passage.id == before["sqlite_sequence"][0][1] + 1, "an id that was given away before is not given again"
    assert encoder.embedded == [passage.text]


def test_archive_is_a_zip_with_the_originals(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened_zip:
        assert opened_zip.testzip() is None
        originals = {opened_zip.read(name).decode() for name in opened_zip.namelist() if name.startswith("originals/")}
    assert originals == set(TEXTS.values())
    content = archive.read_bytes()
    assert content[-64:].decode() == hashlib.sha256(content[:-71]).hexdigest()


def test_folder_without_documents(tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    export(tmp_path / "empty", path)
    assert restore(path, tmp_path / "data") == Plan("fill", frozenset(), 0, (), 0, 0)
    with opened(tmp_path / "data") as parts:
        fill(parts)
    assert restore(path, tmp_path / "data", "replace").removed == len(TEXTS)
    assert [dump(tmp_path / "data")[name] for name in ("documents", "passages", "vectors", "language_sums")] == [[]] * 4


def test_what_becomes_of_every_table_is_decided(stocked: Path) -> None:
    tables = {name for name in dump(stocked) if not name.startswith("sqlite_")}
    assert tables == set(TABLES), (
        "a migration made or dropped a table: decide in qa_service/backups/tables.py what a backup does"
    )


def test_documents_cut_otherwise_are_counted(archive: Path, tmp_path: Path) -> None:
    assert restore(archive, tmp_path / "data").recut == len(TEXTS)


# --- into a folder that holds something ---


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A data folder with one document of the archive, one under the same name that is another, and one of its own."""
    data = tmp_path / "other"
    with opened(data, passage_characters=PASSAGE) as parts:
        fill(parts, {"again": TEXTS["again"], "rivers": text_of("brook"), "own": text_of("garden")})
    return data


def titles(data: Path) -> list[str]:
    with opened(data) as parts:
        assert parts.dense.problems() == parts.lexical.problems() == parts.store.database.problems() == []
        return sorted(document.title for document in parts.store.documents(50))


def test_documents_in_the_way_are_not_touched_unasked(archive: Path, other: Path) -> None:
    before = state_of(other)
    with pytest.raises(BackupError, match=r"holds 3 documents already; .*--merge .*--replace .*--data"):
        restore(archive, other)
    assert state_of(other) == before


def test_merging_adds_what_is_lacking_and_keeps_what_is_there(archive: Path, other: Path) -> None:
    plan = restore(archive, other, "merge")
    assert (len(plan.added), plan.unchanged, plan.kept, plan.removed) == (2, 1, ("rivers.txt",), 0)
    with opened(other) as parts:
        texts = {document.uri: parts.store.text(document.id) for document in parts.store.documents(50)}
        assert texts.pop("own.txt") == text_of("garden")
        assert texts.pop("rivers.txt") == text_of("brook")
        assert texts == {f"{name}.txt": TEXTS[name] for name in ("горы", "empty-ish", "again")}
    assert titles(other)
    before = dump(other)["passages"]
    assert restore(archive, other, "merge").added == frozenset()
    assert dump(other)["passages"] == before


def test_document_that_has_another_id_in_the_folder_is_known_by_where_it_came_from(archive: Path, other: Path) -> None:
    """A renamed file keeps its document's id, and another may then have the name."""
    store = Store(other / "store.sqlite3")
    with store.database.writing() as connection:
        connection.execute("UPDATE documents SET origin = 'test:горы' WHERE origin = 'test:own'")
    store.close()
    plan = restore(archive, other, "merge")
    assert (len(plan.added), plan.unchanged, plan.kept) == (1, 1, ("rivers.txt", "горы.txt"))
    assert titles(other)


def test_merging_leaves_a_calibration_that_is_there(archive: Path, other: Path) -> None:
    (other / "calibration.json").write_text("own")
    restore(archive, other, "merge")
    assert (other / "calibration.json").read_text() == "own"


def test_replacing_leaves_nothing_of_what_was_there(stocked: Path, archive: Path, other: Path) -> None:
    with opened(other) as reader:
        assert reader.retriever.search("garden", 5).hits
        assert restore(archive, other, "replace").removed == 3
        with opened(stocked) as old:
            found = [[hit.passage.text for hit in result.hits] for result in answers(reader)]
            assert found == [[hit.passage.text for hit in result.hits] for result in answers(old)]
        assert reader.dense.problems() == reader.lexical.problems() == []
    rows, expected = dump(other), dump(stocked)
    for name in ("documents", "contents", "language_sums"):
        assert rows[name] == expected[name]
    assert {row[0] for row in rows["vectors"]} == {row[0] for row in expected["vectors"]}


def test_vectors_of_two_models_do_not_mix(archive: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "data", RecordingEncoder(64)) as parts:
        parts.take_in("own", text_of("garden"))
    before = state_of(tmp_path / "data")
    with pytest.raises(BackupError, match=r"'hashing-256'.*'hashing-64'.*cannot be mixed.*QA_MODEL"):
        restore(archive, tmp_path / "data", "merge")
    assert state_of(tmp_path / "data") == before


def test_another_model_embeds_anew_and_goes_on_where_it_was(archive: Path, tmp_path: Path) -> None:
    restore(archive, tmp_path / "data")
    encoder = RecordingEncoder(64)
    with opened(tmp_path / "data", encoder, passage_characters=PASSAGE) as parts:
        assert parts.ingester.rebuild().embedded == len(set(encoder.embedded))
        assert parts.ingester.rebuild().embedded == 0
        assert parts.retriever.search("Where is the lake?", 5).hits


def test_caches_of_a_database_that_is_gone_are_not_taken_for_its_own(archive: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with opened(data) as parts:
        parts.take_in("other", text_of("garden", "wood"))
        service = parts.service()
        service.search("garden")
        service.close()
    for path in data.glob("store.sqlite3*"):
        path.unlink()
    restore(archive, data)
    assert titles(data)


# --- while others work ---


def test_export_holds_one_moment_while_documents_come_and_go(tmp_path: Path) -> None:
    data = tmp_path / "data"
    numbers = iter(range(10_000))

    def change() -> None:
        number = next(numbers)
        with_both = f"pair {number}"
        parts.take_in(f"{with_both} left", text_of(with_both))
        parts.ingester.delete(parts.take_in("passing", text_of("passing")))

    with opened(data, passage_characters=PASSAGE) as parts:
        change()
        with meanwhile(change):
            for number in range(3):
                generation = parts.store.generation()
                export(data, tmp_path / f"{number}.zip")
                restore(tmp_path / f"{number}.zip", tmp_path / f"restored {number}")
                with opened(tmp_path / f"restored {number}") as restored:
                    assert restored.store.generation() >= generation
                    assert restored.store.totals().passages == restored.store.totals().documents > 0
                    assert restored.dense.problems() == restored.store.database.problems() == []


def test_progress_reaches_its_end(archive: Path, stocked: Path, tmp_path: Path) -> None:
    steps: list[Progress] = []
    export(stocked, tmp_path / "backup.zip", on_progress=steps.append)
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].done == steps[-1].total
    read: list[tuple[int, int]] = []
    with opened_archive(archive, lambda done, total: read.append((done, total))):
        assert read[-1][0] == read[-1][1] - 71 or read[-1][0] == read[-1][1]


# --- files in the way, disks that are full ---


def test_file_that_exists_is_replaced_only_where_that_is_asked(stocked: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    path.write_text("mine")
    with pytest.raises(BackupError, match=r"backup\.zip exists, .*--force"):
        export(stocked, path)
    assert path.read_text() == "mine"
    export(stocked, path, replaces=True)
    restore(path, tmp_path / "data")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["backup.zip", "data"]


def test_file_that_appears_meanwhile_is_not_replaced(stocked: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    with pytest.raises(BackupError, match="exists"):
        export(stocked, path, on_progress=lambda _: path.write_text("mine"))
    assert [file.name for file in tmp_path.iterdir()] == ["backup.zip"]
    assert path.read_text() == "mine"


def test_folder_that_is_not_there_is_named(stocked: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"none/backup\.zip: No such file"):
        export(stocked, tmp_path / "none" / "backup.zip")


def test_full_disks_are_told_before_anything_is_written(stocked: Path, archive: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "64k") as folder:
        with pytest.raises(StoreFullError, match=r"may need .* MiB, and .*small has 0 MiB free"):
            export(stocked, folder / "backup.zip")
        assert list(folder.iterdir()) == []
    needed = r"needs .* MiB, and .*little has 0 MiB free.*--data"
    with small_disk(tmp_path / "little", "1m") as folder:
        Store(folder / "store.sqlite3").close()
        (folder / "filler").write_bytes(bytes(shutil.disk_usage(folder).free - 2**16))
        with pytest.raises(StoreFullError, match=needed):
            restore(archive, folder)


# --- what is not whole, and what no export wrote ---


@settings(max_examples=150)
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(
    archive: Path, tmp_path_factory: pytest.TempPathFactory, where: float, bit: int
) -> None:
    content = bytearray(archive.read_bytes())
    content[int(where * len(content))] ^= 1 << bit
    require_refused(bytes(content), tmp_path_factory)


@settings(max_examples=50)
@given(share=st.floats(0, 1, exclude_max=True))
def test_any_truncation_is_noticed(archive: Path, tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    content = archive.read_bytes()
    require_refused(content[: int(share * len(content))], tmp_path_factory)


def require_refused(content: bytes, folders: pytest.TempPathFactory) -> None:
    path = folders.getbasetemp() / "damaged.zip"
    path.write_bytes(content)
    with pytest.raises(BackupError, match=r"damaged\.zip .*use another copy"), opened_archive(path, lambda *_: None):
        pytest.fail("it was opened")


def forged(archive: Path, path: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """Write an archive anew, with its seal, after a change to its members and its manifest."""
    with zipfile.ZipFile(archive) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    for table in manifest["tables"]:
        member = members.get(f"tables/{table['name']}.rows", b"")
        table["sha256"] = hashlib.sha256(member).hexdigest() if table["sha256"] else ""
    members.setdefault("manifest.json", json.dumps(manifest).encode())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as again:
        for name, content in members.items():
            again.writestr(name, content)
        again.comment = bytes(71)
    content = written.getvalue()[:-71]
    path.write_bytes(content + b"sha256 " + hashlib.sha256(content).hexdigest().encode())
    return path


def in_rows(table: str, old: str, new: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(members: dict[str, bytes], _manifest: dict[str, Any]) -> None:
        member = members[f"tables/{table}.rows"]
        assert old.encode() in member
        members[f"tables/{table}.rows"] = member.replace(old.encode(), new.encode(), 1)

    return change


def in_manifest(**fields: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, manifest: manifest.update(fields)


def first_original(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("originals/"))


def add(name: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, manifest: members.update({name: b"content"})


def drop_original(members: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    del members[first_original(members)]


def change_original(members: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    members[first_original(members)] += b"!"


def drop_vectors(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["tables/vectors.rows"] = b""
    next(table for table in manifest["tables"] if table["name"] == "vectors")["rows"] = 0


def rename_column(_members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["tables"][0]["columns"][1] = "origin) VALUES (1); --"


def rename_table(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["tables/state.rows"] = members.pop("tables/vectors.rows")
    next(table for table in manifest["tables"] if table["name"] == "vectors")["name"] = "state"


def leave_out_texts(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    del members["tables/contents.rows"]
    manifest["tables"] = [table for table in manifest["tables"] if table["name"] != "contents"]


def halve_dimension(_members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["model"] |= {"dimension": 128, "fingerprint": "another model's"}


FORGERIES: dict[str, tuple[Callable[[dict[str, bytes], dict[str, Any]], None], str]] = {
    "a path that leads out": (add("../../etc/passwd"), "it holds '../../etc/passwd'"),
    "an absolute path": (add("/tmp/evil"), "it holds '/tmp/evil'"),
    "an original of no document": (add("originals/0123456789abcdef.txt"), "not those that the manifest tells of"),
    "no original": (drop_original, "not those that the manifest tells of"),
    "another original": (change_original, "original of document .* not what the manifest says"),
    "no vectors": (drop_vectors, "a passage without vectors"),
    "vectors of another length": (halve_dimension, "a vector of the wrong length"),
    "no texts": (leave_out_texts, "a document without its text"),
    "a column that is none": (rename_column, "its documents are not"),
    "a table of bookkeeping": (rename_table, "a table state"),
    "a row that is no JSON": (in_rows("documents", "[", "("), "a row that cannot be read"),
    "a list for a value": (in_rows("documents", '"text/plain"', "[]"), "a value of the wrong kind"),
    "a value that is missing": (in_rows("documents", '"{}"', "null"), "table documents: NOT NULL"),
    "a value too many": (in_rows("documents", '["', '[7, "'), r"a row of \d+ values for \d+ columns"),
    "bytes beyond the end": (in_rows("vectors", '{"bytes": 32}', '{"bytes": 99999999}'), "a row that cannot be read"),
    "bytes fewer than none": (in_rows("vectors", '{"bytes": 32}', '{"bytes": -1}'), "a row that cannot be read"),
    "half a surrogate pair": (in_rows("documents", '"rivers.txt"', '"\\ud800"'), "a value of the wrong kind"),
    "a site key without a rate": (in_rows("site_keys", "30/minute", "often"), "a site key that cannot be read"),
    "metadata that is none": (in_rows("documents", '"{}"', '"{"'), "metadata is no JSON"),
    "an outline that is none": (in_rows("contents", '"{\\"', '"[\\"'), "outline is no JSON"),
    "a longer text": (in_rows("contents", '"x"', '"xy"'), "longer or shorter than it says"),
    "another format": (in_manifest(format=2), "format 2, this service reads up to 1.*newer version"),
    "a newer schema": (in_manifest(schema_version=999), "schema version 999, .* up to"),
    "a manifest with more": (in_manifest(colour="red"), "colour is not known here"),
    "a manifest that is a list": (lambda members, _: members.update({"manifest.json": b"[]"}), "cannot be read"),
    "documents that are not there": (in_manifest(documents=3), "not those that the manifest tells of"),
    "a calibration that is not there": (in_manifest(calibration_sha256=None), "it holds 'calibration.json'"),
    "another calibration": (in_manifest(calibration_sha256="0" * 64), "the calibration is not what"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_archive_is_refused_and_changes_nothing(archive: Path, tmp_path: Path, other: Path, name: str) -> None:
    change, words = FORGERIES[name]
    path = forged(archive, tmp_path / "forged.zip", change)
    before = state_of(other)
    with pytest.raises(BackupError, match=words):
        restore(path, other, "replace")
    assert state_of(other) == before


def test_archive_written_anew_without_a_change_is_taken(archive: Path, tmp_path: Path) -> None:
    restore(forged(archive, tmp_path / "same.zip", lambda members, manifest: None), tmp_path / "data")


def test_checking_reads_all_of_it_and_writes_nothing(archive: Path, tmp_path: Path, other: Path) -> None:
    before = state_of(other)
    store = Store(other / "store.sqlite3")
    with opened_archive(archive, lambda *_: None) as whole:
        assert len(plan_import(store, whole, "merge", RECIPE).added) == 2
        verify(whole)
    path = forged(archive, tmp_path / "forged.zip", change_original)
    with opened_archive(path, lambda *_: None) as changed, pytest.raises(BackupError, match="original of document"):
        verify(changed)
    store.close()
    assert state_of(other) == before


@pytest.mark.parametrize("content", [b"", b"PK", b"\0" * 100, b"sha256 " + b"0" * 64])
def test_other_files_are_told_apart(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(BackupError, match=r"notes\.txt .*use another copy"), opened_archive(path, lambda *_: None):
        pytest.fail("it was opened")
    with pytest.raises(BackupError, match="No such file"), opened_archive(tmp_path / "none", lambda *_: None):
        pytest.fail("it was opened")


# --- other versions ---


def test_archive_of_an_older_version_takes_the_steps_of_a_data_folder(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = (*MIGRATIONS, "ALTER TABLE documents ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';")
    for module in ("database", "backups.exporting", "backups.restoring"):
        monkeypatch.setattr(f"qa_service.{module}.MIGRATIONS", steps)
    data = tmp_path / "data"
    restore(archive, data)
    assert {row[-1] for row in dump(data)["documents"]} == {"red"}
    assert titles(data)
    export(data, tmp_path / "newer.zip")
    monkeypatch.undo()
    with pytest.raises(BackupError, match=f"schema version {len(steps)}, .* up to {len(MIGRATIONS)}"):
        restore(tmp_path / "newer.zip", tmp_path / "older")
