"""The dense index agrees with the store, whatever becomes of its cache and whoever else writes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from embeddings import Vectors
from qa_service.dense import DenseIndex
from qa_service.errors import FingerprintMismatchError, StoreError
from qa_service.filters import Filter
from qa_service.store import Store
from qa_service.vectors import FaissIndex
from tests.parts import Parts, RecordingEncoder, events, meanwhile, opened, take_in_three


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def found(parts: Parts, question: Vectors, limit: int) -> list[int]:
    """Return the ids that a search finds, language by language, best first in each."""
    rankings, _ = parts.dense.search(question, limit)
    return [identifier for ranking in rankings.values() for identifier in ranking.ids.tolist()]


@pytest.fixture
def parts(data: Path) -> Iterator[Parts]:
    with opened(data) as built:
        yield built


def test_documents_of_another_process_are_found_replaced_and_gone(parts: Parts, data: Path) -> None:
    encoder = RecordingEncoder()
    question = encoder.embed_questions(["boats and harbours"])[0]
    with opened(data) as writer:
        boats = writer.take_in("boats", "Boats lie in the harbours.")
        writer.take_in("trees", "Trees stand in the forest.")
        rankings, generation = parts.dense.search(question, 1)
        assert (list(rankings), rankings["en"].ids.tolist(), generation) == (["en"], [1], 2)

        writer.take_in("boats", "Trains stand in the station.")
        writer.take_in("ships", "Ships and boats leave harbours.")
        assert found(parts, question, 1) == [4]
        assert sorted(found(parts, question, 10)) == [2, 3, 4]

        generation = writer.store.delete_document(boats)
        rankings, found_at = parts.dense.search(question, 10)
        assert found_at >= generation
        assert sorted(rankings["en"].ids.tolist()) == [2, 4]
        assert parts.dense.problems() == writer.dense.problems() == []


def test_replacing_as_many_passages_as_there_were_is_noticed(parts: Parts) -> None:
    """The number of passages stays the same, so that it alone would tell nothing."""
    take_in_three(parts)
    parts.dense.synchronise()
    parts.take_in("document 1", "Another sentence.")
    assert parts.dense.problems() == []
    assert sorted(found(parts, np.zeros(256, np.float32), 9)) == [1, 3, 4]


def test_every_language_is_searched_by_itself(parts: Parts) -> None:
    """However many passages of one language are nearer, each gives as many as asked for."""
    for number in range(3):
        parts.take_in(f"boats {number}", f"Boats lie in the harbour of town number {number}.")
    parts.take_in("лодки", "Лодки стоят в гавани. Зимой гавань замерзает, и лодки вмерзают в лёд.")
    parts.take_in("лодкі", "Лодкі стаяць у гавані. Узімку гавань замярзае, і лодкі ўмярзаюць у лёд.")
    question = parts.encoder.embed_questions(["boats in the harbour of town number 1"])[0]
    rankings, _ = parts.dense.search(question, 2)
    assert {language: len(ranking.ids) for language, ranking in rankings.items()} == {"en": 2, "ru": 1, "be": 1}
    assert rankings["en"].ids.tolist()[0] == 2
    stored = parts.store.vectors_since(0)[2]
    for ranking in rankings.values():
        expected = (stored @ question)[ranking.ids - 1]
        np.testing.assert_allclose(ranking.scores, expected, atol=1e-6)
        assert sorted(expected.tolist(), reverse=True) == expected.tolist()


def test_only_allowed_passages_are_looked_at_in_any_language(parts: Parts) -> None:
    take_in_three(parts)
    parts.take_in("лодки", "Лодки стоят в гавани. Зимой гавань замерзает, и лодки вмерзают в лёд.")
    question = parts.encoder.embed_questions(["Sentence number 1"])[0]
    for allowed, expected in (([1, 4], {"en": [1], "ru": [4]}), ([4], {"ru": [4]}), ([], {}), ([99], {})):
        rankings, generation = parts.dense.search(question, 5, allowed)
        assert {language: ranking.ids.tolist() for language, ranking in rankings.items()} == expected
        assert generation == 4


def test_a_language_without_passages_is_gone(parts: Parts, data: Path) -> None:
    take_in_three(parts)
    russian = parts.take_in("лодки", "Лодки стоят в гавани. Зимой гавань замерзает, и лодки вмерзают в лёд.")
    question = np.ones(256, np.float32)
    assert set(parts.dense.search(question, 5)[0]) == {"en", "ru"}
    parts.store.delete_document(russian)
    assert set(parts.dense.search(question, 5)[0]) == {"en"}
    parts.dense.save()
    with opened(data) as restarted:
        assert len(restarted.dense) == 3
        assert set(restarted.dense.search(question, 5)[0]) == {"en"}


def test_every_language_comes_back_from_the_cache(parts: Parts, data: Path) -> None:
    take_in_three(parts)
    parts.take_in("лодки", "Лодки стоят в гавани. Зимой гавань замерзает, и лодки вмерзают в лёд.")
    question = parts.encoder.embed_questions(["лодки number 2"])[0]
    before, _ = parts.dense.search(question, 5)
    parts.dense.save()
    with capture_logs() as logs, opened(data) as restarted:
        assert len(restarted.dense) == 4
        after, generation = restarted.dense.search(question, 5)
        assert restarted.dense.problems() == []
    assert (events(logs), generation, set(after)) == ([], 4, {"en", "ru"})
    for language, ranking in before.items():
        np.testing.assert_array_equal(after[language].ids, ranking.ids)
        np.testing.assert_array_equal(after[language].scores, ranking.scores)


def test_a_read_that_fails_leaves_the_index_as_it_was(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in_three(parts)
    parts.dense.synchronise()
    parts.take_in("fourth", "The fourth sentence.")

    def fail(_self: Store) -> int:
        message = "the disk does not answer"
        raise StoreError(message)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "passage_count", fail)
        with pytest.raises(StoreError):
            parts.dense.synchronise()
        assert len(parts.dense) == 3
    assert parts.dense.problems() == []
    assert len(parts.dense) == 4


def test_an_older_state_that_a_caller_holds_does_not_set_the_index_back(parts: Parts, data: Path) -> None:
    first, *_ = take_in_three(parts)
    with parts.store.snapshot():
        assert parts.store.generation() == 3
        with ThreadPoolExecutor(1) as threads:
            threads.submit(parts.store.delete_document, first).result()
            assert threads.submit(parts.dense.synchronise).result() == 4
        assert parts.dense.synchronise() == 4
    assert parts.dense.problems() == []


def test_disagreement_is_counted(parts: Parts) -> None:
    take_in_three(parts)
    parts.dense.synchronise()
    index = parts.dense._indexes["en"]
    index.remove([1])
    index.add([7], np.zeros((1, 256), np.float32))
    with parts.store.database.writing() as connection:
        connection.execute("DELETE FROM vectors WHERE digest = (SELECT digest FROM passages WHERE id = 3)")
    assert parts.dense.problems() == [
        "1 passages stored without a vector",
        "1 passages missing from the vector index",
        "1 passages in the vector index that are not stored",
    ]


def test_another_vector_than_the_stored_one_is_noticed(parts: Parts) -> None:
    take_in_three(parts)
    parts.dense.synchronise()
    index = parts.dense._indexes["en"]
    index.remove([2])
    index.add([2], index.vectors([1]))
    what = "passages with another vector or language in the index than in the store"
    assert parts.dense.problems() == [f"1 {what}"]
    assert parts.dense.rebuild() == 3
    assert parts.dense.problems() == []


def test_a_passage_in_the_index_of_another_language_is_noticed(parts: Parts) -> None:
    take_in_three(parts)
    parts.dense.synchronise()
    english, russian = parts.dense._indexes["en"], FaissIndex(256)
    russian.add([2], english.vectors([2]))
    english.remove([2])
    parts.dense._indexes["ru"] = russian
    what = "passages with another vector or language in the index than in the store"
    assert parts.dense.problems() == [f"1 {what}"]
    assert parts.dense.rebuild() == 3
    assert parts.dense.problems() == []


def test_vectors_of_another_model_are_never_searched(data: Path) -> None:
    running, new = RecordingEncoder(256), RecordingEncoder(64)
    with opened(data, running) as old, opened(data, new) as rebuilt:
        take_in_three(old)
        question = running.embed_questions(["sentence"])[0]
        assert len(found(old, question, 5)) == 3
        rebuilt.ingester.rebuild()
        with pytest.raises(FingerprintMismatchError, match="qa-service rebuild"):
            old.dense.search(question, 5)
        assert len(found(rebuilt, new.embed_questions(["sentence"])[0], 5)) == 3


def test_no_search_at_or_after_a_delete_shows_the_document(parts: Parts) -> None:
    """Searches and deletes run side by side; the generations alone decide who may see what."""
    documents = [parts.take_in(f"document {number}", f"Words of document {number}.") for number in range(30)]
    ids = {document: parts.store.passage_ids(Filter(documents=[document]))[0] for document in documents}
    question = parts.encoder.embed_questions(["words of document"])[0]

    def search() -> tuple[int, set[int]]:
        rankings, generation = parts.dense.search(question, 100)
        return generation, {identifier for ranking in rankings.values() for identifier in ranking.ids.tolist()}

    with meanwhile(*[search] * 4) as seen:
        gone_from = {ids[document]: parts.store.delete_document(document) for document in documents}
    assert len({generation for generation, _ in seen}) > 1
    for generation, shown in seen:
        assert shown == {passage for passage, gone in gone_from.items() if gone > generation}
    assert parts.dense.search(question, 100)[0] == {}


def test_searches_writes_and_saves_side_by_side(parts: Parts, data: Path) -> None:
    question = parts.encoder.embed_questions(["sentence"])[0]
    actions: list[Callable[[], object]] = [
        parts.dense.save,
        parts.dense.problems,
        lambda: parts.dense.search(question, 5),
        lambda: DenseIndex(parts.store, data / "index", parts.encoder).problems(),
    ]
    with capture_logs(), meanwhile(*actions):
        for number in range(40):
            parts.take_in(f"document {number % 15}", f"Sentence number {number}.")
    assert parts.dense.problems() == []
    parts.dense.save()
    with capture_logs() as logs, opened(data) as restarted:
        assert restarted.dense.problems() == []
    assert events(logs) == []


# --- many passages ---

SUBJECTS = ("boats", "trains", "trees", "bridges", "castles", "rivers", "storks", "lamps")


def take_in_many(parts: Parts) -> list[str]:
    """Take in a document of one passage on each subject; return their ids."""
    return [parts.take_in(subject, f"The {subject} are here.") for subject in SUBJECTS]


@contextmanager
def soon_sorted(parts: Parts, folder: Path) -> Iterator[DenseIndex]:
    """Give an index over the same documents that has too many passages from the fourth on."""
    index = DenseIndex(parts.store, folder, parts.encoder, exact_limit=3)
    try:
        yield index
    finally:
        index.close()


def held_back(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Let the building of lists wait; return what tells that it has begun, and what lets it go on."""
    begun, may_go_on = threading.Event(), threading.Event()
    build = FaissIndex.in_lists

    def waiting(sample: Vectors, count: int, is_wanted: Callable[[], bool]) -> FaissIndex | None:
        begun.set()
        assert may_go_on.wait(60)
        return build(sample, count, is_wanted)

    monkeypatch.setattr(FaissIndex, "in_lists", waiting)
    return begun, may_go_on


