"""What the store keeps, what it gives back, and what a write that fails leaves."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.errors import (
    DocumentNotFoundError,
    FingerprintMismatchError,
    InvalidRequestError,
    MissingVectorsError,
    PassageNotFoundError,
)
from qa_service.filters import Filter
from qa_service.records import NewVector, document_id, pack_vectors, passage_digest, unpack_vectors
from qa_service.store import Store
from qa_service.types import Chunk, IndexState, Span
from tests.parts import RecordingEncoder, chunks_of, new_document, stored_vectors, vectors_of

ENCODER = RecordingEncoder()
OTHER_MODEL = RecordingEncoder(64)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "data" / "store.sqlite3")
    yield opened
    opened.close()


def write(store: Store, name: str, *paragraphs: str, language: str = "en") -> str:
    """Write a document whose passages are its paragraphs; return its id."""
    text = "\n\n".join(paragraphs)
    starts = [sum(len(earlier) + 2 for earlier in paragraphs[:index]) for index in range(len(paragraphs))]
    spans = [(start, start + len(paragraph)) for start, paragraph in zip(starts, paragraphs, strict=True)]
    chunks = chunks_of(text, *spans, language=language)
    return store.write_document(new_document(name, text), chunks, vectors_of(chunks, ENCODER), ENCODER).document_id


# --- documents and passages ---


def test_document_and_passages_come_back_as_they_went_in(store: Store) -> None:
    text = "Мінск 🙂 стаіць на Свіслачы.\n\nA café, e\u0301 decomposed."
    chunks = [
        Chunk(Span(0, 28), text[0:28], (Span(0, 28),), "be", ("Гарады", "Сталіца")),
        Chunk(Span(30, 52), text[30:52], (Span(0, 7), Span(8, 22)), "en", (), 3, 4),
    ]
    document = new_document("mixed", text, original=b"\xef\xbb\xbf" + text.encode())
    written = store.write_document(document, chunks, vectors_of(chunks, ENCODER), ENCODER)

    assert (written.generation, written.replaced) == (1, False)
    stored = store.document(written.document_id)
    assert (stored.id, stored.size, stored.characters, stored.passages) == (
        document_id("test:mixed"),
        3 + len(text.encode()),
        len(text),
        2,
    )
    assert store.text(stored.id) == text
    assert store.original(stored.id) == document.original
    first, second = store.passages(store.passage_ids()).values()
    assert (first.document, first.text, first.span) == (stored, text[:28], Span(0, 28))
    assert (first.language, first.headings, first.sentences) == ("be", ("Гарады", "Сталіца"), (Span(0, 28),))
    assert (second.text, second.sentences) == (text[30:52], (Span(0, 7), Span(8, 22)))
    assert [(each.page_start, each.page_end) for each in (first, second)] == [(None, None), (3, 4)]
    assert store.state() == IndexState(1, ENCODER.name, ENCODER.fingerprint)


@given(
    text=st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        | st.sampled_from("🙂👩\u200d👩\u0301\ufe0f\u05d0\r\n\x1a\ufeff\U0010ffff"),
        min_size=1,
        max_size=60,
    ),
    data=st.data(),
)
def test_passage_text_is_the_document_at_its_span(text: str, data: st.DataObject) -> None:
    """SQLite cuts by code points as Python does, whatever the text holds; NUL never gets here."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    store = Store(Path(":memory:"))
    chunks = chunks_of(text, (start, end))
    store.write_document(new_document("any", text), chunks, vectors_of(chunks, ENCODER), ENCODER)
    (passage,) = store.passages(store.passage_ids()).values()
    assert passage.text == text[start:end] == store.text(passage.document.id)[start:end]
    store.close()


def test_same_origin_replaces_and_keeps_the_first_date(store: Store) -> None:
    identifier = write(store, "notes", "The first words.", "More words.")
    before, ids = store.document(identifier), store.passage_ids()
    assert write(store, "notes", "Other words.") == identifier
    after = store.document(identifier)
    assert (after.created_at, after.passages) == (before.created_at, 1)
    assert after.updated_at >= before.updated_at
    assert store.generation() == 2
    assert set(store.passage_ids()).isdisjoint(ids)
    assert store.passages(ids) == {}
    assert store.totals().documents == 1


def test_documents_are_listed_in_pages(store: Store) -> None:
    ids = [write(store, f"document {number}", f"Words of document {number}.") for number in range(5)]
    listed = store.documents(50)
    assert sorted(document.id for document in listed) == sorted(ids)
    assert [document.created_at for document in listed] == sorted(document.created_at for document in listed)
    assert [store.documents(2, offset) for offset in (0, 2, 4, 6)] == [listed[:2], listed[2:4], listed[4:], []]


