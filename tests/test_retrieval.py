"""From a question to hits: limits, order, and documents that change while they are searched."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from embeddings import Vectors
from qa_service.dense import DenseIndex
from qa_service.retrieval import Found
from qa_service.types import Filter
from qa_service.vectors import Ranking
from tests.parts import Parts, RecordingEncoder, opened

DOCUMENTS = {
    "boats": "Boats lie in the harbour. The harbour freezes in winter.",
    "лодки": "Лодки стоят в гавани. Зимой гавань замерзает.",
    "лодкі": "Лодкі стаяць у гавані. Узімку гавань замярзае, і лодкі ўмярзаюць у лёд.",
    "trees": "Trees stand in the forest. The forest is green in winter.",
}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with opened(tmp_path / "data") as built:
        yield built


@pytest.fixture
def ids(parts: Parts) -> dict[str, str]:
    return {name: parts.take_in(name, text) for name, text in DOCUMENTS.items()}


def titles(found: Found) -> list[str]:
    return [hit.passage.document.uri.removesuffix(".txt") for hit in found.hits]


def meddle(monkeypatch: pytest.MonkeyPatch, *changes: Callable[[], object], before: bool = False) -> None:
    """Make one change `before` or after each of the next searches of the index; after is before the store is read."""
    search = DenseIndex.search
    remaining = iter(changes)

    def changed(
        self: DenseIndex, vector: Vectors, limit: int, allowed: Sequence[int] | None = None
    ) -> tuple[Ranking, int]:
        change = next(remaining, lambda: None)
        if before:
            change()
        result = search(self, vector, limit, allowed)
        if not before:
            change()
        return result

    monkeypatch.setattr(DenseIndex, "search", changed)


@pytest.mark.usefixtures("ids")
def test_best_passage_comes_first_with_its_best_sentence_marked(parts: Parts) -> None:
    found = parts.retriever.search("Which forest is green?", 2)
    first, second = found.hits
    assert (first.passage.document.uri, first.rank, second.rank) == ("trees.txt", 1, 2)
    assert [span.of(first.passage.text) for span in first.highlights] == ["The forest is green in winter."]
    assert found.generation == 4
    assert first.lexical is None


@pytest.mark.usefixtures("ids")
def test_scores_are_what_their_parts_say(parts: Parts) -> None:
    question = "the harbour in winter"
    vector = parts.encoder.embed_questions([question])[0]
    hits = parts.retriever.search(question, 50).hits
    assert len(hits) == 4
    for hit in hits:
        spans = [(span.start, span.end) for span in hit.passage.sentences]
        expected = parts.encoder.embed_passages([hit.passage.text], [spans])
        assert hit.dense is not None
        assert hit.dense == pytest.approx(float(expected.passages[0] @ vector), abs=1e-3)
        np.testing.assert_allclose(hit.sentence_scores, expected.sentences[0] @ vector, atol=1e-3)
        assert hit.score == pytest.approx((hit.dense + max(hit.sentence_scores)) / 2)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_sentence_brings_a_passage_up_from_beyond_what_is_asked_for(parts: Parts) -> None:
    """By the whole passage alone the lake would come first."""
    parts.take_in("lake", "The lake is blue and the deep forest is dark.")
    rest = " ".join(f"Then come words about number {number}, harbours and railways." for number in range(6))
    parts.take_in("forest", f"The deep forest is green. {rest}")
    lake, forest = parts.retriever.search("the deep forest is green", 2).hits[::-1]
    assert (lake.dense or 0) > (forest.dense or 0)
    assert titles(parts.retriever.search("the deep forest is green", 1)) == ["forest"]


@pytest.mark.parametrize(
    ("languages", "names", "expected"),
    [
        (None, None, {"boats", "лодки", "лодкі", "trees"}),
        (["en"], None, {"boats", "trees"}),
        (["be", "ru"], None, {"лодки", "лодкі"}),
        (None, ["trees", "лодкі"], {"trees", "лодкі"}),
        (["en"], ["trees", "лодкі"], {"trees"}),
        (["xx"], None, set()),
        (None, [], set()),
    ],
)
def test_limits_are_exact(
    parts: Parts, ids: dict[str, str], languages: list[str] | None, names: list[str] | None, expected: set[str]
) -> None:
    documents = None if names is None else [*(ids[name] for name in names), "unknown"]
    found = parts.retriever.search("the harbour in winter", 50, Filter(languages, documents))
    assert sorted(titles(found)) == sorted(expected)


@pytest.mark.parametrize("top_k", [1, 3, 4, 50])
@pytest.mark.usefixtures("ids")
def test_as_many_as_asked_for_or_there_are(parts: Parts, top_k: int) -> None:
    assert len(parts.retriever.search("the harbour", top_k).hits) == min(top_k, 4)


def test_empty_collection_has_no_hits(parts: Parts) -> None:
    found = parts.retriever.search("anything", 5)
    assert (found.hits, found.generation) == ((), 0)


def test_question_without_words_still_gets_passages(parts: Parts, ids: dict[str, str]) -> None:
    assert len(parts.retriever.search("?!", 50).hits) == len(ids)


def test_passage_deleted_meanwhile_makes_room_for_the_next(
    parts: Parts, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert titles(parts.retriever.search("the green forest in winter", 2)) == ["trees", "boats"]
    meddle(monkeypatch, lambda: parts.store.delete_document(ids["trees"]))
    found = parts.retriever.search("the green forest in winter", 2)
    assert titles(found)[0] == "boats"
    assert (len(found.hits), found.hits[0].rank, found.generation) == (2, 1, 5)


def test_passages_that_go_at_every_attempt_drop_out(
    parts: Parts, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = ["trees", "boats", "лодкі"]
    meddle(monkeypatch, *(lambda name=name: parts.store.delete_document(ids[name]) for name in gone))
    found = parts.retriever.search("the green forest in winter", 2)
    assert titles(found) == ["лодки"]


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("languages", [None, ["en"]])
def test_document_replaced_meanwhile_is_not_missed(
    parts: Parts, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch, languages: list[str] | None, before: bool
) -> None:
    """Its passages have other ids than before: between two states neither the old nor the new ones would be found."""
    text = "The forest stands. The forest is green, and red in autumn."
    meddle(monkeypatch, lambda: parts.take_in("trees", text), before=before)
    found = parts.retriever.search("the green forest", 1, Filter(languages))
    assert [hit.passage.document.id for hit in found.hits] == [ids["trees"]]
    assert "autumn" in found.hits[0].passage.text
    assert found.generation == 5


def test_everything_embedded_anew_meanwhile_is_no_empty_answer(
    parts: Parts, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All passages get new ids at once."""
    with opened(tmp_path / "data", RecordingEncoder(), passage_characters=100) as other_process:
        meddle(monkeypatch, lambda: other_process.ingester.rebuild())
        assert len(parts.retriever.search("the harbour", 50).hits) == len(ids)
