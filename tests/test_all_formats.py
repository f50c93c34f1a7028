"""A folder of every format in three languages is synced, and every question lands on the place of its answer."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from qa_service.assembly import build_service, build_syncer, open_store
from qa_service.config import load_settings
from qa_service.service import QAService
from tests.all_formats import FACTS, Fact, build, files
from tests.conftest import model_cache


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QAService]:
    folder = tmp_path_factory.mktemp("all formats")
    build(folder / "documents")
    settings = load_settings(data=folder / "data", model_cache=model_cache())
    with closing(open_store(settings)) as store, closing(build_service(settings)) as built:
        report = build_syncer(settings, store, lambda: built).sync([folder / "documents"])
        assert [outcome.status for outcome in report.outcomes] == ["added"] * len(files())
        yield built


@pytest.mark.model
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.file}: {fact.quote[:20]}")
def test_a_question_lands_on_the_document_the_place_and_the_characters(taken_in: QAService, fact: Fact) -> None:
    result = taken_in.ask(fact.question)
    hit = result.hits[0]
    assert hit.passage.document.uri.endswith(fact.file)
    assert fact.quote in hit.passage.text
    text = taken_in.text(hit.passage.document.id)
    assert text[hit.passage.span.start : hit.passage.span.end] == hit.passage.text
    if result.answer is not None:
        for citation in result.answer.citations:
            assert taken_in.text(citation.document_id)[citation.span.start : citation.span.end] == citation.quote
    if fact.row is None and fact.page is None:
        return
    start = text.index(fact.quote)
    place = taken_in.shelf.trace(hit.passage.document.id, start, start + len(fact.quote)).places[0]
    if fact.row is not None:
        assert (place.line, "\n" in hit.passage.text) == (fact.row, False)
    if fact.page is not None:
        assert place.page == fact.page
        assert (hit.passage.page_start or 0) <= fact.page <= (hit.passage.page_end or 0)
