"""What the widget makes of what comes over the wire: offsets, events in any pieces, passages before the answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from tests.pages.asking import ANSWER, PASSAGE, RESPONSE, events
from tests.pages.hosts import Site, inline

pytestmark = pytest.mark.browser

_CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("🦬\u0301\u200d𝔘\n")
_ANSWERS = """([bytes, size]) => {
    window.fetch = async () => new Response(new ReadableStream({
        start(controller) {
            for (let at = 0; at < bytes.length; at += size) {
                controller.enqueue(new Uint8Array(bytes.slice(at, at + size)));
            }
            controller.close();
        },
    }), { headers: { "Content-Type": "text/event-stream" } });
}"""
_ASK = """() => new Promise((resolve) => {
    const widget = document.querySelector("qa-widget");
    widget.clear();
    const show = ({ type }) => {
        const nodes = [...(widget.shadowRoot.querySelector(".passage .text")?.childNodes ?? [])];
        resolve([type, nodes.map((node) => (node.nodeName === "MARK" ? "*" : "") + node.textContent)]);
    };
    for (const name of ["qa-answer", "qa-problem"]) widget.addEventListener(name, show, { once: true });
    widget.ask("?");
})"""
_STRANGE_STREAM = (
    ": ping\r\n\r\n"
    "retry: 10\nevent:passages\ndata:{passages}\n\n"
    "event: empty\r\r"
    "event: answer\r\ndata: {before}\r\ndata:{after}\r\n\r\n"
    "event: done\rdata: {{}}\r\r"
    "event: cut off\ndata: never"
)
"""Every kind of line end, comments, unknown fields and events, data on two lines, an event that is never finished."""


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site, hashing_server: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.put(inline(hashing_server)))
    expect(page.get_by_role("textbox")).to_be_visible()
    yield page
    context.close()


def asked(page: Page, body: str, size: int = 10_000) -> list[Any]:
    """Ask where these bytes come back in pieces of a size; return the event that tells of the end, and the text."""
    page.evaluate(_ANSWERS, [list(body.encode()), size])
    ended: list[Any] = page.evaluate(_ASK)
    return ended


def pieces(page: Page, text: str, spans: list[tuple[int, int]]) -> list[str]:
    """Return a passage's text as the page cuts it; what is marked has a star before it."""
    passage = PASSAGE | {"text": text, "highlights": [{"start": start, "end": end} for start, end in spans]}
    event, found = asked(page, events(RESPONSE | {"passages": [passage]}))
    assert event == "qa-answer"
    return [str(piece) for piece in found]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], ["0🦬2345"]),
        ([(1, 2)], ["0", "*🦬", "2345"]),
        ([(0, 6)], ["*0🦬2345"]),
        ([(4, 5), (0, 2)], ["*0🦬", "23", "*4", "5"]),
        ([(1, 3), (2, 4)], ["0", "*🦬23", "45"]),
        ([(0, 1), (1, 2)], ["*0🦬", "2345"]),
        ([(0, 5), (2, 3)], ["*0🦬234", "5"]),
        ([(3, 3)], ["0🦬2345"]),
        ([(5, 99)], ["0🦬234", "*5"]),
    ],
)
def test_text_is_cut_at_its_highlights(page: Page, spans: list[tuple[int, int]], expected: list[str]) -> None:
    assert pieces(page, "0🦬2345", spans) == expected


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_pieces_are_the_slices_that_python_takes(page: Page, data: st.DataObject) -> None:
    text = data.draw(st.text(_CHARACTERS, min_size=1, max_size=40))
    offset = st.integers(0, len(text))
    spans = [(min(pair), max(pair)) for pair in data.draw(st.lists(st.tuples(offset, offset), max_size=4))]
    inside = [any(start <= index < end for start, end in spans) for index in range(len(text))]
    cut: list[str] = []
    for index, character in enumerate(text):
        if index == 0 or inside[index] != inside[index - 1]:
            cut.append("*" if inside[index] else "")
        cut[-1] += character
    assert pieces(page, text, spans) == cut


def test_a_citation_is_marked_where_it_stands_in_the_document(page: Page) -> None:
    place = PASSAGE["location"] | {"start": 100, "end": 106}
    passage = PASSAGE | {"text": "0🦬2345", "location": place, "highlights": [{"start": 5, "end": 6}]}
    citation = {"marker": 1, "passage_id": 1, "document_id": "d", "start": 101, "end": 103, "quote": "🦬2"}
    answered = {"passages": [passage], "answer": ANSWER | {"text": "🦬2", "citations": [citation]}}
    assert asked(page, events(RESPONSE | answered)) == ["qa-answer", ["0", "*🦬2", "34", "*5"]]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_events_do_not_depend_on_how_the_bytes_arrive(page: Page, size: int) -> None:
    passages = events(RESPONSE | {"passages": [PASSAGE | {"text": "зубр 🦬"}]}, "passages").split("data: ")[1].strip()
    answer = events(RESPONSE, "answer").split("data: ")[1].strip()
    before, comma, after = answer.partition(", ")
    body = _STRANGE_STREAM.format(passages=passages, before=before + comma, after=after)
    assert asked(page, body, size) == ["qa-answer", ["зубр 🦬"]]


def begin(page: Page) -> None:
    """Ask, and let the passages come; `rest` is what the page's script can send on."""
    page.evaluate(
        """(begun) => {
            window.fetch = async () => new Response(new ReadableStream({
                start(controller) {
                    window.rest = controller;
                    controller.enqueue(new TextEncoder().encode(begun));
                },
            }), { headers: { "Content-Type": "text/event-stream" } });
            document.querySelector("qa-widget").clear();
            document.querySelector("qa-widget").ask("?");
        }""",
        events(RESPONSE | {"passages": [PASSAGE]}, "passages"),
    )
    expect(page.locator(".passage .title")).to_have_text("A book")


def test_passages_are_there_before_the_answer(page: Page) -> None:
    begin(page)
    expect(page.locator(".waiting")).to_contain_text("1 passage found, looking for the answer…")
    assert page.locator(".answer").count() == 0
    rest = events(RESPONSE, "answer", "done")
    page.evaluate("(rest) => { window.rest.enqueue(new TextEncoder().encode(rest)); window.rest.close(); }", rest)
    expect(page.locator(".answer")).to_contain_text("Yes.")


def test_a_connection_lost_in_mid_answer_leaves_a_way_on(page: Page) -> None:
    begin(page)
    page.evaluate("() => rest.error(new TypeError('network error'))")
    problem = page.locator(".problem")
    expect(problem).to_contain_text("The connection broke off before the answer was complete.")
    assert page.locator(".passage").count() == 0
    page.evaluate(_ANSWERS, [list(events(RESPONSE).encode()), 1_000])
    problem.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_contain_text("Yes.")
