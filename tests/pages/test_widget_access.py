"""The widget for everyone: by keyboard, by ear, on a phone, magnified, from right to left, in any colour."""

from importlib.metadata import distribution

import pytest
from playwright.sync_api import FloatRect, Locator, Page, Route, expect

from tests.conftest import ROOT
from tests.pages.asking import answer_with_body, ask, content
from tests.pages.conftest import Visit
from tests.pages.hosts import Site, let_ask, snippet
from tests.pages.test_access import CONTRASTS, SMALL_TARGETS

pytestmark = pytest.mark.browser

_QUESTION = "Which bird is on the sign of the reserve?"
_AXE = distribution("axe-playwright-python").locate_file("axe_playwright_python/axe.min.js")
_ARTEFACTS = ROOT / "test-artefacts" / "widget"
_SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
_ASKED = {
    "be": "Калі выйшла першая кніга Скарыны?",
    "ru": "Сколько тонн увёз рекордный самосвал?",
    "en": "When was the Belarusian forest added to the World Heritage list?",
}
_ABSENT = "Why is the sky blue?"


def opened(
    page: Page, site: Site, service: str, attributes: str = "", lang: str = "en", direction: str = "ltr"
) -> Locator:
    """Go to a site with a launcher and open it; return the dialog."""
    let_ask(page)
    page.goto(site.put(snippet(service, attributes), lang=lang, direction=direction))
    page.locator(".launcher").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def serious(page: Page) -> list[str]:
    """Return what axe finds serious or worse; the host page is a plain one, so that it is the widget's."""
    if page.evaluate("typeof axe") == "undefined":
        page.add_script_tag(path=str(_AXE))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]


# --- what it looks like, everywhere ---


@pytest.mark.model
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize("lang", ["be", "ru", "en"])
def test_every_state_in_every_look(
    visit: Visit, site: Site, model_server: str, lang: str, size: str, scheme: str, held: list[Route]
) -> None:
    """Take the pictures of a run, and check in each state contrast, axe, targets and that nothing sticks out."""
    width, height = _SIZES[size]
    phone = {"has_touch": True, "is_mobile": True} if size == "phone" else {}
    options = {"locale": lang, "color_scheme": scheme, "reduced_motion": "reduce"} | phone
    page = visit("about:blank", viewport={"width": width, "height": height}, **options)
    _ARTEFACTS.mkdir(parents=True, exist_ok=True)

    def check(state: str) -> None:
        page.screenshot(path=_ARTEFACTS / f"{state}-{lang}-{size}-{scheme}.png")
        assert [pair for pair in page.evaluate(CONTRASTS) if pair[1] < 4.5] == [], state
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state
        if (lang, scheme) in (("be", "light"), ("ru", "dark")):  # what axe looks for does not hang on the words
            assert serious(page) == [], state

    let_ask(page)
    questions = "|".join(_ASKED.values())
    page.goto(site.put(snippet(model_server, f'data-example-questions="{questions}"'), lang=lang))
    launcher = page.locator(".launcher")
    expect(launcher).to_be_visible()
    check("1-closed")
    launcher.click()
    dialog = page.get_by_role("dialog")
    check("2-open")

    page.route("**/v1/ask", lambda route: held.append(route), times=1)  # no answer comes
    page.get_by_role("textbox").fill(_ASKED[lang])
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()
    check("3-answering")
    page.locator(".clear").click()

    turn = ask(page, _ASKED[lang])
    turn.locator(".citation").first.click()
    expect(turn.locator(".cited .text").first).to_be_visible()
    check("4-answered")
    box = dialog.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == ((390, 844) if size == "phone" else (440, 720))

    turn = ask(page, _ABSENT)
    expect(turn.locator(".answer.none")).to_be_visible()
    turn.locator(".round").last.click()
    check("5-not-found")
    page.route("**/v1/ask", lambda route: route.fulfill(status=500), times=1)
    expect(ask(page, "?").locator(".problem")).to_be_visible()
    check("6-error")
    small = [target for target in page.evaluate(SMALL_TARGETS) if "#one" not in target]  # the site's own link
    assert size == "desktop" or small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_colour_can_be_read(visit: Visit, site: Site, hashing_server: str, scheme: str) -> None:
    page = visit("about:blank", color_scheme=scheme, reduced_motion="reduce")
    opened(page, site, hashing_server)
    page.route("**/v1/ask", answer_with_body({"status": "not_found", "answer": None, "reason": "low_confidence"}))
    turn = ask(page, _QUESTION)
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_role("radio", name="Something else", exact=True).check()
    fields = set()
    for colour in ("white", "black", "#ffe600", "#0a5", "gray", "red", "rgb(16 32 48)"):
        page.evaluate("(colour) => document.querySelector('script').setAttribute('data-color', colour)", colour)
        send = page.locator(".composer button")
        fields.add(send.evaluate("(send) => getComputedStyle(send).backgroundColor"))
        assert [pair for pair in page.evaluate(CONTRASTS) if pair[1] < 4.5] == [], colour
    assert len(fields) == 7  # each of them is seen


# --- by keyboard ---


