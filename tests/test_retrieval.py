"""From a question to hits: limits, order, and documents that change while they are searched."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embeddings import Encoder, Vectors
from qa_service.centring import Probes, centred
from qa_service.dense import DenseIndex
from qa_service.filters import EVERYTHING, Filter
from qa_service.fusion import Weights
from qa_service.packing import PackedRows, pack_words
from qa_service.retrieval import Found, Retriever
from qa_service.types import Language, Span
from qa_service.vectors import Ranking
from qa_service.words import content_words
from tests.parts import Parts, RecordingEncoder, opened

DOCUMENTS = {
    "boats": "Boats lie in the harbour. The harbour freezes in winter.",
    "лодки": "Лодки стоят в гавани. Зимой гавань замерзает.",
    "лодкі": "Лодкі стаяць у гавані. Узімку гавань замярзае, і лодкі ўмярзаюць у лёд.",
    "trees": "Trees stand in the forest. The forest is green in winter.",
}


PLAIN = Weights(is_centred=False, sentence=0, words=0, lexical=0, bridge=0)
"""Passage vectors alone."""


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with opened(tmp_path / "data") as built:
        yield built


@pytest.fixture
def ids(parts: Parts) -> dict[str, str]:
    return {name: parts.take_in(name, text) for name, text in DOCUMENTS.items()}


def bounds(spans: Sequence[Span]) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in spans]


def titles(found: Found) -> list[str]:
    return [hit.passage.document.uri.removesuffix(".txt") for hit in found.hits]


def meddle(monkeypatch: pytest.MonkeyPatch, *changes: Callable[[], object], before: bool = False) -> None:
    """Make one change `before` or after each of the next searches of the index; after is before the store is read."""
    search = DenseIndex.search
    remaining = iter(changes)

    def changed(
        self: DenseIndex, vector: Vectors, limit: int, allowed: Sequence[int] | None = None
    ) -> tuple[Mapping[Language, Ranking], int]:
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
    assert (first.lexical, first.evidence.lexical) == (1, 1)


def ranking_by(parts: Parts, folder: Path, weights: Weights) -> Retriever:
    """Return a retriever over these parts that weighs evidence in another way."""
    return Retriever(parts.store, parts.encoder, parts.dense, parts.lexical, Probes(parts.encoder, folder), weights)


@pytest.mark.usefixtures("ids")
def test_scores_are_what_their_parts_say(parts: Parts, tmp_path: Path) -> None:
    """Without centres and words shared: what the model says of passages and sentences, and nothing else."""
    question = "the harbour in winter"
    vector = parts.encoder.embed_questions([question])[0]
    hits = ranking_by(parts, tmp_path, replace(PLAIN, sentence=0.5)).search(question, 50).hits
    assert len(hits) == 4
    for hit in hits:
        expected = parts.encoder.embed_passages([hit.passage.text], [bounds(hit.passage.sentences)], [[]])
        assert hit.dense is not None
        assert hit.dense == pytest.approx(float(expected.passages[0] @ vector), abs=1e-3)
        np.testing.assert_allclose(hit.sentence_scores, expected.sentences[0] @ vector, atol=1e-3)
        assert hit.score == pytest.approx((hit.dense + max(hit.sentence_scores)) / 2)
        assert (hit.evidence.cosine, hit.evidence.best_sentence) == (hit.dense, max(hit.sentence_scores))
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.usefixtures("ids")
def test_evidence_is_centred_and_adds_up_to_the_score(parts: Parts, tmp_path: Path) -> None:
    question, probabilities = "the harbour in winter", {"en": 0.75, "ru": 0.25}
    weights = Weights(lexical=0, bridge=0, words_of_sentence=0)
    hits = ranking_by(parts, tmp_path, weights).search(question, 50, languages=probabilities).hits
    assert len(hits) == 4
    probes, sums = Probes(parts.encoder, tmp_path), parts.store.language_sums()
    of_questions = probes.questions(probabilities)
    asked = parts.encoder.embed_question(question, bounds(content_words(question)))
    vector, words = centred(asked.question[None], of_questions.text)[0], centred(asked.words, of_questions.words)
    shifts: dict[str, set[float]] = defaultdict(set)
    for hit in hits:
        passage, evidence = hit.passage, hit.evidence
        centre = probes.passages(passage.language, sums[passage.language])
        own = parts.encoder.embed_passages(
            [passage.text], [bounds(passage.sentences)], [bounds(content_words(passage.text))]
        )
        sentences = centred(own.sentences[0], centre.text) @ vector
        assert evidence.cosine == pytest.approx(float(centred(own.passages, centre.text)[0] @ vector), abs=2e-3)
        assert evidence.best_sentence == pytest.approx(float(sentences.max()), abs=2e-3)
        np.testing.assert_allclose(hit.sentence_scores, sentences, atol=2e-3)
        kept = PackedRows([pack_words(own.words[0])], parts.encoder.dimension).unpacked()
        found = (words @ centred(kept, centre.words).T).max(axis=1)
        assert evidence.words == pytest.approx(float(found.mean()), abs=1e-4)
        likeness = 0.4 * evidence.cosine + 0.6 * evidence.best_sentence
        moved = evidence.words + evidence.language_shift
        assert hit.score == pytest.approx((1 - weights.words) * likeness + weights.words * moved, abs=1e-5)
        shifts[passage.language].add(evidence.language_shift)
    assert {language: len(found) for language, found in shifts.items()} == {"en": 1, "ru": 1, "be": 1}


def test_every_language_is_brought_nearer_to_the_level_of_all(parts: Parts) -> None:
    """One of eleven parts of the difference with one candidate of a language, two of twelve with two."""
    for name, text in DOCUMENTS.items():
        parts.take_in(name, text)
    hits = parts.retriever.search("boats in the harbour", 50, languages={"en": 1}).hits
    level = np.mean([hit.evidence.words for hit in hits])
    for language, trust in (("en", 2 / 12), ("ru", 1 / 11), ("be", 1 / 11)):
        own = [hit.evidence for hit in hits if hit.passage.language == language]
        expected = trust * (level - np.mean([evidence.words for evidence in own]))
        assert [evidence.language_shift for evidence in own] == pytest.approx([expected] * len(own), abs=1e-6)
    english = next(hit.evidence.language_shift for hit in hits if hit.passage.language == "en")
    assert english < 0 < max(hit.evidence.language_shift for hit in hits)


@pytest.mark.usefixtures("ids")
def test_words_in_common_are_told_and_move_nothing_past_another_language(parts: Parts, tmp_path: Path) -> None:
    question, asked = "the forest in winter", {"en": 1.0}
    with_words, without = (
        ranking_by(parts, tmp_path, Weights(lexical=lexical)).search(question, 50, languages=asked).hits
        for lexical in (1, 0)
    )
    shares = {hit.passage.document.uri: hit.evidence.lexical for hit in with_words}
    assert shares["trees.txt"] == 1
    assert 0 < shares["boats.txt"] < 1, "it has the winter alone"
    assert (shares["лодки.txt"], shares["лодкі.txt"]) == (0, 0)
    assert [hit.passage.language for hit in with_words] == [hit.passage.language for hit in without]
    assert [hit.score for hit in with_words] == [hit.score for hit in without]


def test_words_in_common_decide_inside_a_language(parts: Parts, tmp_path: Path) -> None:
    """The vectors of this encoder know no stop words, so that by them alone the one that says nothing comes first."""
    parts.take_in("says something", "The island lies far out in cold northern waters behind rocks and storms.")
    parts.take_in("says nothing", "To the left, to the right, to the top and to the end.")
    question, asked = "how to get to the island, to the island", {"en": 1.0}
    orders = {}
    for lexical in (0, 10):
        hits = ranking_by(parts, tmp_path, replace(PLAIN, lexical=lexical)).search(question, 2, languages=asked).hits
        orders[lexical] = [(hit.passage.document.uri, hit.evidence.lexical) for hit in hits]
    assert orders == {
        0: [("says nothing.txt", 0), ("says something.txt", 1)],
        10: [("says something.txt", 1), ("says nothing.txt", 0)],
    }


@pytest.mark.parametrize(
    ("asked", "lifted"),
    [
        ({"en": 1.0}, {"ru"}),
        ({"ru": 0.9, "en": 0.1}, {"en"}),
        ({"en": 0.5, "ru": 0.5}, set()),
        ({"be": 0.8, "en": 0.2}, {"ru"}),
    ],
    ids=["another language", "an unlikely one is another", "both may be its own", "a fifth will do"],
)
def test_names_speak_for_other_languages_only(
    parts: Parts, tmp_path: Path, asked: dict[str, float], lifted: set[str]
) -> None:
    parts.take_in("english", "Stockholm is a town with many bridges. It stands on fourteen islands.")
    parts.take_in("russian", "Стокгольм стоит на четырнадцати островах. В нём много мостов и каналов.")
    parts.take_in("other", "Деревья растут в лесу. Зимой в лесу тихо, и деревья спят под снегом.")
    found = {
        bridge: {
            hit.passage.document.uri: hit
            for hit in ranking_by(parts, tmp_path, Weights(bridge=bridge)).search("Stockholm", 50, languages=asked).hits
        }
        for bridge in (0, 0.5)
    }
    for name, language in (("english", "en"), ("russian", "ru"), ("other", "ru")):
        before, after = found[0][f"{name}.txt"], found[0.5][f"{name}.txt"]
        assert after.passage.language == language
        gained = 0.5 * after.evidence.names if language in lifted else 0
        assert after.score - before.score == pytest.approx(gained, abs=1e-6)
        assert (after.evidence.names > 0) is (name != "other")
    assert max(hit.evidence.names for hit in found[0].values()) == 1


def test_nothing_is_centred_or_matched_where_no_weight_says_so(parts: Parts, tmp_path: Path) -> None:
    """And then no probe is embedded either."""
    parts.take_in("boats", DOCUMENTS["boats"])
    assert isinstance(parts.encoder, RecordingEncoder)
    parts.encoder.embedded.clear()
    (hit,) = ranking_by(parts, tmp_path, PLAIN).search("boats", 5).hits
    assert parts.encoder.embedded == []
    assert (hit.evidence.words, hit.evidence.language_shift) == (0, 0)
    assert hit.score == hit.evidence.cosine


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


@pytest.mark.usefixtures("ids")
def test_what_is_left_out_is_not_found(parts: Parts) -> None:
    (first, *_), others = parts.retriever.search("Which forest is green?", 5).hits, EVERYTHING
    found = parts.retriever.search("Which forest is green?", 5, replace(others, without_passages=[first.passage.id]))
    assert first.passage.id not in [hit.passage.id for hit in found.hits]
    assert len(found.hits) == 3


def test_copies_come_as_one_hit_that_names_the_others(parts: Parts) -> None:
    text = "The harbour freezes in winter, and the boats lie in it until the thaw comes in the last days of March."
    for name in ("first", "second", "third"):
        parts.take_in(name, text)
    parts.take_in("other", "The forest is green in winter, for it is of pine and spruce and nothing else.")
    hits = parts.retriever.search("When does the harbour freeze?", 2).hits
    assert [hit.rank for hit in hits] == [1, 2]
    copies = [hits[0].passage, *hits[0].duplicates]
    assert sorted(passage.document.uri for passage in copies) == ["first.txt", "second.txt", "third.txt"]
    assert (hits[1].passage.document.uri, hits[1].duplicates) == ("other.txt", ())


def test_a_list_of_literature_stands_behind_prose(parts: Parts) -> None:
    parts.take_in(
        "list", "1. Smith, J. The harbour freezes in winter // Harbours. 2014. vol. 3. URL: http://example.org/a"
    )
    parts.take_in("prose", "Each winter the harbour freezes, said the old man.")
    hits = parts.retriever.search("the harbour freezes in winter", 2).hits
    assert [hit.passage.document.uri for hit in hits] == ["prose.txt", "list.txt"]
    assert [hit.evidence.prose for hit in hits] == [1, 0]


@pytest.mark.model
@pytest.mark.shared
def test_real_documents_answer_with_prose(
    shared_documents: list[str], bundled_encoder: Encoder, tmp_path: Path
) -> None:
    """A book of which every third line is a reference, and a paper that ends in a list of literature."""
    with opened(tmp_path / "data", bundled_encoder, passage_characters=1_200) as parts:
        for number, text in enumerate(shared_documents):
            parts.ingester.ingest(f"test:{number}", f"{number}.txt", text[:60_000].encode())
        questions = {
            "ru": "Как Казахстан и Беларусь торгуют нефтью?",
            "be": "Якія прадпрыемствы Беларусі працуюць у Казахстане?",
            "en": "Which Belarusian machines are assembled in Kazakhstan?",
        }
        found = {language: parts.service().search(text, 3).hits for language, text in questions.items()}
    shares = [hit.evidence.prose for hits in found.values() for hit in hits]
    assert len(shares) == 9
    assert min(shares) > 0.4