def test_passages_are_picked_by_language_and_document(store: Store) -> None:
    english = write(store, "english", "One.", "Two.")
    russian = write(store, "russian", "Раз.", "Два.", "Три.", language="ru")
    assert store.passage_ids() == [1, 2, 3, 4, 5]
    assert store.passage_ids(Filter(languages=["ru"])) == [3, 4, 5]
    assert store.passage_ids(Filter(documents=[english])) == [1, 2]
    assert store.passage_ids(Filter(["ru", "en", "xx"], [russian, "unknown"])) == [3, 4, 5]
    assert store.passage_ids(Filter(["en"], [russian])) == []
    assert store.passage_ids(Filter(["' OR 1=1 --", "\ud800"])) == []
    assert store.totals().languages == {"ru": 3, "en": 2}
    assert store.passage_count() == store.totals().passages == 5


def test_unknown_document_and_passage_are_told_apart(store: Store) -> None:
    mine, other = write(store, "mine", "My words."), write(store, "other", "Other words.")
    (passage,) = store.passage_ids(Filter(documents=[mine]))
    assert store.passage_of(mine, passage).text == "My words."
    for number in (passage + 100, -1, 2**70):
        with pytest.raises(PassageNotFoundError, match=f"no passage {number}"):
            store.passage_of(mine, number)
    with pytest.raises(PassageNotFoundError):
        store.passage_of(other, passage)
    for call in (store.document, store.text, store.original, store.delete_document):
        with pytest.raises(DocumentNotFoundError, match="'unknown'"):
            call("unknown")
        with pytest.raises(InvalidRequestError, match="surrogate"):
            call("\ud800")
    with pytest.raises(DocumentNotFoundError):
        store.passage_of("unknown", passage)


# --- vectors ---