def test_many_passages_are_sorted_into_lists_beside_the_index_that_is_searched(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what comes and goes meanwhile is neither lost nor kept."""
    begun, may_go_on = held_back(monkeypatch)
    documents = take_in_many(parts)
    question = parts.encoder.embed_questions(["The storks are here."])[0]
    with soon_sorted(parts, tmp_path / "index") as index:
        assert index.synchronise() == len(SUBJECTS)
        assert begun.wait(60)
        for gone in documents[:2]:
            parts.store.delete_document(gone)
        parts.take_in("trees", "The trees are green.")
        rankings, generation = index.search(question, 1)
        assert (rankings["en"].ids.tolist(), generation) == ([7], len(SUBJECTS) + 3), "it is searched meanwhile"
        assert index.approximated == []
        may_go_on.set()
        index.settle()
        assert index.approximated == ["en"]
        assert index.problems() == []
        assert index.search(question, 1)[0]["en"].ids.tolist() == [7]
        parts.store.delete_document(documents[6])
        assert sorted(index.search(question, 9)[0]["en"].ids.tolist()) == [4, 5, 6, 8, 9]
        index.save()
    with soon_sorted(parts, tmp_path / "index") as loaded:
        assert loaded.approximated == ["en"], "the lists are kept"
        assert loaded.problems() == []


def test_a_service_that_closes_does_not_wait_for_lists(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = held_back(monkeypatch)
    take_in_many(parts)
    with soon_sorted(parts, tmp_path / "index") as index:
        index.synchronise()
        assert begun.wait(60)
        closing = threading.Thread(target=index.close)
        closing.start()
        while not index._is_closing:
            pass
        may_go_on.set()
        closing.join()
        assert (index.approximated, len(index)) == ([], len(SUBJECTS))
        index.synchronise()
        index.settle()
        assert index.approximated == [], "nothing is begun after that"


def test_lists_that_cannot_be_built_leave_the_index_as_it_is(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(sample: Vectors, count: int, is_wanted: Callable[[], bool]) -> FaissIndex:
        raise MemoryError("no room")

    monkeypatch.setattr(FaissIndex, "in_lists", failing)
    take_in_many(parts)
    with capture_logs() as logs, soon_sorted(parts, tmp_path / "index") as index:
        for _ in range(3):
            index.synchronise()
            index.settle()
        assert index.problems() == []
        assert index.approximated == []
    told = "vectors not sorted into lists; every one is looked at"
    assert [event for event in events(logs) if event == told] == [told], "it is tried once"


def test_an_index_built_anew_meanwhile_is_not_replaced(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = held_back(monkeypatch)
    take_in_many(parts)
    with soon_sorted(parts, tmp_path / "index") as index:
        index.synchronise()
        assert begun.wait(60)
        index.rebuild()
        may_go_on.set()
        index.settle()
        assert index.problems() == []
        assert index.approximated == ["en"], "the new one is sorted in its turn"
