"""The pages' pure modules, run where they run: in the browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import qa_service

pytestmark = pytest.mark.browser

PAGES = Path(qa_service.__file__).parent / "pages"
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
    yield page
    context.close()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_events_do_not_depend_on_how_the_bytes_arrive(page: Page, size: int) -> None:
    assert page.evaluate(_READ_EVENTS, [list(_EVENTS.encode()), size]) == _EXPECTED


def test_every_word_that_a_page_names_exists() -> None:
    words: set[str] = set()
    for script in (*(PAGES / "assets").glob("*words.js"), PAGES / "assets" / "reference.js"):
        words |= set(re.findall(r"^ +(\w+):", script.read_text("utf-8"), re.MULTILINE))
    for page in PAGES.glob("*.html"):
        named = set(re.findall(r'data-(?:word|label|placeholder)="(\w+)"', page.read_text("utf-8")))
        assert named - words == set(), page.name


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
