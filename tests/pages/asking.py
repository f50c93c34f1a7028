"""Steps that several tests of the pages take."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, Route

Body = dict[str, Any]

ANSWER: Body = {"text": "Yes.", "language": "en", "kind": "extractive", "confidence": None, "citations": []}
RESPONSE: Body = {
    "id": "0" * 32,
    "question": {"text": "?", "language": "en", "rewritten": None},
    "passages": [],
    "status": "answered",
    "reason": None,
    "answer": ANSWER,
}
"""As the service answers, cut to what a page reads."""

PASSAGE: Body = {
    "id": 1,
    "rank": 1,
    "text": "Yes.",
    "language": "en",
    "document": {"id": "d", "title": "A book", "language": "en"},
    "location": {"start": 0, "end": 4, "page_start": None, "page_end": None, "headings": []},
    "highlights": [],
    "source_url": "/documents/d?passage=1",
    "duplicates": [],
    "explanation": None,
}


def ask(page: Page, question: str) -> Locator:
    """Ask by Enter; return the turn once its reply is final."""
    page.locator(".composer textarea").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").last
    turn.locator(".reply > :not(.waiting)").wait_for()
    return turn


def events(response: Body, *names: str) -> str:
    """Return a response as the service streams it, these events of it."""
    parts = {
        "passages": ("question", "passages"),
        "answer": ("status", "reason", "answer"),
        "done": ("id",),
    }
    return "".join(
        f"event: {name}\r\ndata: {json.dumps({key: response[key] for key in parts[name]})}\r\n\r\n"
        for name in names or parts
    )


def answer_with_body(changed: Body) -> Callable[[Route], None]:
    """Return a handler that answers every question alike."""

    def answer(route: Route) -> None:
        route.fulfill(
            content_type="text/event-stream",
            headers={"Access-Control-Allow-Origin": "*"},
            body=events(RESPONSE | changed),
        )

    return answer


def ask_api(page: Page, address: str, question: str) -> Body:
    """Return what the service answers a program, with the reasons."""
    response = page.request.post(f"{address}/v1/ask", data={"question": question, "explain": True})
    assert response.ok
    body: Body = response.json()
    return body


def reader_address(source_url: str, question: str) -> str:
    """Return where the page should lead for a passage that was found for a question."""
    return f"{source_url}&{urlencode({'question': question})}#passage"


def document_named(page: Page, address: str, name: str) -> Body:
    """Return the document that came from a file."""
    documents = page.request.get(f"{address}/v1/documents?limit=500").json()["documents"]
    found: Body = next(document for document in documents if document["uri"].endswith(name))
    return found


def text_of(page: Page, address: str, document: Body) -> str:
    """Return a document's canonical text."""
    return page.request.get(f"{address}/v1/documents/{document['id']}/text").text()


def content(locator: Locator) -> str:
    """Return an element's text, every character of it."""
    found = locator.text_content()
    assert found is not None
    return found


def passage_text(page: Page) -> str:
    """Return what stands from where the reader's passage begins to where it ends, in as many marks as that takes."""
    return _between(page, "mark.passage")


def best_text(page: Page) -> str:
    """Return what stands from where the passage's best sentence begins to where it ends."""
    return _between(page, "mark.passage mark.best")


def _between(page: Page, selector: str) -> str:
    found: str = page.evaluate(
        """(selector) => {
            const marks = [...document.querySelectorAll(selector)];
            const range = document.createRange();
            range.setStartBefore(marks[0]);
            range.setEndAfter(marks.at(-1));
            return range.toString();
        }""",
        selector,
    )
    return found
