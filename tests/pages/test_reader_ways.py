"""Ways through a document in the reader: contents, pages, passages found, the original; by keys, by touch, on paper."""

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlencode

import pypdfium2
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.conftest import running_server
from tests.pages.asking import Body, best_text, content, document_named, passage_text, text_of
from tests.pages.conftest import Visit

pytestmark = pytest.mark.browser

_PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True}
_TITLE = "Кніга пра зуброў 🦬"
_FILLER = "Вада ў рацэ паднялася, і луг да самай вёскі зрабіўся возерам; сям'я чакала на беразе.\n\n" * 40
_BOOK = f"""---
title: "{_TITLE}"
author: "<b>Аўтар"
---
# {_TITLE}

Уступ 🦬🦬 да кнігі, у якой ёсць усё.

## Першы <img src=x onerror=window.ran=1> `<script>window.ran=1</script>`

- зубр 🦬 стаіць
- зубр ляжыць

1. першы
2. другі

| Год | Зуброў |
|---|---|
| 2008 | 503 |
| 2009 | `<svg onload=window.ran=1>` |

### Па-габрэйску

שלום עולם, זה טקסט בעברית.

## Другі

{_FILLER}

## Апошні

Quagga zebras grazed on the Karoo until 1883, and the last of them died in Amsterdam.
"""
_QUESTION = "Сколько тонн калия выпустили?"
_KALI = "05-kalij-soligorsk.pdf"


@pytest.fixture(scope="module")
def book_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over one book. Only read from it."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "documents").mkdir()
    (folder / "documents" / "Зубры 🦬.md").write_text(_BOOK, "utf-8")
    with running_server(folder / "data", "--ingest", folder / "documents", QA_MODEL="hashing") as address:
        yield address


def open_document(page: Page, address: str, name: str, more: str = "") -> Body:
    document = document_named(page, address, name)
    page.goto(f"{address}/documents/{document['id']}{more}")
    return document


def found(page: Page, address: str, question: str) -> list[Body]:
    """Return the passages in the order in which one reads them: by document, the best first, from top to bottom."""
    passages: list[Body] = page.request.post(f"{address}/v1/search", data={"question": question, "top_k": 5}).json()[
        "passages"
    ]
    best = {one["document"]["id"]: one["rank"] for one in reversed(passages)}
    return sorted(passages, key=lambda one: (best[one["document"]["id"]], one["location"]["start"]))


def address_of(server: str, passage: Body, question: str) -> str:
    return f"{server}{passage['source_url']}&{urlencode({'question': question})}#passage"


def require_step(page: Page, number: int) -> None:
    """Check which of five passages is shown, and wait until the page's scripts have run."""
    expect(page.locator(".steps")).to_contain_text(f"{number} of 5")
    page.wait_for_load_state("load")


# --- the text ---


def test_a_text_is_set_as_what_it_is(visit: Visit, book_server: str) -> None:
    page = visit(book_server)
    document = open_document(page, book_server, ".md")
    article = page.locator("article")
    assert content(article) == text_of(page, book_server, document)
    headings = article.get_by_role("heading").evaluate_all(
        "(all) => all.map(({ localName, textContent }) => [localName, textContent])"
    )
    assert headings == [
        ["h1", _TITLE],
        ["h2", "Першы <img src=x onerror=window.ran=1> <script>window.ran=1</script>"],
        ["h3", "Па-габрэйску"],
        ["h2", "Другі"],
        ["h2", "Апошні"],
    ]
    lists = article.get_by_role("list")
    assert [each.get_by_role("listitem").all_text_contents() for each in lists.all()] == [
        ["• зубр 🦬 стаіць", "• зубр ляжыць", "1. першы", "2. другі"]
    ]
    assert article.get_by_role("columnheader").all_text_contents() == ["Год", " | Зуброў"]
    assert article.get_by_role("cell").all_inner_texts() == ["2008", "503", "2009", "<svg onload=window.ran=1>"]
    hebrew = article.get_by_text("שלום")
    assert hebrew.evaluate("(each) => getComputedStyle(each).direction") == "rtl"
    assert page.locator("img, article svg, article script, article [onload]").count() == 0
    assert page.evaluate("window.ran") is None