def test_half_precision_is_close_enough() -> None:
    vectors = np.random.default_rng(1).normal(size=(20, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kept = unpack_vectors(pack_vectors(vectors), 384)
    np.testing.assert_allclose(kept, vectors, rtol=2**-11, atol=2**-24)
    assert np.abs(kept @ kept.T - vectors @ vectors.T).max() < 1e-3


def test_same_passage_is_kept_once_until_the_last_document_with_it_goes(store: Store) -> None:
    first = write(store, "first", "Shared words.", "Words of the first.")
    second = write(store, "second", "Shared words.", "Words of the second.")
    assert stored_vectors(store) == 3
    ids, languages, vectors = store.vectors_since(0)
    assert (ids, languages) == ([1, 2, 3, 4], ["en"] * 4)
    np.testing.assert_array_equal(vectors[0], vectors[2])

    assert store.delete_document(first) == 3
    assert stored_vectors(store) == 2
    assert store.vectors_since(0)[0] == [3, 4]
    write(store, "second", "Words of the second.")
    assert stored_vectors(store) == 1
    assert store.delete_document(second) == 5
    assert stored_vectors(store) == 0


def test_vectors_since_a_generation_are_those_written_after_it(store: Store) -> None:
    assert store.vectors_since(0)[2].shape == (0, 0)
    write(store, "first", "One.", "Two.")
    write(store, "second", "Тры.", language="be")
    ids, languages, vectors = store.vectors_since(1)
    assert (ids, languages) == ([3], ["be"])
    np.testing.assert_allclose(vectors, ENCODER.embed_passages(["Тры."], [[]], [[]]).passages, atol=1e-3)
    assert store.vectors_since(0)[:2] == ([1, 2, 3], ["en", "en", "be"])
    assert store.vectors_since(2)[0] == []


def test_vectors_of_passages_sentences_and_words_come_back(store: Store) -> None:
    text = "Мінск вялікі. Minsk is a city."
    chunk = Chunk(Span(0, 30), text, (Span(0, 13), Span(14, 30)), "be", ())
    spans, words = [(0, 13), (14, 30)], [(0, 5), (6, 12), (14, 19), (25, 29)]
    expected = ENCODER.embed_passages([text, "No words."], [spans, [(0, 9)]], [words, []])
    chunks = [chunk, *chunks_of("No words.")]
    rows = zip(expected.passages, expected.sentences, expected.words, strict=True)
    new = {passage_digest(chunk): NewVector.of(*row) for chunk, row in zip(chunks, rows, strict=True)}
    store.write_document(new_document("both", text), chunks, new, ENCODER)

    found = store.passage_vectors([2, 99, 1])
    assert (found.ids.tolist(), found.languages.tolist(), found.prose.tolist()) == ([1, 2], ["be", "en"], [1, 1])
    np.testing.assert_allclose(found.passages, expected.passages, atol=1e-3)
    assert found.sentence_counts.tolist() == [2, 1]
    np.testing.assert_allclose(found.sentences, np.concatenate(expected.sentences), atol=1e-3)
    kept = store.word_vectors([2, 99, 1])
    assert kept.counts.tolist() == [4, 0]
    steps = np.abs(expected.words[0] - expected.words[0].mean(axis=0)).max(axis=1, keepdims=True) / 7.5
    assert (np.abs(kept.unpacked() - expected.words[0]) <= steps / 2 + 1e-3).all()


def test_no_vectors_of_passages_that_are_gone(store: Store) -> None:
    for ids in ([], [99]):
        found, words = store.passage_vectors(ids), store.word_vectors(ids)
        assert (len(found.ids), found.passages.shape, len(found.sentences), len(words)) == (0, (0, 0), 0, 0)


def test_passage_without_vectors_is_refused_and_nothing_changes(store: Store) -> None:
    write(store, "kept", "Kept words.")
    chunks = chunks_of("Kept words. New words.", (0, 11), (12, 22))
    with pytest.raises(MissingVectorsError, match="ingest it again"):
        store.write_document(new_document("kept", "Kept words. New words."), chunks, {}, ENCODER)
    assert store.generation() == 1
    assert store.text(document_id("test:kept")) == "Kept words."
    assert len(store.vectors_since(0)[0]) == 1


# --- models ---


def test_vectors_of_another_model_are_refused(store: Store) -> None:
    store.require_fingerprint(OTHER_MODEL)
    write(store, "first", "Some words.")
    chunks = chunks_of("Other words.")
    message = rf"'{ENCODER.name}' \(fingerprint {ENCODER.fingerprint[:12]}\).*'{OTHER_MODEL.name}'.*qa-service rebuild"
    with pytest.raises(FingerprintMismatchError, match=message):
        store.write_document(
            new_document("second", "Other words."), chunks, vectors_of(chunks, OTHER_MODEL), OTHER_MODEL
        )
    with pytest.raises(FingerprintMismatchError):
        store.require_fingerprint(OTHER_MODEL)
    assert store.state() == IndexState(1, ENCODER.name, ENCODER.fingerprint)
    assert store.totals().documents == 1


def test_switch_changes_every_vector_at_once_and_drops_the_old_ones(store: Store) -> None:
    identifier = write(store, "first", "Some words.")
    before = store.document(identifier)
    chunks = chunks_of("Some words.")
    vectors = vectors_of(chunks, OTHER_MODEL)
    store.keep_vectors(vectors, OTHER_MODEL)
    store.keep_vectors(vectors_of(chunks_of("Abandoned."), OTHER_MODEL), OTHER_MODEL)
    assert store.known_vectors(list(vectors), OTHER_MODEL.fingerprint) == set(vectors)
    assert store.vectors_since(0)[2].shape == (1, ENCODER.dimension)

    rewritten = [(new_document("first", "Some words."), chunks)]
    assert store.switch_model(0, rewritten, OTHER_MODEL) is None
    assert store.state() == IndexState(1, ENCODER.name, ENCODER.fingerprint)

    assert store.switch_model(1, rewritten, OTHER_MODEL) == 2
    assert store.state() == IndexState(2, OTHER_MODEL.name, OTHER_MODEL.fingerprint)
    ids, languages, switched = store.vectors_since(1)
    assert (ids, languages, switched.shape) == ([2], ["en"], (1, OTHER_MODEL.dimension))
    assert store.word_vectors([2]).unpacked().shape == store.passage_vectors([2]).sentences.shape == (1, 64)
    assert stored_vectors(store) == 1
    with store.database.reading() as connection:
        assert connection.execute("SELECT name FROM models").fetchall() == [(OTHER_MODEL.name,)]
    assert store.document(identifier) == before
    with pytest.raises(FingerprintMismatchError):
        store.require_fingerprint(ENCODER)


def test_switch_without_all_vectors_changes_nothing(store: Store) -> None:
    write(store, "first", "Some words.")
    rewritten = [(new_document("first", "Some words."), chunks_of("Some words."))]
    with pytest.raises(MissingVectorsError):
        store.switch_model(1, rewritten, OTHER_MODEL)
    assert store.state() == IndexState(1, ENCODER.name, ENCODER.fingerprint)
    assert store.vectors_since(0)[0] == [1]


def test_snapshot_sees_one_state_through_every_read(store: Store, tmp_path: Path) -> None:
    other_process = Store(tmp_path / "data" / "store.sqlite3")
    identifier = write(store, "first", "Some words.")
    with store.snapshot():
        assert store.generation() == 1
        other_process.delete_document(identifier)
        assert store.text(identifier) == "Some words."
        assert len(store.passages(store.passage_ids())) == len(store.passage_vectors([1]).ids) == 1
        assert len(store.word_vectors([1])) == store.language_sums()["en"].passages == 1
    assert store.generation() == 2
    other_process.close()
