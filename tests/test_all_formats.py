"""A folder of every format in three languages is taken in, and every question lands on the place of its answer."""

from bisect import bisect_right
from collections.abc import Iterator

import pytest

from qa_service.assembly import build_service
from qa_service.config import load_settings
from qa_service.parsers.documents import parse_document
from qa_service.service import QAService
from tests.all_formats import FACTS, Fact, build, files
from tests.conftest import model_cache


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QAService]:
    folder = tmp_path_factory.mktemp("all formats")
    build(folder / "documents")
    built = build_service(load_settings(data=folder / "data", model_cache=model_cache()))
    report = built.ingest_paths([folder / "documents"])
    assert [outcome.status for outcome in report.outcomes] == ["added"] * len(files())
    yield built
    built.close()


@pytest.mark.model
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.file}: {fact.quote[:20]}")
def test_a_question_lands_on_the_document_the_place_and_the_characters(taken_in: QAService, fact: Fact) -> None:
    result = taken_in.ask(fact.question)
    hit = result.hits[0]
    assert hit.passage.document.uri.endswith(fact.file)
    assert fact.quote in hit.passage.text
    text = taken_in.text(hit.passage.document.id)
    assert text[hit.passage.span.start : hit.passage.span.end] == hit.passage.text
    parsed = parse_document(fact.file, files()[fact.file])
    assert parsed.text == text
    if result.answer is not None:
        for citation in result.answer.citations:
            assert taken_in.text(citation.document_id)[citation.span.start : citation.span.end] == citation.quote
    if fact.row is None and fact.page is None:
        return
    place = parsed.places[bisect_right([each.start for each in parsed.places], text.index(fact.quote)) - 1]
    if fact.row is not None:
        assert (place.line, place.start, "\n" in hit.passage.text) == (fact.row, hit.passage.span.start, False)
    if fact.page is not None:
        assert place.page == fact.page
        assert (hit.passage.page_start or 0) <= fact.page <= (hit.passage.page_end or 0)