def test_what_is_copied_reads_well(visit: Visit, book_server: str) -> None:
    page = visit(book_server)
    open_document(page, book_server, ".md")
    copied = page.evaluate("""() => {
        const range = document.createRange();
        range.setStartBefore(document.querySelector("article ul"));
        range.setEndAfter(document.querySelector("article table"));
        getSelection().addRange(range);
        return getSelection().toString();
    }""")
    lines = [line for line in copied.splitlines() if line]
    items = ["• зубр 🦬 стаіць", "• зубр ляжыць", "1. першы", "2. другі"]
    assert lines == [*items, "Год\tЗуброў", "2008\t503", "2009\t<svg onload=window.ran=1>"]


def test_far_parts_are_not_laid_out_and_yet_are_found(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    open_document(page, strange_server, "large.txt")
    runs = page.locator(".run")
    assert runs.count() > 100
    is_laid_out = "(run) => run.firstElementChild.checkVisibility({ contentVisibilityAuto: true })"
    assert runs.first.evaluate(is_laid_out)
    assert not runs.last.evaluate(is_laid_out)
    assert page.evaluate("window.find('Абзац 7400:')")
    assert page.evaluate("getSelection().toString()") == "Абзац 7400:"
    expect(page.get_by_text("Абзац 7400:")).to_be_in_viewport()


def test_on_paper_there_is_the_whole_text_and_nothing_else(visit: Visit, book_server: str) -> None:
    page = visit(book_server)
    open_document(page, book_server, ".md")
    printed = pypdfium2.PdfDocument(BytesIO(page.pdf()))
    text = "".join(sheet.get_textpage().get_text_range() for sheet in printed)
    assert "Уступ" in text
    assert "died in Amsterdam" in " ".join(text.split())
    for word in ("Questions", "Contents", "About this document"):
        assert word not in text


# --- contents ---


def test_the_contents_lead_there_and_follow(visit: Visit, book_server: str) -> None:
    page = visit(book_server, reduced_motion="reduce")
    document = open_document(page, book_server, ".md")
    contents = page.get_by_role("navigation", name="Contents")
    titles = ["Першы <img src=x onerror=window.ran=1> <script>window.ran=1</script>", "Па-габрэйску", "Другі", "Апошні"]
    assert contents.get_by_role("link").all_text_contents() == titles
    contents.get_by_role("link", name="Апошні").click()
    expect(page.get_by_role("heading", name="Апошні")).to_be_in_viewport()
    expect(contents.locator("[aria-current=location]")).to_have_text("Апошні")
    page.evaluate("scrollTo({ top: document.documentElement.scrollHeight / 2, behavior: 'instant' })")
    expect(contents.locator("[aria-current=location]")).to_have_text("Другі")
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    expect(page.get_by_text("Уступ")).to_be_in_viewport()
    page.goto(f"{book_server}/documents/{document['id']}?from=elsewhere#heading-3")
    expect(page.get_by_role("heading", name="Другі")).to_be_in_viewport()
    expect(contents.locator("[aria-current=location]")).to_have_text("Другі")


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize(("locale", "name"), [("be-BY", "Змест"), ("ru-RU", "Содержание"), ("en-GB", "Contents")])
def test_on_a_phone_the_contents_are_a_drawer(
    visit: Visit, book_server: str, locale: str, name: str, with_scripts: bool
) -> None:
    page = visit(book_server, **_PHONE, locale=locale, reduced_motion="reduce", java_script_enabled=with_scripts)
    open_document(page, book_server, ".md")
    contents = page.locator(".contents")
    expect(contents).to_be_hidden()
    page.get_by_role("button", name=name if with_scripts else "Contents").click()
    expect(contents).to_be_visible()
    contents.get_by_role("link", name="Апошні").click()
    if with_scripts:
        expect(contents).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("heading", name="Апошні")).to_be_in_viewport()


