"""Running sums over each language's passages: after any history they are what a fresh count gives, to the last bit."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import Encoder, Vectors
from qa_service import sums, writes
from qa_service.errors import MissingVectorsError
from qa_service.records import NewVector, document_id, passage_digest
from qa_service.store import Store
from qa_service.sums import LanguageSums
from qa_service.types import Chunk
from tests.parts import Parts, RecordingEncoder, chunks_of, new_document, opened, text_of, vectors_of

ENCODER = RecordingEncoder(16)
OTHER_MODEL = RecordingEncoder(8)

SENTENCES = (
    "Boats lie in the harbour.",
    "Trees stand.",
    "Лодки стоят в гавани.",
    "Лодкі стаяць.",
    "The harbour freezes.",
    "…!",  # has no words: its vector is zero
)
passages = st.lists(st.tuples(st.sampled_from(SENTENCES), st.sampled_from(["en", "ru", "be"])), max_size=4)
"""Texts with the language they are said to be in; the same text may be in several."""

names = st.sampled_from(["a", "b", "c"])
histories = st.lists(st.tuples(names, st.none() | passages), max_size=12)
"""What is written under a name, or None where what has the name is deleted."""


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store(Path(":memory:"))
    yield opened
    opened.close()


def parts_of(found: Sequence[tuple[str, str]]) -> tuple[str, list[Chunk]]:
    """Return a text and its passages, each of one language."""
    text, chunks = "", []
    for sentence, language in found:
        start, text = len(text), text + sentence
        chunks += chunks_of(text, (start, len(text)), language=language)
    return text, chunks


def write(store: Store, name: str, found: Sequence[tuple[str, str]], encoder: Encoder = ENCODER) -> None:
    text, chunks = parts_of(found)
    store.write_document(new_document(name, text), chunks, vectors_of(chunks, encoder), encoder)


def as_bytes(found: dict[str, LanguageSums]) -> dict[str, tuple[int, bytes, int, bytes]]:
    return {
        language: (own.passages, own.passage_sum.tobytes(), own.words, own.word_sum.tobytes())
        for language, own in found.items()
    }


def require_fresh(store: Store) -> None:
    """Require the kept sums to be those of a fresh count, bit for bit."""
    kept = store.language_sums()
    with store.database.writing() as connection:
        model = writes.searched_model(connection)
        if model is not None:
            sums.recompute(connection, model)
    assert as_bytes(store.language_sums()) == as_bytes(kept)
    assert {language: own.passages for language, own in kept.items()} == store.totals().languages


@given(histories)
def test_sums_never_drift_from_a_fresh_count(history: list[tuple[str, list[tuple[str, str]] | None]]) -> None:
    store = Store(Path(":memory:"))
    held: set[str] = set()
    for name, found in history:
        if found is not None:
            write(store, name, found)
            held.add(name)
        elif name in held:
            store.delete_document(document_id(f"test:{name}"))
            held.remove(name)
    require_fresh(store)
    for name in held:
        store.delete_document(document_id(f"test:{name}"))
    assert store.language_sums() == {}
    store.close()


components = st.floats(-1, 1, width=32)
"""Down to the smallest numbers: most are no halves or quarters, and some vanish in half precision."""


@given(
    st.lists(
        st.tuples(
            st.lists(components, min_size=3, max_size=3),
            st.lists(st.lists(components, min_size=3, max_size=3), max_size=3),
        ),
        min_size=1,
        max_size=8,
    ),
    st.data(),
)
def test_sums_of_any_vectors_are_exact(
    vectors: list[tuple[list[float], list[list[float]]]], data: st.DataObject
) -> None:
    """Written one by one and deleted in any order, they leave the sum of the rest."""
    store, encoder = Store(Path(":memory:")), RecordingEncoder(3)
    for number, (passage, words) in enumerate(vectors):
        text = f"Passage {number}."
        (chunk,) = chunks_of(text)
        new = NewVector.of(as_rows([passage])[0], as_rows([passage]), as_rows(words))
        store.write_document(new_document(str(number), text), [chunk], {passage_digest(chunk): new}, encoder)
    gone = data.draw(st.lists(st.integers(0, len(vectors) - 1), unique=True))
    for number in gone:
        store.delete_document(document_id(f"test:{number}"))
    require_fresh(store)

    kept = np.array([passage for number, (passage, _) in enumerate(vectors) if number not in gone], np.float16)
    expected = kept.astype(np.float64).sum(axis=0) if len(kept) else None
    found = store.language_sums().get("en")
    assert (found is None) is (expected is None)
    if found is not None:
        np.testing.assert_array_equal(found.passage_sum, expected)
    store.close()


def as_rows(rows: Sequence[Sequence[float]]) -> Vectors:
    return np.array(rows, np.float32).reshape(-1, 3)


def test_hand_computed_sums(store: Store) -> None:
    """Of words the kept mean counts, times their number: (1, 3) and (2, 1) have the mean (1.5, 2)."""
    encoder = RecordingEncoder(2)
    first, second = chunks_of("One. Two.", (0, 4), (5, 9))
    vectors = {
        passage_digest(first): NewVector.of(
            np.array([0.5, -0.25], np.float32), np.zeros((1, 2), np.float32), np.array([[1, 3], [2, 1]], np.float32)
        ),
        passage_digest(second): NewVector.of(
            np.array([0.25, 1], np.float32), np.zeros((1, 2), np.float32), np.zeros((0, 2), np.float32)
        ),
    }
    store.write_document(new_document("numbers", "One. Two."), [first, second], vectors, encoder)
    (found,) = store.language_sums().values()
    assert (found.passages, found.passage_sum.tolist()) == (2, [0.75, 0.75])
    assert (found.words, found.word_sum.tolist()) == (2, [3, 4])


def test_a_passage_in_two_documents_counts_twice_until_one_goes(store: Store) -> None:
    write(store, "a", [(SENTENCES[0], "en")])
    once = store.language_sums()["en"]
    write(store, "b", [(SENTENCES[0], "en")])
    twice = store.language_sums()["en"]
    assert (once.passages, twice.passages, twice.words) == (1, 2, 2 * once.words)
    np.testing.assert_array_equal(twice.passage_sum, 2 * once.passage_sum)
    store.delete_document(document_id("test:a"))
    assert as_bytes(store.language_sums()) == as_bytes({"en": once})


def test_a_write_that_fails_leaves_the_sums(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    write(store, "a", [(SENTENCES[0], "en")])
    before = as_bytes(store.language_sums())
    text, chunks = parts_of([(SENTENCES[1], "en")])
    with pytest.raises(MissingVectorsError, match="ingest it again"):
        store.write_document(new_document("a", text), chunks, {}, ENCODER)
    assert as_bytes(store.language_sums()) == before
    store.close()


def test_a_passage_that_changes_its_language_moves_to_the_other_sum(store: Store) -> None:
    write(store, "a", [(SENTENCES[2], "ru")])
    before = store.language_sums()["ru"]
    write(store, "a", [(SENTENCES[2], "be")])
    assert as_bytes(store.language_sums()) == as_bytes({"be": before})


def test_vectors_kept_for_another_model_do_not_count_before_the_switch(store: Store) -> None:
    found = [(SENTENCES[0], "en"), (SENTENCES[2], "ru")]
    write(store, "a", found)
    before = as_bytes(store.language_sums())
    text, chunks = parts_of(found)
    store.keep_vectors(vectors_of(chunks, OTHER_MODEL), OTHER_MODEL)
    assert as_bytes(store.language_sums()) == before

    assert store.switch_model(0, [(new_document("a", text), chunks)], OTHER_MODEL) is None
    assert as_bytes(store.language_sums()) == before
    assert store.switch_model(1, [(new_document("a", text), chunks)], OTHER_MODEL) == 2
    fresh = Store(Path(":memory:"))
    write(fresh, "a", found, OTHER_MODEL)
    assert as_bytes(store.language_sums()) == as_bytes(fresh.language_sums()) != before
    fresh.close()
    store.delete_document(document_id("test:a"))
    assert store.language_sums() == {}


def test_a_rebuild_with_another_model_counts_anew(tmp_path: Path) -> None:
    def take_in(parts: Parts) -> None:
        for number in range(3):
            parts.take_in(f"document {number}", text_of(f"river {number}", "lake"))
        parts.take_in("по-русски", "Лодки стоят в гавани. Зимой гавань замерзает, и лодки вмерзают в лёд.")

    with opened(tmp_path / "data", ENCODER) as old:
        take_in(old)
        old.take_in("document 0", text_of("forest"))
        with opened(tmp_path / "data", OTHER_MODEL) as rebuilt:
            rebuilt.ingester.rebuild()
            require_fresh(rebuilt.store)
            found = rebuilt.store.language_sums()
    assert {language: own.passage_sum.shape for language, own in found.items()} == {"en": (8,), "ru": (8,)}
    with opened(tmp_path / "fresh", OTHER_MODEL) as fresh:
        take_in(fresh)
        fresh.take_in("document 0", text_of("forest"))
        assert as_bytes(fresh.store.language_sums()) == as_bytes(found)
