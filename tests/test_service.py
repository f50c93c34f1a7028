"""The service as its callers see it: bounds, answers, and citations that hold to the character, end to end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from qa_service.errors import (
    DocumentNotFoundError,
    DocumentTooLargeError,
    InvalidRequestError,
    StoreDamagedError,
    UnreadableDocumentError,
)
from qa_service.filters import Filter
from qa_service.service import QAService
from qa_service.types import AskResult, Turn
from tests.parts import MAX_BYTES, RecordingEncoder, opened

NOTES = "The lighthouse was built in 1898. It stands on the northern cape. Boats pass it every day."


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QAService]:
    """A service that tests share; each deletes what it took in."""
    with opened(tmp_path_factory.mktemp("service") / "data", passage_characters=200) as parts:
        yield parts.service()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[QAService]:
    with opened(tmp_path / "data") as parts:
        yield parts.service()


def require_exact_citations(service: QAService, result: AskResult) -> None:
    """Everything shown is in the document's text, exactly where it is said to be."""
    for hit in result.hits:
        passage = hit.passage
        text = service.text(passage.document.id)
        assert passage.text == passage.span.of(text) != ""
        assert passage == service.passage(passage.document.id, passage.id)
        assert len(hit.sentence_scores) == len(passage.sentences) > 0
        for span in (*passage.sentences, *hit.highlights):
            assert span.shifted(passage.span.start).of(text) == span.of(passage.text)
            assert span.of(passage.text).strip() != ""
        assert hit.highlights
    assert (result.status == "answered") == (result.answer is not None) == bool(result.hits)
    for citation in result.answer.citations if result.answer else ():
        assert citation.quote == citation.span.of(service.text(citation.document_id)) != ""
        assert citation.quote in (result.answer.text if result.answer else "")
        assert citation.passage_id in {hit.passage.id for hit in result.hits}


# --- questions ---


@pytest.mark.parametrize(
    "question", ["", "   ", "\n\t\r\n", "\0", "\0 \0", "\u200b\ufeff\xad", "\xa0\u2003"], ids=ascii
)
def test_question_without_words_is_refused(asked: QAService, question: str) -> None:
    for call in (asked.ask, asked.search):
        with pytest.raises(InvalidRequestError, match="question is empty"):
            call(question)


def test_length_of_a_question_is_bounded(asked: QAService) -> None:
    assert asked.ask("слово " * 333 + "ab").status == "not_found"
    for question in ("x" * 2001, " " * 2001, "x" * 1_000_000):
        with pytest.raises(InvalidRequestError, match=rf"has {len(question):,} characters; the bound is 2,000"):
            asked.ask(question)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([Turn("Where?")] * 21, "the history has 21 turns; the bound is 20, so give the latest"),
        ([Turn("Where?"), Turn(" \u200b")], "question 2 of the history is empty"),
        ([Turn("x" * 2_001)], "question 1 of the history has 2,001 characters; the bound is 2,000"),
        ([Turn("Where?", "x" * 2_001)], "answer 1 of the history has 2,001 characters; the bound is 2,000"),
    ],
)
def test_history_is_bounded_as_questions_are(asked: QAService, history: list[Turn], expected: str) -> None:
    with pytest.raises(InvalidRequestError, match=expected):
        asked.ask("And then?", history=history)
    assert asked.ask("And then?", history=[Turn("Where?", "x" * 2_000)] * 20).status == "not_found"


def test_follow_up_is_searched_with_what_it_leaves_out(service: QAService) -> None:
    service.upload("notes.txt", NOTES.encode())
    service.upload("ferry.txt", b"The ferry was sold in 1911. It was painted white.")
    assert service.search("And what colour was it painted?").question.rewritten is None
    result = service.search("And when was it sold?", history=[Turn("Which\u00a0colour is the fer\u00adry?", "\u200b")])
    assert result.question.text == "And when was it sold?"
    assert result.question.rewritten == "colour ferry And when was it sold?"
    assert result.hits[0].passage.document.uri == "ferry.txt"
    alone = service.search("Which boats pass the northern cape?", history=[Turn("Which colour is the ferry?")])
    assert alone.question.rewritten is None