def test_a_text_without_sections_has_no_empty_column(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    open_document(page, strange_server, "mixed.txt")
    assert page.locator("aside, .open-aside, .steps").count() == 0


def test_one_can_skip_to_the_text(visit: Visit, book_server: str) -> None:
    page = visit(book_server)
    open_document(page, book_server, ".md")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the text")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the text")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_be_focused()


# --- pages and the original ---


def test_pages_can_be_gone_to(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server, reduced_motion="reduce")
    document = open_document(page, hashing_server, _KALI)
    assert page.locator("article .page").evaluate_all("(all) => all.map(({ dataset }) => dataset.page)") == list(
        "12345"
    )
    field = page.get_by_role("spinbutton", name="Page")
    expect(field).to_have_value("1")
    field.fill("4")
    field.press("Enter")
    expect(page.get_by_role("link", name="Page 4", exact=True)).to_be_focused()
    expect(page.get_by_role("link", name="Page 4", exact=True)).to_be_in_viewport()
    assert page.url.endswith("#page-4")
    expect(field).to_have_value("4")
    original = f"{hashing_server}/v1/documents/{document['id']}/original#page=4"
    for link in page.get_by_role("link", name="Original, p. 4").all():
        assert link.evaluate("(link) => link.href") == original
    assert page.get_by_role("link", name="Original, p. 4").count() == 2
    page.goto(f"{hashing_server}/documents/{document['id']}?from=elsewhere#page-2")
    expect(page.locator("#page-2")).to_be_in_viewport()


def is_viewer(frame: Frame) -> bool:
    """Return whether a frame is Chromium's viewer of PDF files."""
    return frame.url.startswith("chrome-extension://")


def test_the_original_opens_at_the_page_in_the_browsers_own_viewer(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    document = document_named(page, hashing_server, _KALI)
    page.goto(f"{hashing_server}/v1/documents/{document['id']}/original#page=3")
    if not any(map(is_viewer, page.frames)):
        page.wait_for_event("framenavigated", predicate=is_viewer)
    viewer = next(filter(is_viewer, page.frames))
    expect(viewer.locator("viewer-page-selector input")).to_have_value("3")


def test_any_other_original_is_a_download(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    open_document(page, hashing_server, "03-maz.html")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Original").click()
    assert downloading.value.suggested_filename == "03-maz.html"
    # not by the attribute of the link alone
    with page.expect_download():
        page.evaluate("""() => {
            const link = document.querySelector(".original");
            link.removeAttribute("download");
            link.click();
        }""")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("be-BY", ["5 старонак", "Памер", "Дададзены", "Старонак", "русский"]),
        ("ru-RU", ["5 страниц", "Размер", "Добавлен", "Страниц", "русский"]),
        ("en-GB", ["5 pages", "Size", "Added", "Pages", "русский"]),
    ],
)
def test_what_is_known_is_said_in_the_readers_language(
    visit: Visit, hashing_server: str, locale: str, words: list[str]
) -> None:
    page = visit(hashing_server, locale=locale)
    document = open_document(page, hashing_server, _KALI)
    page.locator(".known summary").click()
    said = page.locator(".about").inner_text()
    assert [word for word in [*words, document["created_at"][:10]] if word not in said] == []
    assert "NaN" not in page.locator("body").inner_text()


# --- the passages found ---