def test_the_focus_stays_in_the_dialog_and_goes_back(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    opened(page, site, hashing_server)
    page.keyboard.press("Escape")
    launcher = page.locator(".launcher")
    expect(launcher).to_be_focused()
    expect(launcher).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Your question")
    expect(field).to_be_focused()
    ask(page, _QUESTION)
    places = set()
    for key in ["Tab"] * 20 + ["Shift+Tab"] * 20:
        page.keyboard.press(key)
        place = page.evaluate("""() => {
            const focused = document.activeElement.shadowRoot?.activeElement;
            return focused?.closest("dialog") ? focused.className || focused.localName : null;
        }""")
        places.add(place)
    assert None not in places
    assert {"round close", "citation", "summary", "copy", "textarea"} <= places
    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()

    page.get_by_role("link", name="A link").focus()
    page.evaluate("QAService.open()")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("link", name="A link")).to_be_focused()
    page.evaluate("QAService.open()")
    page.mouse.click(10, 10)  # beside the dialog
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_dialog_says_what_it_is(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    let_ask(page)
    page.goto(site.put(snippet(hashing_server, 'data-title="Ask the museum"')))
    launcher = page.get_by_role("button", name="Ask the museum", expanded=False)
    expect(launcher).to_have_attribute("aria-haspopup", "dialog")
    launcher.click()
    dialog = page.get_by_role("dialog", name="Ask the museum")
    expect(dialog.get_by_role("heading", level=2)).to_have_text("Ask the museum")
    expect(dialog.get_by_role("region", name="Conversation")).to_be_visible()
    assert dialog.evaluate("(dialog) => dialog.matches(':modal')")


def test_what_is_read_out_is_the_state_and_the_answer_once(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    dialog = opened(page, site, hashing_server)
    page.evaluate("""() => {
        window.said = [];
        const root = document.querySelector("qa-widget").shadowRoot;
        const note = () => said.push(root.querySelector("[role=status]").textContent);
        new MutationObserver(note).observe(root.querySelector("[role=status]"), { childList: true });
    }""")
    turn = ask(page, _QUESTION)
    answer = content(turn.locator(".answer .text")).removesuffix("1")
    assert page.evaluate("said") == ["Searching the documents…", answer]
    expect(dialog.get_by_role("status")).to_have_attribute("lang", "en")
    live = "(dialog) => dialog.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log], output').length"
    assert dialog.evaluate(live) == 1


# --- where room is small ---


def test_a_page_from_right_to_left_is_mirrored(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    dialog = opened(page, site, hashing_server, lang="ar", direction="rtl")
    turn = ask(page, _QUESTION)

    def box(locator: Locator) -> FloatRect:
        found = locator.bounding_box()
        assert found is not None
        return found

    frame = box(dialog)
    assert frame["x"] == 20  # the end of a line is on the left
    assert box(dialog.get_by_role("button", name="Close"))["x"] < frame["x"] + 60
    assert box(dialog.get_by_role("button", name="Ask", exact=True))["x"] < frame["x"] + 60
    assert box(turn.locator(".question"))["x"] < frame["x"] + 60
    # an English sentence keeps its full stop behind it and stands on its own side
    text = turn.locator(".answer .text")
    assert text.evaluate("(text) => getComputedStyle(text).direction") == "ltr"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_magnified_twice_everything_can_be_reached(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank", viewport={"width": 640, "height": 400}, device_scale_factor=2, reduced_motion="reduce")
    dialog = opened(page, site, hashing_server)
    frame = dialog.bounding_box()
    assert frame == {"x": 0, "y": 0, "width": 640, "height": 400}
    turn = ask(page, _QUESTION)
    turn.locator(".citation").click()
    expect(turn.locator(".cited .text")).to_be_in_viewport()
    expect(page.get_by_role("textbox")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_an_on_screen_keyboard_leaves_the_field_in_view(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit(
        "about:blank", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    dialog = opened(page, site, hashing_server)
    expect(dialog.get_by_role("heading", level=2)).to_be_focused()  # the keyboard does not come up by itself
    page.evaluate("""() => {
        Object.defineProperty(visualViewport, "height", { value: 420 });
        Object.defineProperty(visualViewport, "offsetTop", { value: 30 });
        visualViewport.dispatchEvent(new Event("resize"));
    }""")
    assert dialog.bounding_box() == {"x": 0, "y": 30, "width": 390, "height": 420}
    size = page.get_by_role("textbox").evaluate("(field) => Number.parseFloat(getComputedStyle(field).fontSize)")
    assert size >= 16  # else a phone magnifies the page when the field is touched


def test_a_site_s_own_sizes_and_styles_do_not_reach_it(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    style = """<style>html { font-size: 40% } * { color: red; letter-spacing: 9px; text-transform: uppercase }
        button, dialog, p, h2 { display: none; background: lime }</style>"""
    let_ask(page)
    page.goto(site.put(style + snippet(hashing_server)))
    launcher = page.locator(".launcher")
    launcher.click()
    expect(page.get_by_role("dialog").get_by_role("heading", level=2)).to_have_css("color", "rgb(27, 36, 32)")
    expect(launcher).to_have_css("font-size", "16px")
    expect(launcher).to_have_css("letter-spacing", "normal")


def test_nothing_moves_for_those_who_ask_for_that(
    visit: Visit, site: Site, hashing_server: str, held: list[Route]
) -> None:
    page = visit("about:blank", reduced_motion="reduce")
    opened(page, site, hashing_server)
    page.route("**/v1/ask", lambda route: held.append(route))
    page.get_by_role("textbox").fill(_QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()
    assert page.locator("qa-widget").evaluate("(widget) => widget.shadowRoot.getAnimations().length") == 0
