"""The pages' pure modules, run where they run: in the browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("🦬\u0301\u200d𝔘")
_EVENTS = (
    ": ping\r\n\r\n"
    'event: passages\r\ndata: {"text": "зубр 🦬"}\r\n\r\n'
    "retry: 10\ndata:first\ndata: second\n\n"
    "event: empty\r\r"
    "data\r\n\r\n"
    "event: cut off\ndata: never"
)
_EXPECTED = [
    {"name": "passages", "data": '{"text": "зубр 🦬"}'},
    {"name": "message", "data": "first\nsecond"},
    {"name": "message", "data": ""},
]
_READ_EVENTS = """async ([bytes, size]) => {
    const { readEvents } = await import("/assets/events.js");
    const body = new ReadableStream({
        start(controller) {
            for (let at = 0; at < bytes.length; at += size) {
                controller.enqueue(new Uint8Array(bytes.slice(at, at + size)));
            }
            controller.close();
        },
    });
    return await Array.fromAsync(readEvents(body));
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, hashing_server: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(hashing_server)
    page.evaluate("import('/assets/offsets.js').then((module) => { window.offsets = module; })")
    yield page
    context.close()


def pieces(page: Page, text: str, spans: list[tuple[int, int]]) -> list[dict[str, Any]]:
    bodies = [{"start": start, "end": end} for start, end in spans]
    cut: list[dict[str, Any]] = page.evaluate("([text, spans]) => offsets.cut(text, spans)", [text, bodies])
    return cut


@pytest.mark.parametrize(
    ("text", "offsets", "expected"),
    [
        ("", [0], [0]),
        ("abc", [0, 1, 3], [0, 1, 3]),
        ("a🦬b", [0, 1, 2, 3], [0, 1, 3, 4]),
        ("🇧🇾!", [1, 2, 3], [2, 4, 5]),
        ("й́x", [1, 2, 3], [1, 2, 3]),
        ("👩‍👧", [1, 2, 3], [2, 3, 5]),
        ("a🦬", [2, 9], [3, 3]),
    ],
)
def test_code_points_become_code_units(page: Page, text: str, offsets: list[int], expected: list[int]) -> None:
    assert page.evaluate("([text, points]) => offsets.toCodeUnits(text, points)", [text, offsets]) == expected


def test_half_a_surrogate_pair_is_one_code_point(page: Page) -> None:
    # written as escapes: half a pair cannot travel to the browser as text
    assert page.evaluate(r"() => offsets.toCodeUnits('\ud83e|\udd9c\ud83e\udd9c', [1, 2, 3, 4])") == [1, 2, 3, 5]


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
    cut = pieces(page, "0🦬2345", spans)
    assert ["*" * piece["marked"] + piece["text"] for piece in cut] == expected


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_pieces_are_the_slices_that_python_takes(page: Page, data: st.DataObject) -> None:
    text = data.draw(st.text(_CHARACTERS, max_size=40))
    offset = st.integers(0, len(text))
    spans = [(min(pair), max(pair)) for pair in data.draw(st.lists(st.tuples(offset, offset), max_size=4))]
    cut = pieces(page, text, spans)
    inside = [any(start <= index < end for start, end in spans) for index in range(len(text))]
    assert "".join(piece["text"] for piece in cut) == text
    assert [piece["marked"] for piece in cut for _ in piece["text"]] == inside


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_events_do_not_depend_on_how_the_bytes_arrive(page: Page, size: int) -> None:
    assert page.evaluate(_READ_EVENTS, [list(_EVENTS.encode()), size]) == _EXPECTED


def test_passages_are_given_out_before_the_answer_has_come(page: Page) -> None:
    seen = page.evaluate("""async () => {
        const { Api } = await import("/assets/api.js");
        const encoder = new TextEncoder();
        let rest;
        const body = new ReadableStream({
            start(controller) {
                controller.enqueue(encoder.encode('event: passages\\ndata: {"passages": []}\\n\\n'));
                rest = controller;
            },
        });
        const events = new Api(async () => new Response(body)).ask("?", []);
        const seen = [(await events.next()).value];
        rest.enqueue(encoder.encode('event: done\\ndata: {}\\n\\n'));
        rest.close();
        for await (const event of events) seen.push(event);
        return seen;
    }""")
    assert seen == [{"name": "passages", "body": {"passages": []}}, {"name": "done", "body": {}}]


@pytest.mark.parametrize(
    ("response", "kind", "detail"),
    [
        ("new Response('event: passages\\ndata: {}\\n\\n')", "unreachable", ""),
        ('new Response(\'event: error\\ndata: {"detail": "why"}\\n\\n\')', "refused", "why"),
        ("new Response('event: passages\\ndata: garbled\\n\\n')", "unreachable", ""),
        ("Promise.reject(new TypeError('network'))", "unreachable", ""),
        ("new Response('<h1>Bad gateway</h1>', {status: 502})", "unreachable", ""),
        ('new Response(\'{"detail": "too long"}\', {status: 422})', "refused", "too long"),
        ("new Response('slow down', {status: 429})", "busy", ""),
    ],
)
def test_what_goes_wrong_becomes_a_problem(page: Page, response: str, kind: str, detail: str) -> None:
    problem = page.evaluate(f"""async () => {{
        const {{ Api, Problem }} = await import("/assets/api.js");
        try {{
            for await (const event of new Api(async () => {response}).ask("?", [])) event;
        }} catch (error) {{
            return error instanceof Problem && [error.kind, error.detail];
        }}
    }}""")
    assert problem == [kind, detail]


def test_every_language_has_every_word(page: Page) -> None:
    described = page.evaluate("""async () => {
        const { WORDS } = await import("/assets/words.js");
        const describe = (words) => Object.entries(words).map(([name, word]) => [name, word.length === 0, typeof word]);
        return Object.values(WORDS).map(describe);
    }""")
    belarusian, russian, english = described
    assert belarusian == russian == english
    assert not any(is_empty for _name, is_empty, _kind in english)


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("en", 1, "1 document"),
        ("en", 1_525, "1,525 documents"),
        ("ru", 1, "1 документ"),
        ("ru", 22, "22 документа"),
        ("ru", 11, "11 документов"),
        ("be", 21, "21 дакумент"),
        ("be", 3, "3 дакументы"),
        ("be", 112, "112 дакументаў"),
    ],
)
def test_words_agree_with_their_number(page: Page, language: str, count: int, expected: str) -> None:
    totals = page.evaluate(
        """async ([language, count]) => {
            const { WORDS } = await import("/assets/words.js");
            return WORDS[language].totals(count, 1);
        }""",
        [language, count],
    )
    assert totals.startswith(f"{expected}, ")