def test_one_steps_through_what_was_found(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server, reduced_motion="reduce")
    passages = found(page, hashing_server, _QUESTION)
    assert len({one["document"]["id"] for one in passages}) > 1
    page.goto(address_of(hashing_server, passages[0], _QUESTION))
    steps = page.get_by_role("navigation", name="Step through the passages found")
    expect(steps.get_by_role("link", name="Previous passage")).to_be_disabled()
    for number, (passage, key) in enumerate(zip(passages, ["n", "]", "n", "click", ""], strict=True), start=1):
        require_step(page, number)
        expect(page.locator("#passage")).to_be_in_viewport()
        expect(page.locator("#passage")).to_be_focused()
        assert passage_text(page) == passage["text"]
        (best,) = (passage["text"][span["start"] : span["end"]] for span in passage["highlights"])
        assert best_text(page) == best
        assert page.locator(".found [aria-current] .number").all_text_contents() == [str(number)]
        following = steps.get_by_role("link", name="Next passage")
        if key == "click":
            following.click()
        elif key:
            page.keyboard.press(key)
        else:
            expect(following).to_be_disabled()
    page.keyboard.press("p")
    require_step(page, 4)
    listed = page.get_by_role("navigation", name="Passages found", exact=True).get_by_role("link")
    assert [link.get_attribute("href") for link in listed.all()] == [
        address_of("", passage, _QUESTION) for passage in passages
    ]


def test_keys_are_told_by_place_in_cyrillic_and_can_be_turned_off(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    passages = found(page, hashing_server, _QUESTION)
    page.goto(address_of(hashing_server, passages[0], _QUESTION))
    press = "(key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...key }))"
    page.evaluate(press, {"key": "т", "code": "KeyN"})
    require_step(page, 2)
    page.evaluate(press, {"key": "ъ", "code": "BracketRight"})
    require_step(page, 3)
    page.get_by_role("checkbox").uncheck()
    page.keyboard.press("n")
    page.reload()
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.keyboard.press("n")
    require_step(page, 3)
    page.get_by_role("checkbox").check()
    page.keyboard.press("Control+[")
    page.keyboard.press("[")
    require_step(page, 2)


@pytest.mark.parametrize(
    ("locale", "counted", "following"),
    [
        ("be-BY", "2 з 5", "Наступны ўрывак"),
        ("ru-RU", "2 из 5", "Следующий отрывок"),
        ("en-GB", "2 of 5", "Next passage"),
    ],
)
def test_a_phone_has_room_for_the_steps(
    visit: Visit, hashing_server: str, locale: str, counted: str, following: str
) -> None:
    page = visit(hashing_server, **_PHONE, locale=locale)
    passages = found(page, hashing_server, _QUESTION)
    page.goto(address_of(hashing_server, passages[1], _QUESTION))
    expect(page.locator(".steps")).to_contain_text(counted)
    expect(page.get_by_role("link", name=following)).to_be_in_viewport()
    expect(page.locator("#passage")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".open-aside").click()
    expect(page.locator(".found")).to_be_visible()


def test_without_a_passage_the_first_step_leads_to_the_first(visit: Visit, book_server: str) -> None:
    page = visit(book_server)
    question = "Where did the quagga zebras graze?"
    open_document(page, book_server, ".md", f"?{urlencode({'question': question})}")
    (first, *_) = found(page, book_server, question)
    assert page.get_by_role("link", name="Next passage").get_attribute("href") == address_of("", first, question)
    assert page.locator("mark.passage").count() == 0


@pytest.mark.parametrize(
    ("locale", "begins"),
    [("be-BY", "Пачатак урыўка: "), ("ru-RU", "Начало отрывка: "), ("en-GB", "The passage begins: ")],
)
def test_marks_can_be_heard(visit: Visit, hashing_server: str, locale: str, begins: str) -> None:
    page = visit(hashing_server, locale=locale)
    passages = found(page, hashing_server, _QUESTION)
    page.goto(address_of(hashing_server, passages[0], _QUESTION))
    expect(page.locator("#passage")).to_have_attribute("data-begins", begins)
    assert page.evaluate("getComputedStyle(document.querySelector('#passage'), '::before').content") == f'"{begins}"'
    assert page.locator("mark.passage.last").count() == 1
