"""Building everything anew: with another model or other settings, stopped in the middle, and changed meanwhile."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_service.errors import FingerprintMismatchError
from qa_service.outcomes import Progress
from qa_service.parsers.process import ParserProcess
from tests.parts import PASSAGE, Parts, RecordingEncoder, opened, paragraph, stored_vectors, text_of, texts_of_passages


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


def model_of(parts: Parts) -> str:
    state = parts.store.state()
    assert state is not None
    return state.model


def test_rebuild_switches_the_model_at_once(parts: Parts, encoder: RecordingEncoder, data: Path) -> None:
    identifier = parts.take_in("water", text_of("river", "lake"))
    parts.take_in("land", text_of("hill"))
    before = parts.store.document(identifier)
    searched: list[int] = []

    def search_with_the_old_model() -> None:
        searched.append(len(parts.retriever.search("river", 5).hits))

    new = RecordingEncoder(64, search_with_the_old_model)
    with opened(data, new, passage_characters=PASSAGE) as rebuilt:
        with pytest.raises(FingerprintMismatchError):
            rebuilt.take_in("more", text_of("more"))
        progress: list[Progress] = []
        report = rebuilt.ingester.rebuild(progress.append)
        assert rebuilt.dense.problems() == []
        new.before = lambda: None  # the first search with a model measures its centres
        assert len(rebuilt.retriever.search("river", 5).hits) == 3
        assert model_of(rebuilt) == new.name

    assert searched == [3, 3]
    assert (report.count("replaced"), report.embedded) == (2, 3)
    assert [(step.done, step.passages) for step in progress][-1] == (2, 3)
    assert progress[-1].total == 2
    assert parts.store.document(identifier) == before
    assert stored_vectors(parts.store) == 3
    with pytest.raises(FingerprintMismatchError, match="qa-service rebuild"):
        parts.retriever.search("river", 5)
    with pytest.raises(FingerprintMismatchError):
        parts.take_in("more", text_of("more"))


def test_rebuild_goes_on_where_it_was_stopped(parts: Parts, data: Path) -> None:
    for number in range(4):
        parts.take_in(f"document {number}", text_of(f"subject {number}"))
    calls = itertools.count()

    def stop_at_the_third() -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt

    new = RecordingEncoder(64, stop_at_the_third)
    with opened(data, new, passage_characters=PASSAGE) as rebuilt:
        with pytest.raises(KeyboardInterrupt):
            rebuilt.ingester.rebuild()
        assert len(parts.retriever.search("subject", 5).hits) == 4
        assert rebuilt.ingester.rebuild().embedded == 2
        assert rebuilt.dense.problems() == []
    assert sorted(new.embedded) == [paragraph(f"subject {number}") for number in range(4)]


def test_rebuild_goes_round_again_where_documents_change_meanwhile(parts: Parts, data: Path) -> None:
    gone = parts.take_in("a", text_of("gone"))
    parts.take_in("b", text_of("old"))
    kept = parts.take_in("c", text_of("kept"))

    def change() -> None:
        new.before = lambda: None
        parts.ingester.delete(gone)
        parts.take_in("b", text_of("new"))
        parts.take_in("d", text_of("late"))

    new = RecordingEncoder(64, change)
    with opened(data, new, passage_characters=PASSAGE) as rebuilt:
        report = rebuilt.ingester.rebuild()
        assert rebuilt.dense.problems() == []
        assert sorted(texts_of_passages(rebuilt)) == sorted(map(paragraph, ["new", "kept", "late"]))
        assert stored_vectors(rebuilt.store) == 3
    assert new.embedded.count(paragraph("kept")) == 1
    assert report.count("replaced") == 3
    assert kept in {outcome.document_id for outcome in report.outcomes}


def test_document_deleted_before_its_turn_does_not_stop_a_rebuild(parts: Parts, data: Path) -> None:
    for number in range(4):
        parts.take_in(f"document {number}", text_of(f"subject {number}"))

    def delete_the_others() -> None:
        new.before = lambda: None
        for document in parts.store.documents(10):
            if document.title not in new.embedded:
                parts.ingester.delete(document.id)

    new = RecordingEncoder(64, delete_the_others)
    with opened(data, new, passage_characters=PASSAGE) as rebuilt:
        assert rebuilt.ingester.rebuild().outcomes == ()
        assert model_of(rebuilt) == new.name
        assert rebuilt.dense.problems() == []


def test_rebuild_keeps_a_document_that_can_no_longer_be_parsed(parts: Parts, data: Path) -> None:
    content = f"# Water\n\n{paragraph('river')}\n\n{paragraph('lake')}".encode()
    outcome = parts.ingester.ingest("o", "water.md", content)
    assert outcome.document_id is not None
    before, text = parts.store.document(outcome.document_id), parts.store.text(outcome.document_id)
    hasty = ParserProcess(1e-9, 2**31)
    with opened(data, RecordingEncoder(64), parser=hasty, passage_characters=PASSAGE) as rebuilt:
        report = rebuilt.ingester.rebuild()
        (again,) = report.outcomes
        assert again.status == "replaced"
        assert "could not be parsed again: the file took longer" in str(again.reason)
        after = rebuilt.store.document(outcome.document_id)
        assert (after.title, after.sha256, rebuilt.store.text(after.id)) == (before.title, before.sha256, text)
        assert rebuilt.dense.problems() == []
        passages = rebuilt.store.passages(rebuilt.store.passage_ids()).values()
        assert [passage.span.of(text) for passage in passages] == [passage.text for passage in passages]
    hasty.close()
    with opened(data, RecordingEncoder(64), passage_characters=PASSAGE) as restarted:
        assert restarted.ingester.ingest("o", "water.md", content).status == "replaced"
        passages = restarted.store.passages(restarted.store.passage_ids()).values()
        assert {passage.headings for passage in passages} == {("Water",)}
