"""Taking documents in: what is embedded, what is kept, what fails by itself."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_service.errors import (
    DocumentTooLargeError,
    InvalidRequestError,
    MissingVectorsError,
    StoreFullError,
    UnsupportedDocumentError,
)
from qa_service.outcomes import Outcome, Progress
from qa_service.records import document_id
from qa_service.store import Store
from tests.parts import (
    MAX_BYTES,
    PASSAGE,
    Parts,
    RecordingEncoder,
    fill,
    meanwhile,
    opened,
    paragraph,
    small_disk,
    stored_vectors,
    text_of,
    texts_of_passages,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def encoder() -> RecordingEncoder:
    return RecordingEncoder()


@pytest.fixture
def parts(data: Path, encoder: RecordingEncoder) -> Iterator[Parts]:
    with opened(data, encoder, passage_characters=PASSAGE) as built:
        yield built


# --- what is embedded ---


def test_same_content_is_not_embedded_again(parts: Parts, encoder: RecordingEncoder) -> None:
    content = text_of("river", "lake").encode()
    first = parts.ingester.ingest("o", "water.txt", content)
    again = parts.ingester.ingest("o", "water.txt", content)
    assert (first.status, first.passages, first.embedded, first.generation) == ("added", 2, 2, 1)
    assert (again.status, again.passages, again.embedded, again.generation) == ("unchanged", 2, 0, 1)
    assert again.document_id == first.document_id
    assert encoder.embedded == [paragraph("river"), paragraph("lake")]


def test_only_changed_passages_are_embedded(parts: Parts, encoder: RecordingEncoder) -> None:
    parts.ingester.ingest("o", "water.txt", text_of("river", "lake", "sea").encode())
    edited = parts.ingester.ingest("o", "water.txt", text_of("river", "pond", "sea").encode())
    assert (edited.status, edited.passages, edited.embedded, edited.generation) == ("replaced", 3, 1, 2)
    assert encoder.embedded[3:] == [paragraph("pond")]
    assert texts_of_passages(parts) == [paragraph("river"), paragraph("pond"), paragraph("sea")]
    assert stored_vectors(parts.store) == 3
    assert parts.dense.problems() == []


def test_passage_of_two_documents_is_embedded_once_and_kept_until_the_last_goes(
    parts: Parts, encoder: RecordingEncoder
) -> None:
    first = parts.take_in("first", text_of("river", "lake", "river"))
    second = parts.take_in("second", text_of("river", "sea"))
    assert encoder.embedded == [paragraph("river"), paragraph("lake"), paragraph("sea")]
    assert stored_vectors(parts.store) == 3

    assert parts.ingester.delete(first) == 3
    assert stored_vectors(parts.store) == 2
    assert parts.dense.problems() == []
    assert len(parts.dense) == 2
    assert parts.ingester.delete(second) == 4
    assert stored_vectors(parts.store) == 0
    assert parts.dense.synchronise() == 4
    assert len(parts.dense) == 0


def test_other_settings_split_the_same_content_anew(parts: Parts, data: Path) -> None:
    parts.ingester.ingest("o", "water.txt", text_of("river", "lake").encode())
    with opened(data, passage_characters=2 * PASSAGE) as wider:
        outcome = wider.ingester.ingest("o", "water.txt", text_of("river", "lake").encode())
    assert (outcome.status, outcome.passages) == ("replaced", 1)


def test_vectors_that_another_process_drops_meanwhile_are_embedded_again(
    parts: Parts, encoder: RecordingEncoder, data: Path
) -> None:
    """The shared passage is known when the work begins, and gone with the other document when it is written."""
    other = parts.take_in("other", text_of("river"))
    encoder.embedded.clear()
    with opened(data) as other_process:

        def delete_once() -> None:
            encoder.before = lambda: None
            other_process.ingester.delete(other)

        encoder.before = delete_once
        outcome = parts.ingester.ingest("o", "water.txt", text_of("river", "lake").encode())
    assert outcome.embedded == 2
    assert encoder.embedded == [paragraph("lake"), paragraph("river")]
    assert parts.dense.problems() == []


def test_vectors_that_keep_disappearing_are_an_error(parts: Parts, encoder: RecordingEncoder) -> None:
    """Another process deletes what is shared each time before the write, and takes it in again after."""
    subjects = [f"subject {number}" for number in range(6)]
    numbers = itertools.count()
    parts.take_in("other", text_of(*subjects))

    def interfere() -> None:
        encoder.before = lambda: None
        parts.take_in("other", text_of(*subjects[next(numbers) + 1 :]))
        encoder.before = interfere

    encoder.before = interfere
    with pytest.raises(MissingVectorsError, match="ingest it again"):
        parts.ingester.ingest("o", "all.txt", text_of("new", *subjects).encode())
    assert parts.store.totals().documents == 1
    assert parts.dense.problems() == []


# --- files ---


def test_one_bad_file_does_not_stop_the_rest(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, content in {
        "a empty.txt": b"",
        "b good.txt": f"Rivers\n\n{paragraph('river')}".encode(),
        "c not utf-8.txt": b"ok \xff",
        "d binary.txt": bytes(range(8)) * 100,
        "e large.txt": b"x" * (MAX_BYTES + 1),
        "f good.md": f"# Lakes\n\n{paragraph('lake')}".encode(),
        "g picture.png": b"\x89PNG",
    }.items():
        (folder / name).write_bytes(content)
    progress: list[Progress] = []
    report = parts.ingester.ingest_paths([folder, tmp_path / "missing"], progress.append)

    statuses = [outcome.status for outcome in report.outcomes]
    assert statuses == ["failed", "added", "failed", "skipped", "failed", "added", "skipped", "failed"]
    assert all(outcome.reason for outcome in report.outcomes if outcome.status != "added")
    assert (report.count("added"), report.count("failed"), report.embedded) == (2, 4, 2)
    titles = [document.title for document in parts.store.documents(10)]
    assert sorted(titles) == ["Lakes", "Rivers"]

    done = [step.done for step in progress]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] == progress[-1].total == sum(path.stat().st_size for path in folder.iterdir())
    assert progress[-1].passages == 2


def test_small_documents_are_embedded_together_and_each_passage_once(parts: Parts, tmp_path: Path) -> None:
    """Two folders of one name, so that what people see of two files is the same; one text stands in both."""
    for folder, subject in (("one", "boats"), ("two", "trains")):
        (tmp_path / folder / "notes").mkdir(parents=True)
        (tmp_path / folder / "notes" / "same.txt").write_text(text_of("harbours"))
        (tmp_path / folder / "notes" / "own.txt").write_text(text_of(subject))
        (tmp_path / folder / "notes" / "empty.txt").write_text(" ")
    assert isinstance(parts.encoder, RecordingEncoder)
    parts.encoder.embedded.clear()
    report = parts.ingester.ingest_paths([tmp_path / "one" / "notes", tmp_path / "two" / "notes"])
    assert [(outcome.uri, outcome.status, outcome.embedded) for outcome in report.outcomes] == [
        ("notes/empty.txt", "failed", 0),
        ("notes/own.txt", "added", 1),
        ("notes/same.txt", "added", 1),
        ("notes/empty.txt", "failed", 0),
        ("notes/own.txt", "added", 1),
        ("notes/same.txt", "added", 0),
    ]
    assert len(parts.encoder.embedded) == 3
    assert parts.store.totals().documents == 4


def test_progress_moves_within_a_long_document_among_short_ones(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "1 short.txt").write_text(text_of("harbours"))
    (tmp_path / "2 long.txt").write_text(text_of(*(f"subject {number}" for number in range(130))))
    (tmp_path / "3 short.txt").write_text(text_of("lamps"))
    progress: list[Progress] = []
    parts.ingester.ingest_paths([tmp_path], progress.append)
    within = [step.passages for step in progress if step.item.endswith("2 long.txt")]
    assert {1 + 64, 1 + 128, 1 + 130} <= set(within)
    assert progress[-1].passages == 132
    assert [step.done for step in progress] == sorted(step.done for step in progress)


def test_progress_moves_within_a_long_document(parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(text_of(*(f"subject {number}" for number in range(130))))
    progress: list[Progress] = []
    parts.ingester.ingest_paths([path], progress.append)
    assert [(round(step.done / step.total, 2), step.passages) for step in progress] == [
        (0, 0),
        (0.49, 64),
        (0.98, 128),
        (1, 130),
        (1, 130),
    ]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("  ", b"words", InvalidRequestError),
        ("large.txt", b"x" * (MAX_BYTES + 1), DocumentTooLargeError),
        ("table.csv", b"\x89PNG", UnsupportedDocumentError),
    ],
)
def test_content_that_is_refused_changes_nothing(
    parts: Parts, name: str, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        parts.ingester.ingest("o", name, content)
    assert parts.store.generation() == 0


def test_text_that_no_database_can_hold_is_cleaned(parts: Parts) -> None:
    """Front matter may spell half a surrogate pair."""
    outcome = parts.ingester.ingest("o", "notes.md", b'---\nauthor: "\\uD83D Somebody"\n---\n# Notes\n\nSome words.')
    assert outcome.status == "added"
    assert outcome.document_id is not None
    assert parts.store.document(outcome.document_id).metadata == {"author": "\ufffd Somebody"}


def test_threads_take_in_the_same_documents_at_once(parts: Parts) -> None:
    def take_in(thread: int) -> list[Outcome]:
        return [
            parts.ingester.ingest(f"document {number}", "words.txt", text_of(f"subject {number}", "shared").encode())
            for number in range(10)
        ]

    with ThreadPoolExecutor(6) as threads:
        outcomes = [outcome for result in threads.map(take_in, range(6)) for outcome in result]
    assert {outcome.status for outcome in outcomes} <= {"added", "replaced", "unchanged"}
    assert sum(outcome.status == "added" for outcome in outcomes) == 10
    assert parts.store.totals().documents == 10
    assert stored_vectors(parts.store) == 11
    assert parts.dense.problems() == []


def test_document_deleted_while_it_is_compared_is_no_error(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    content = text_of("river").encode()
    parts.ingester.ingest("o", "river.txt", content)
    recipe_of = Store.recipe_of

    def delete_after(store: Store, origin: str) -> tuple[str, str, str] | None:
        recipe = recipe_of(store, origin)
        with ThreadPoolExecutor(1) as threads:
            threads.submit(parts.ingester.delete, document_id(origin)).result()
        return recipe

    monkeypatch.setattr(Store, "recipe_of", delete_after)
    outcome = parts.ingester.ingest("o", "river.txt", content)
    assert (outcome.status, outcome.generation) == ("unchanged", 1)
    assert parts.store.generation() == 2


def test_document_deleted_while_it_comes_again_is_taken_in_again(parts: Parts) -> None:
    content = text_of("river").encode()

    def delete_all() -> None:
        for document in parts.store.documents(10):
            parts.ingester.delete(document.id)

    with meanwhile(delete_all):
        statuses = {parts.ingester.ingest("o", "river.txt", content).status for _ in range(100)}
    assert "added" in statuses
    assert parts.dense.problems() == []


# --- a full disk ---


def test_full_disk_keeps_what_was_there_and_nothing_half(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "3m") as disk:
        (disk / "filler").write_bytes(bytes(2**20))
        with opened(disk / "data", passage_characters=PASSAGE) as parts:
            taken: dict[str, str] = {}
            with pytest.raises(StoreFullError, match="no space left"):
                for number in itertools.count():
                    name, text = f"document {number}", text_of(*(f"subject {number} {part}" for part in range(40)))
                    taken[parts.take_in(name, text)] = text
            assert taken
            assert parts.store.totals().documents == len(taken)
            assert {identifier: parts.store.text(identifier) for identifier in taken} == taken
            assert parts.store.database.problems() == parts.dense.problems() == []
            fill(disk / "filler 2")
            assert len(parts.retriever.search("subject", 5).hits) == 5

            (disk / "filler").unlink()
            assert parts.store.text(parts.take_in(name, text)) == text
            assert parts.dense.problems() == []


def test_small_documents_are_committed_together_and_apart_where_that_fails(
    parts: Parts, encoder: RecordingEncoder, tmp_path: Path, data: Path
) -> None:
    """The second time, the vector that two of them count on is removed before they are written."""
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.txt").write_text(text_of(name))
    first = parts.ingester.ingest_paths([tmp_path / f"{name}.txt" for name in ("a", "b", "c")])
    assert [(outcome.status, outcome.generation) for outcome in first.outcomes] == [("added", 1)] * 3

    other = parts.take_in("other", text_of("shared"))
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(text_of("shared", f"another {name}"))
    with opened(data) as other_process:

        def delete_once() -> None:
            encoder.before = lambda: None
            other_process.ingester.delete(other)

        encoder.before = delete_once
        second = parts.ingester.ingest_paths([tmp_path / f"{name}.txt" for name in ("a", "b", "c")])
    assert [(outcome.status, outcome.generation) for outcome in second.outcomes] == [
        ("replaced", 4),
        ("replaced", 5),
        ("unchanged", 2),
    ]
    assert len(texts_of_passages(parts)) == 5
    assert parts.dense.problems() == parts.lexical.problems() == []