@pytest.mark.parametrize("top_k", [0, -1, 51, 10**9, -(10**30)])
def test_top_k_is_bounded(asked: QAService, top_k: int) -> None:
    with pytest.raises(InvalidRequestError, match=rf"top_k is {top_k}; it must be in 1\.\.50"):
        asked.ask("a question", top_k)


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (501, 0), (10, -1), (10, 2**63), (-(2**80), 0)])
def test_paging_is_bounded(asked: QAService, limit: int, offset: int) -> None:
    with pytest.raises(InvalidRequestError, match=rf"limit is {limit} and offset {offset};"):
        asked.documents(limit, offset)
    assert asked.documents(500, 2**62) == []


def test_question_is_cleaned_as_documents_are(asked: QAService) -> None:
    assert asked.search("\ufeff  Што\xa0 такое\r\n й \ud83d?\0").question.text == "Што такое й \ufffd?"


def test_bounds_of_what_can_be_asked_are_answered(asked: QAService) -> None:
    document = asked.upload("notes.txt", NOTES.encode()).document_id
    assert document is not None
    for question in ("?", "🙂", "\ud800", "a" * 2000, "é" * 1000, "'; DROP TABLE documents; --", "%s {0} \\x00"):
        result = asked.ask(question, 50)
        assert len(result.hits) == 1
        require_exact_citations(asked, result)
    for nothing in (["\ud800"], ["x" * 100_000]):
        for filter in (Filter(documents=nothing), Filter(languages=nothing), Filter(metadata={"kind": nothing})):
            result = asked.ask("lighthouse", filter=filter)
            assert (result.status, result.reason, result.hits) == ("not_found", "no_documents", ())
    asked.delete(document)


def test_answer_is_the_best_sentence_quoted(service: QAService) -> None:
    document = service.upload("notes.txt", NOTES.encode()).document_id
    result = service.ask("When was the lighthouse built?")
    assert (result.status, result.reason) == ("answered", None)
    assert result.answer is not None
    (citation,) = result.answer.citations
    assert citation.quote == result.answer.text == "The lighthouse was built in 1898."
    assert (citation.document_id, citation.span.start, citation.span.end) == (document, 0, 33)
    assert result.question.language == "en"
    assert result.index == service.index()
    assert result.index.generation == 1
    timings = result.timings
    assert 0 < timings.embed + timings.retrieve + timings.answer <= timings.total


def test_nothing_stored_is_a_status(service: QAService) -> None:
    result = service.ask("Anything there?")
    assert (result.status, result.reason, result.answer, result.hits) == ("not_found", "no_documents", None, ())


# --- documents ---


def test_same_content_is_the_same_document_whatever_its_name(service: QAService) -> None:
    first = service.upload("notes.txt", NOTES.encode())
    again = service.upload("other.txt", NOTES.encode())
    assert (first.status, again.status) == ("added", "unchanged")
    assert again.document_id == first.document_id
    assert service.totals().documents == 1


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\notes.txt", "notes.txt"),
        ("no\0tes.txt", "notes.txt"),
        ("half \ud83d.txt", "half ?.txt"),
        ("…" * 300 + ".txt", "…" * 251 + ".txt"),
        ("заметкі 🙂.txt", "заметкі 🙂.txt"),
        ("..", ".."),
        (".", "."),
        ("<b>.txt", "<b>.txt"),
    ],
    ids=ascii,
)
def test_name_of_an_upload_is_never_a_path(service: QAService, name: str, uri: str) -> None:
    outcome = service.upload(name, NOTES.encode())
    assert outcome.document_id is not None
    stored = service.document(outcome.document_id)
    assert stored.uri == uri
    assert stored.title.strip()


@pytest.mark.parametrize("name", ["", " ", "folder/", "\0", "a\\"])
def test_upload_needs_a_name(service: QAService, name: str) -> None:
    with pytest.raises(InvalidRequestError, match="file name"):
        service.upload(name, NOTES.encode())


def test_size_of_an_upload_is_bounded(service: QAService) -> None:
    assert service.max_document_bytes == MAX_BYTES
    with pytest.raises(DocumentTooLargeError, match=rf"{MAX_BYTES + 1:,} bytes exceeds the bound of {MAX_BYTES:,}"):
        service.upload("large.txt", b"x" * (MAX_BYTES + 1))


def test_deleted_document_is_gone_from_its_generation_on(service: QAService) -> None:
    document = service.upload("notes.txt", NOTES.encode()).document_id
    assert document is not None
    (passage,) = (hit.passage for hit in service.ask("lighthouse").hits)
    generation = service.delete(document)
    result = service.ask("lighthouse")
    assert (result.hits, result.index.generation) == ((), generation)
    for call in (service.document, service.text, service.delete, lambda unknown: service.passage(unknown, passage.id)):
        with pytest.raises(DocumentNotFoundError):
            call(document)


