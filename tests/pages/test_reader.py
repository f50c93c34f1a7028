"""The reader: the canonical text, character for character, with the passage in view."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient

from qa_service.api.app import create_app
from qa_service.config import Settings
from qa_service.service import QAService
from tests.pages.asking import Body, ask, content, document_named, passage_text, text_of
from tests.pages.conftest import Visit

pytestmark = pytest.mark.browser

_NAMES = ["hostile.txt", "emoji.txt", "wide.txt", "indented.txt", "mixed.txt", "front.md"]


@pytest.mark.parametrize("name", [*_NAMES, "large.txt"])
def test_the_text_is_the_canonical_text(visit: Visit, strange_server: str, name: str) -> None:
    page = visit(strange_server)
    document = document_named(page, strange_server, name)
    page.goto(f"{strange_server}/documents/{document['id']}")
    assert content(page.locator("article")) == text_of(page, strange_server, document)
    expect(page.get_by_role("heading", level=1)).to_have_text(document["title"])
    assert page.locator("article").get_attribute("lang") == document["language"]
    assert page.locator("#passage").count() == 0


def passages_of(visit: Visit, address: str, name: str) -> list[Body]:
    page = visit(address)
    document = document_named(page, address, name)
    asked = {"question": "зубр?", "top_k": 50, "documents": [document["id"]]}
    passages: list[Body] = page.request.post(f"{address}/v1/search", data=asked).json()["passages"]
    return passages


@pytest.mark.parametrize("name", _NAMES)
def test_every_passage_is_marked_where_it_stands(visit: Visit, strange_server: str, name: str) -> None:
    passages = passages_of(visit, strange_server, name)
    assert passages
    page = visit(strange_server)
    for passage in passages:
        page.goto(f"{strange_server}{passage['source_url']}")
        canonical = text_of(page, strange_server, passage["document"])
        mark = page.locator("#passage")
        assert content(page.locator("article")) == canonical
        assert (
            passage_text(page)
            == passage["text"]
            == canonical[passage["location"]["start"] : passage["location"]["end"]]
        )
        assert mark.get_attribute("lang") == passage["language"]


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("fragment", ["", "#passage"])
def test_the_passage_is_in_view(visit: Visit, strange_server: str, fragment: str, with_scripts: bool) -> None:
    passage = max(passages_of(visit, strange_server, "large.txt"), key=lambda one: one["location"]["start"])
    assert passage["location"]["start"] > 10_000
    page = visit(f"{strange_server}{passage['source_url']}{fragment}", java_script_enabled=with_scripts)
    expect(page.locator("#passage")).to_be_in_viewport()
    expect(page.locator("#passage")).to_be_focused()


def test_the_way_back_to_the_passage_and_to_the_questions(visit: Visit, strange_server: str) -> None:
    passage = passages_of(visit, strange_server, "large.txt")[0]
    page = visit(f"{strange_server}{passage['source_url']}", reduced_motion="reduce")
    # not by the key: the browser scrolls there for a while, and would go on after a link was followed
    page.evaluate("() => scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' })")
    expect(page.locator("#passage")).not_to_be_in_viewport()
    page.get_by_role("link", name="To the passage").click()
    expect(page.locator("#passage")).to_be_in_viewport()
    page.get_by_role("link", name="Questions").click()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()


def test_what_is_known_of_a_document_is_shown(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    document = document_named(page, strange_server, "front.md")
    page.goto(f"{strange_server}/documents/{document['id']}")
    page.get_by_text("About this document").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A & B <i>")
    rows = page.locator("dl").inner_text()
    for value in ("English", document["uri"], "text/markdown", document["updated_at"][:10], "<b>&quot;Me"):
        assert value in rows


@pytest.mark.parametrize(
    ("locale", "one", "several"),
    [("en-GB", "p. 4", "pp. 3–4"), ("ru-RU", "с. 4", "с. 3–4"), ("be-BY", "с. 4", "с. 3–4")],
)
def test_the_pages_of_a_pdf_are_shown(visit: Visit, hashing_server: str, locale: str, one: str, several: str) -> None:
    page = visit(hashing_server, locale=locale)
    report = document_named(page, hashing_server, "05-kalij-soligorsk.pdf")
    asked = {"question": "калий", "top_k": 50, "documents": [report["id"]]}
    passages = page.request.post(f"{hashing_server}/v1/search", data=asked).json()["passages"]
    places = [(passage["location"], passage["source_url"]) for passage in passages]
    addresses = {(place["page_start"], place["page_end"]): address for place, address in places}
    for pages, label in (((4, 4), one), ((3, 4), several)):
        page.goto(hashing_server + addresses[pages])
        expect(page.locator(".about .pages")).to_have_text(label)
    page.goto(f"{hashing_server}/documents/{report['id']}")
    expect(page.locator(".pages")).to_have_count(0)


def test_the_page_of_a_passage_is_shown_where_it_is_found(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    turn = ask(page, "Пациентов опускают туда в клети, и они проводят под землёй несколько часов в день.")
    expect(turn.locator(".passage").first.locator(".pages")).to_have_text(re.compile(r"^pp?\. 4"))
    expect(turn.locator(".sources .pages").first).to_have_text(re.compile(r"^pp?\. 4"))
    of_texts = turn.locator(".passage").filter(has_not=page.locator(".pages"))
    assert of_texts.count() > 0


@pytest.mark.parametrize(
    ("path", "status", "title", "detail"),
    [
        ("/documents/nowhere", 404, "This page does not exist", "no document 'nowhere'"),
        ("/documents/{id}?passage=999999999", 404, "This page does not exist", "no passage 999999999"),
        ("/documents/{id}?passage=first", 422, "This address is not right", "valid integer"),
        ("/documents/{id}?passage=99999999999999999999", 422, "This address is not right", "less than"),
        ("/documents/{id}?question=%20%0A", 422, "This address is not right", "the question is empty"),
        (f"/documents/{{id}}?question={'a' * 2_001}", 422, "This address is not right", "the bound is 2,000"),
    ],
)
def test_a_wrong_address_is_explained(
    visit: Visit, strange_server: str, path: str, status: int, title: str, detail: str
) -> None:
    page = visit(strange_server)
    address = strange_server + path.format(id=document_named(page, strange_server, "mixed.txt")["id"])
    response = page.goto(address)
    assert response is not None
    assert response.status == status
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert detail in page.locator("main").inner_text()
    page.get_by_role("link", name="Back to the questions").click()
    expect(page.get_by_role("textbox")).to_be_visible()
    as_program = page.request.get(address, headers={"Accept": "application/json"})
    assert as_program.headers["content-type"] == "application/problem+json"
    assert as_program.json()["status"] == status


@contextmanager
def loading_client(settings: Settings) -> Iterator[TestClient]:
    """Talk to an application that is loading until the end."""
    is_over = threading.Event()

    def build() -> QAService:
        is_over.wait(60)
        message = "never loaded"
        raise RuntimeError(message)

    with TestClient(create_app(settings, build), base_url="http://127.0.0.1") as client:
        yield client
        is_over.set()


def test_a_reader_who_comes_early_is_let_in_later(settings: Settings) -> None:
    with loading_client(settings) as client:
        page = client.get("/documents/any", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert '<meta http-equiv="refresh" content="2">' in page.text
        assert client.get("/").status_code == 200
