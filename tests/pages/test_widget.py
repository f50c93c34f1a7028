"""The widget on other sites: how it gets there, what it brings with it, what it follows."""

import gzip
from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from qa_service.api.widget import SOURCE
from tests.pages.asking import PASSAGE, answer_with_body, ask, content, passage_text
from tests.pages.conftest import Visit
from tests.pages.hosts import Site, inline, let_ask, snippet

pytestmark = pytest.mark.browser

_QUESTION = "Which bird is on the sign of the reserve?"
_BOUND_BYTES = 25_000
_STRICT = "default-src 'none'; script-src {service}; connect-src {service}; base-uri 'none'; form-action 'none'; "
_TRUSTED = "require-trusted-types-for 'script'; trusted-types 'none'"
_GREETINGS = {"en": "What would you like to know?", "ru": "Что вы хотите узнать?", "be": "Што вы хочаце даведацца?"}


def launcher_of(page: Page) -> Locator:
    return page.locator("qa-widget[mode=launcher] .launcher")


def open_launcher(page: Page) -> Locator:
    """Open the dialog and return it."""
    launcher_of(page).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


# --- the file ---


def test_the_file_is_small_and_for_every_site(hashing_server: str) -> None:
    address = f"{hashing_server}/widget/v1/widget.js"
    response = httpx2.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) <= _BOUND_BYTES
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    plain = httpx2.get(address, headers={"Accept-Encoding": "br, gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert plain.text == response.text
    assert plain.headers["etag"] != response.headers["etag"]
    again = httpx2.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert httpx2.head(address).status_code == 200


def test_what_is_served_is_the_file_without_its_comments(hashing_server: str) -> None:
    served = httpx2.get(f"{hashing_server}/widget/v1/widget.js").text.splitlines()
    source = SOURCE.read_text("utf-8")
    rest = iter(source.splitlines())
    assert all(line in rest for line in served)  # in this order, nothing changed
    left_out = [line.strip() for line in source.splitlines() if line not in set(served)]
    assert {line[:2] for line in left_out} <= {"//", "/*", "* ", "*", "*/"} | {
        line[:2] for line in left_out if "*/" in line
    }
    assert len(gzip.compress("\n".join(served).encode())) < _BOUND_BYTES


def test_the_file_needs_nothing_and_makes_no_markup() -> None:
    source = SOURCE.read_text("utf-8")
    for word in (
        "import ",
        "export ",
        "innerHTML",
        "insertAdjacent",
        "outerHTML",
        "document.write",
        "eval(",
        "http://",
    ):
        assert word not in source.replace("http://www.w3.org/2000/svg", ""), word


def test_every_language_says_everything(hashing_server: str) -> None:
    source = SOURCE.read_text("utf-8")
    words = []
    for name in ("EN", "RU", "BE"):
        block = source.split(f"const {name} = {{\n")[1].split("\n  };")[0]
        words.append(
            [line.split(":")[0].strip() for line in block.splitlines() if line.startswith("    ") and line[4] != " "]
        )
    assert words[0] == words[1] == words[2]
    assert len(words[0]) > 50


# --- on a site ---


@pytest.mark.parametrize("kind", ["classic", "module", "strict policy", "dynamic"])
def test_one_line_puts_it_on_a_site_of_another_origin(visit: Visit, site: Site, hashing_server: str, kind: str) -> None:
    line, headers = snippet(hashing_server), {}
    if kind == "module":
        line = line.replace("async", 'type="module"')
    elif kind == "dynamic":
        line = f"""<script>const made = document.createElement("script");
            made.src = "{hashing_server}/widget/v1/widget.js"; made.dataset.siteKey = "pk_test";
            document.head.append(made);</script>"""
    elif kind == "strict policy":
        headers = {"Content_Security_Policy": _STRICT.format(service=hashing_server) + _TRUSTED}
    page = visit("about:blank")
    let_ask(page)
    page.add_init_script("window.before = new Set(Object.getOwnPropertyNames(window))")
    page.goto(site.put(line, **headers))
    dialog = open_launcher(page)
    turn = ask(page, _QUESTION)
    expect(turn.locator(".answer")).to_be_visible()
    turn.locator(".citation").click()
    expect(turn.locator(".cited .text mark").first).to_be_visible()
    link = dialog.get_by_role("link", name="Open in the document").first
    assert (link.get_attribute("href") or "").startswith(f"{hashing_server}/documents/")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    added = page.evaluate("Object.getOwnPropertyNames(window).filter((name) => !before.has(name))")
    assert set(added) - {"before", "made"} == {"QAService"}
    assert sorted(page.evaluate("Object.keys(QAService)")) == ["ask", "close", "off", "on", "open"]


def test_reading_leaves_the_site_where_it_is(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    let_ask(page)
    page.goto(site.put(snippet(hashing_server)))
    open_launcher(page)
    turn = ask(page, _QUESTION)
    cited = content(turn.locator(".cited .text"))
    turn.locator(".citation").click()
    with page.expect_popup() as opened:
        turn.locator(".cited").get_by_role("link").first.click()
    mark = opened.value.locator("#passage")
    expect(mark).to_be_in_viewport()
    assert passage_text(opened.value) == cited
    expect(page.get_by_role("dialog")).to_be_visible()


def test_it_lives_in_a_frame(visit: Visit, site: Site, hashing_server: str) -> None:
    inner = site.put(snippet(hashing_server))
    page = visit("about:blank")
    let_ask(page)
    page.goto(site.put(f'<iframe src="{inner}" width="420" height="500" title="Inside"></iframe>'))
    frame = page.frame_locator("iframe")
    frame.locator(".launcher").click()
    frame.get_by_role("textbox").fill(_QUESTION)
    page.keyboard.press("Enter")
    expect(frame.locator(".answer")).to_be_visible()
    expect(frame.get_by_role("dialog")).to_have_css("width", "420px")


def test_twice_the_script_is_one_launcher_and_two_elements_are_two_conversations(
    visit: Visit, site: Site, hashing_server: str
) -> None:
    page = visit("about:blank")
    let_ask(page)
    script = snippet(hashing_server)
    page.goto(site.put(f"{script}{script}{inline(hashing_server, 'id=one')}{inline(hashing_server, 'id=two')}"))
    expect(page.locator("qa-widget .composer")).to_have_count(3)
    expect(launcher_of(page)).to_have_count(1)
    one, two = page.locator("#one"), page.locator("#two")
    one.get_by_role("textbox").fill(_QUESTION)
    page.keyboard.press("Enter")
    expect(one.locator(".answer")).to_be_visible()
    assert two.locator(".turn").count() == 0
    page.reload()
    expect(one.locator(".answer")).to_be_visible()
    expect(two.locator(".composer")).to_be_visible()
    assert two.locator(".turn").count() == 0


def test_it_outlives_navigation_by_scripts_and_pages(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    let_ask(page)
    address = site.put(snippet(hashing_server) + inline(hashing_server, "id=one"))
    page.goto(address)
    dialog = open_launcher(page)
    dialog.get_by_role("textbox").fill(_QUESTION)
    page.keyboard.press("Enter")
    expect(dialog.locator(".answer")).to_be_visible()
    page.evaluate("""() => {
        history.pushState({}, "", "?next");
        document.body.replaceWith(document.createElement("body"));
    }""")
    dialog = open_launcher(page)
    expect(dialog.locator(".question")).to_have_text(_QUESTION)
    page.goto(address)  # another page of the same tab
    expect(open_launcher(page).locator(".question")).to_have_text(_QUESTION)
    page.keyboard.press("Escape")

    element = page.locator("#one")
    element.get_by_role("textbox").fill("Which river?")
    page.keyboard.press("Enter")
    expect(element.locator(".answer")).to_be_visible()
    page.evaluate("""() => {
        const moved = document.getElementById("one");
        moved.remove();
        document.body.prepend(moved);
    }""")
    expect(element.locator(".question")).to_have_text("Which river?")
    page.evaluate("document.querySelector('[mode=launcher]').remove()")  # meant, so it stays away
    expect(launcher_of(page)).to_have_count(0)


# --- what it follows ---


@pytest.mark.parametrize(
    ("attribute", "host", "locale", "spoken"),
    [
        ("be", "en", "en-GB", "be"),
        ("ru-RU", "en", "en-GB", "ru"),
        ("auto", "be", "ru-RU", "be"),
        ("auto", "pl", "ru-RU", "ru"),
        ("tlh", "pl", "de-DE", "en"),
    ],
)
def test_the_language_is_the_attribute_s_the_page_s_or_the_browser_s(
    visit: Visit, site: Site, hashing_server: str, attribute: str, host: str, locale: str, spoken: str
) -> None:
    page = visit(site.put(snippet(hashing_server, f"data-lang={attribute}"), lang=host), locale=locale)
    dialog = open_launcher(page)
    expect(dialog.get_by_role("heading", level=3).first).to_have_text(_GREETINGS[spoken])
    assert page.locator("qa-widget .root").get_attribute("lang") == spoken


def test_attributes_change_live(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit(site.put(snippet(hashing_server) + f"<div lang=ru>{inline(hashing_server)}</div>"))

    def change(name: str, value: str) -> None:
        page.evaluate("([name, value]) => document.querySelector('script').setAttribute(name, value)", [name, value])

    def changes(attribute: str, value: str, seen: Callable[[], None]) -> None:
        change(attribute, value)
        seen()

    dialog = open_launcher(page)
    root = page.locator("qa-widget[mode=launcher] .root")
    changes("data-title", "Спытайце музей", lambda: expect(dialog).to_have_accessible_name("Спытайце музей"))
    changes("data-lang", "be", lambda: expect(dialog.get_by_role("button", name="Закрыць")).to_be_visible())
    changes("data-theme", "dark", lambda: expect(dialog).to_have_css("background-color", "rgb(18, 23, 26)"))
    changes("data-theme", "light", lambda: expect(dialog).to_have_css("background-color", "rgb(245, 246, 242)"))
    send = dialog.locator(".composer button")
    changes("data-color", "rebeccapurple", lambda: expect(send).to_have_css("background-color", "rgb(102, 51, 153)"))
    changes("data-position", "bottom-left", lambda: expect(root).to_have_attribute("data-position", "bottom-left"))
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] == 20
    changes(
        "data-example-questions",
        "Адно?| be: Другое? ||",
        lambda: expect(dialog.locator(".example")).to_have_text(["Адно?", "Другое?"]),
    )
    page.keyboard.press("Escape")

    element = page.locator("qa-widget[mode=inline]")
    expect(element.get_by_role("textbox", name="Ваш вопрос")).to_be_visible()
    page.evaluate("document.querySelector('div[lang]').lang = 'be'")
    expect(element.get_by_role("textbox", name="Ваша пытанне")).to_be_visible()
    page.evaluate("document.querySelector('qa-widget[mode=inline]').mode = 0")  # no property, no harm
    page.evaluate("document.querySelector('div > qa-widget').setAttribute('mode', 'launcher')")
    expect(page.locator("div > qa-widget .launcher")).to_be_visible()
    page.evaluate("document.querySelector('div > qa-widget').setAttribute('mode', 'inline')")
    expect(page.locator("div > qa-widget .inline .composer")).to_be_visible()


def test_a_mistake_in_an_attribute_is_told_and_changes_nothing(
    browser: Browser, site: Site, hashing_server: str
) -> None:
    with browser.new_page() as page:
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        attributes = 'data-color="url(javascript:1)" data-position="middle" data-theme="black"'
        page.goto(site.put(snippet(hashing_server, attributes)))
        expect(launcher_of(page)).to_have_css("background-color", "rgb(29, 92, 74)")
        assert set(told) == {
            'qa-widget: theme is "black"; it can be auto, light, dark',
            'qa-widget: position is "middle"; it can be bottom-end, bottom-start, bottom-right, bottom-left',
            'qa-widget: color is "url(javascript:1)"; it must be an opaque CSS colour, such as #0a5',
        }


def test_the_page_can_open_it_ask_and_listen(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    let_ask(page)
    page.goto(site.put(snippet(hashing_server)))
    expect(launcher_of(page)).to_be_visible()
    page.evaluate("""() => {
        window.heard = [];
        window.hear = ({ type, detail }) => heard.push([type, detail.question ?? "", detail.status ?? ""]);
        for (const name of ["open", "question", "answer", "close", "problem"]) QAService.on(name, hear);
    }""")
    page.evaluate("(question) => QAService.ask(`  ${question} `)", _QUESTION)
    expect(page.get_by_role("dialog").locator(".answer")).to_be_visible()
    page.evaluate("QAService.off('close', hear)")
    page.evaluate("QAService.close()")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("heard") == [
        ["qa-open", "", ""],
        ["qa-question", _QUESTION, ""],
        ["qa-answer", _QUESTION, "answered"],
    ]
    page.evaluate("QAService.open()")
    expect(page.get_by_role("textbox")).to_be_focused()


def test_a_page_s_own_words_can_stand_before_the_first_question(visit: Visit, site: Site, hashing_server: str) -> None:
    own = inline(hashing_server, "id=one").replace("</qa-widget>", "<p slot=welcome>Welcome, friend</p></qa-widget>")
    page = visit(site.put(own))
    expect(page.get_by_text("Welcome, friend")).to_be_visible()
    expect(page.get_by_text(_GREETINGS["en"])).to_be_hidden()


def test_nothing_goes_anywhere_but_to_the_service(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    let_ask(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.goto(site.put(snippet(hashing_server)))
    open_launcher(page)
    ask(page, _QUESTION)
    foreign = {url for url in sent if not url.startswith(site.address)}
    assert foreign == {f"{hashing_server}/widget/v1/widget.js", f"{hashing_server}/v1/ask"}
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize(
    "source_url",
    ["javascript:alert(1)", "//evil.example/x", "https://evil.example/", "/\\evil.example", "data:text/html,x"],
)
def test_a_passage_leads_to_the_service_or_nowhere(
    visit: Visit, site: Site, hashing_server: str, source_url: str
) -> None:
    page = visit("about:blank")
    page.route("**/v1/ask", answer_with_body({"passages": [PASSAGE | {"source_url": source_url}]}))
    page.goto(site.put(inline(hashing_server)))
    turn = ask(page, "Is it so?")
    turn.locator(".passage summary").click()
    expect(turn.get_by_text("Open in the document")).to_be_visible()
    assert turn.get_by_role("link").count() == 0