# --- citations ---

_CHARACTERS = st.sampled_from("🙂ўйßﬁ№…—*_\r\t\x0b\x85\xa0\xad\u200b\u2028\u2029\ufeff")
_GROUPS = st.sampled_from(
    ("👩\u200d👧\u200d👦", "👍🏽", "☀\ufe0f", "е\u0301", "i\u0307\u0323", "и\u0306", "\r\n", "\n\n")
)
_MARKUP = st.sampled_from(("# ", "- ", "> ", "```\n", "| a | b |\n", "<b>", "&amp;", "[x](y)", "1. ", "<!--", "---\n"))
_WORDS = st.sampled_from(
    (
        "The",
        "river",
        "runs.",
        "Рака",
        "цячэ!",
        "Река",
        "течёт?",
        "Mr.",
        "г.",
        "т.д.",
        "1898",
        "שלום",
        "مرحبا",
        "中文。",
        "한국어",
    )
)
_PIECES = _WORDS | _WORDS | _CHARACTERS | _GROUPS | _MARKUP
_SENTENCES = st.lists(_PIECES, min_size=1, max_size=60).map(" ".join)
_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
_LONG_LINES = st.builds(lambda piece, times: piece * times, _PIECES, st.integers(100, 3000))
texts = st.lists(_SENTENCES | _ANY_TEXT | _LONG_LINES, min_size=1, max_size=5).map("\n".join)


@pytest.mark.parametrize("name", ["any.txt", "any.md", "any.html"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=texts, mark=st.sampled_from([b"", b"\xef\xbb\xbf"]), question=st.sampled_from(["river", "рака", "🙂 中文"]))
def test_citations_of_any_document_are_exact(
    asked: QAService, name: str, text: str, mark: bytes, question: str
) -> None:
    try:
        document = asked.upload(name, mark + text.encode()).document_id
    except UnreadableDocumentError:
        return
    assert document is not None
    canonical, stored = asked.text(document), asked.document(document)
    assert stored.characters == len(canonical)
    result = asked.ask(question, 50)
    require_exact_citations(asked, result)
    assert len(result.hits) <= min(50, stored.passages)
    if stored.passages <= 50:
        found = [passage for hit in result.hits for passage in (hit.passage, *hit.duplicates)]
        assert len(found) == stored.passages
        shown = sorted(found, key=lambda passage: passage.span.start)
        ends = [0, *(passage.span.end for passage in shown)]
        starts = [*(passage.span.start for passage in shown), len(canonical)]
        between = [canonical[end:start] for end, start in zip(ends, starts, strict=True)]
        assert "".join(between).strip() == ""
    asked.delete(document)


# --- upkeep ---


def test_closing_saves_the_index_for_the_next_start(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as parts:
        parts.service().upload("notes.txt", NOTES.encode())
        parts.service().close()
    with opened(tmp_path / "data") as parts:
        assert len(parts.dense) == 1
        assert parts.service().index_problems() == []


def test_closing_works_where_the_index_cannot_be_brought_up(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as parts:
        parts.service().upload("notes.txt", NOTES.encode())
    closed: list[bool] = []
    with opened(tmp_path / "data", RecordingEncoder(64)) as parts:
        service = parts.service()
        service._on_close = lambda: closed.append(True)
        with capture_logs() as logs:
            service.close()
    assert closed == [True]
    assert [log["event"] for log in logs][-1].startswith("vector cache not saved")


def test_service_is_ready_only_with_the_model_of_its_documents(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as parts:
        parts.service().require_ready()
        parts.service().upload("notes.txt", NOTES.encode())
    with capture_logs(), opened(tmp_path / "data", RecordingEncoder(64)) as parts:
        service = parts.service()
        with pytest.raises(Exception, match="qa-service rebuild"):
            service.require_ready()
        assert service.rebuild().count("replaced") == 1
        service.require_ready()
        assert service.ask("lighthouse").status == "answered"
        assert service.index_problems() == []
    assert list((tmp_path / "data" / "index").glob("*.faiss"))


def test_damaged_database_is_no_empty_answer(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as parts:
        for number in range(50):
            parts.take_in(f"notes {number}", f"{NOTES} {number}")
        parts.dense.save()
    path = tmp_path / "data" / "store.sqlite3"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + bytes(len(content) - 8192))
    with pytest.raises(StoreDamagedError, match="backup"), opened(tmp_path / "data") as parts:
        parts.service().ask("lighthouse")
