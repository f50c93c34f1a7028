"""The reader with a question: what it makes of the search, and what it refuses."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from qa_service.api.reading import read_for
from qa_service.config import load_settings
from qa_service.errors import InvalidRequestError
from qa_service.service import QAService
from tests.apps import require_problem, running_app, take_in

QUESTION = "Where does the gauge change?"
TEXT = "Trains wait for two hours at the border. The gauge changes at Brest. Everybody reads a newspaper meanwhile."
HOSTILE = "\"><script>alert(1)</script>' {{ 7 * 7 }} gauge"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over one document. Only read from it."""
    with running_app(load_settings(data=tmp_path_factory.mktemp("reading") / "data", model="hashing")) as running:
        assert take_in(running, "railway.txt", TEXT)["status"] == "added"
        yield running


def address(client: TestClient, question: str | None) -> str:
    """Return where the reader shows the document's one passage."""
    (passage,) = client.post("/v1/search", json={"question": QUESTION}).json()["passages"]
    more = "" if question is None else f"&{urlencode({'question': question})}"
    return f"{passage['source_url']}{more}"


def test_a_question_marks_the_best_sentence_and_is_shown(client: TestClient) -> None:
    page = client.get(address(client, QUESTION))
    assert page.status_code == 200
    assert '<mark class="best">The gauge changes at Brest.</mark>' in page.text
    assert f">{QUESTION}</q>" in page.text
    assert "data-explanation=" in page.text


def test_without_a_question_the_page_says_no_more(client: TestClient) -> None:
    page = client.get(address(client, None)).text
    assert "data-explanation" not in page
    assert 'class="best"' not in page


def test_a_hostile_question_is_only_text(client: TestClient) -> None:
    page = client.get(address(client, HOSTILE))
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "{{ 7 * 7 }}" in page.text


@pytest.mark.parametrize(("question", "expected"), [("", "is empty"), (" \n\t", "is empty"), ("a" * 2_001, "2,001")])
def test_bad_questions_are_refused(client: TestClient, question: str, expected: str) -> None:
    require_problem(client.get(address(client, question)), 422, expected)
    page = client.get(address(client, question), headers={"Accept": "text/html"})
    assert page.status_code == 422
    assert 'data-word="page_422"' in page.text


def test_the_longest_question_is_taken(client: TestClient) -> None:
    assert client.get(address(client, "🦬" * 2_000)).status_code == 200


def test_what_is_not_found_has_no_explanation(service: QAService) -> None:
    service.upload("railway.txt", TEXT.encode())
    reading = read_for(service, QUESTION, 999)
    assert (reading.explanation, reading.alike, reading.highlights) == (None, None, ())
    assert reading.question.text == QUESTION
    assert read_for(service, QUESTION, None).explanation is None
    with pytest.raises(InvalidRequestError):
        read_for(service, " ", 1)


def test_a_copy_is_explained_by_the_passage_that_stands_for_it(service: QAService) -> None:
    long = f"{TEXT} The newspaper is a day old, and the tea is brought in glasses with a metal holder round them."
    service.upload("one.txt", long.encode())
    service.upload("other.txt", f"{long} Nobody minds.".encode())
    (hit,) = service.search(QUESTION).hits
    (copy,) = hit.duplicates
    reading, own = read_for(service, QUESTION, copy.id), read_for(service, QUESTION, hit.passage.id)
    assert reading.alike == hit.passage
    assert reading.highlights == ()
    assert own.alike is None
    assert own.highlights == hit.highlights
    assert reading.explanation == own.explanation is not None
