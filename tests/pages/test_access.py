"""The pages for everyone: by keyboard, on a small screen, in the dark, at ease."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.pages.asking import ask, content, document_named, passage_text
from tests.pages.conftest import Visit

pytestmark = pytest.mark.browser

_PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}

CONTRASTS = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const components = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([red, green, blue]) => {
        const [r, g, b] = [red, green, blue].map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const above = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;
    const behind = (element) => {
        for (let at = element; at; at = above(at)) {
            const colour = components(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255];
    };
    const found = [];
    const walk = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.shadowRoot) walk(element.shadowRoot);
            const isWritten = [...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim());
            const isSeen = isWritten && element.checkVisibility() && element.clientWidth !== 1;
            if (!isSeen || element.matches("script, style, noscript")) continue;
            const colours = [components(getComputedStyle(element).color), behind(element)];
            const [light, dark] = colours.map(luminance).sort((one, other) => other - one);
            found.push([element.className || element.tagName, (light + 0.05) / (dark + 0.05)]);
        }
    };
    walk(document.body);
    return found;
}"""

SMALL_TARGETS = """() => [document, ...[...document.querySelectorAll("qa-widget")].map((one) => one.shadowRoot)]
    .map((root) => root.querySelector("dialog[open]") ?? root)
    .flatMap((root) => [...root.querySelectorAll(
        "button, a, summary, textarea, select, input:not([type=checkbox]), label:has(input)")])
    .filter((target) => target.checkVisibility() && !target.matches(".skip"))
    .filter((target) => {
        target.scrollIntoView({ block: "center", behavior: "instant" });
        const box = target.getBoundingClientRect();
        const left = box.left + Math.min(box.width / 2, 20);
        // a link inside a text is lower than what can be hit around it
        const middle = box.top + box.height / 2;
        const isHit = (above) => target.contains(target.getRootNode().elementFromPoint(left, middle + above));
        return box.height < 44 && !(isHit(-20) && isHit(20));
    })
    .map((target) => target.outerHTML)"""

Opener = Callable[[Page, str], None]


def open_welcome(page: Page, _address: str) -> None:
    expect(page.locator(".legend")).to_be_visible()
    page.locator(".documents summary").click()


def open_answer(page: Page, _address: str) -> None:
    turn = ask(page, "How wide is the figure at example.org that stands here?")
    turn.locator(".citation").click()
    turn.get_by_role("button", name="Not helpful").click()


def open_problem(page: Page, _address: str) -> None:
    page.route("**/v1/ask", lambda route: route.abort(), times=1)
    ask(page, "Is there anybody?")


def open_reader(page: Page, address: str) -> None:
    answer = page.request.post(f"{address}/v1/ask", data={"question": "How wide is the figure?"}).json()
    page.goto(address + answer["passages"][0]["source_url"])
    page.locator("summary").click()


def open_found(page: Page, address: str) -> None:
    question = "How wide is the figure?"
    answer = page.request.post(f"{address}/v1/ask", data={"question": question}).json()
    page.goto(f"{address}{answer['passages'][0]['source_url']}&question={question}#passage")
    expect(page.locator(".steps")).to_contain_text("1 of")
    if page.locator(".open-aside").is_visible():
        page.locator(".open-aside").click()


def open_wide_document(page: Page, address: str) -> None:
    page.goto(f"{address}/documents/{document_named(page, address, 'wide.txt')['id']}")
    page.locator("summary").click()


def open_reference(page: Page, address: str) -> None:
    page.goto(f"{address}/api")
    expect(page.get_by_role("heading", level=1)).to_have_text("API 0.1.0")


def open_nowhere(page: Page, address: str) -> None:
    page.goto(f"{address}/documents/nowhere")


def open_documents(page: Page, address: str) -> None:
    page.goto(f"{address}/documents")
    expect(page.locator(".document").first).to_be_visible()
    photo: FilePayload = {"name": "photo.png", "mimeType": "", "buffer": b"\x89PNG"}
    page.locator("#files").set_input_files(photo)
    expect(page.locator(".upload[data-status='failed']")).to_be_visible()
    page.locator(".document input").first.check()


def open_deleting(page: Page, address: str) -> None:
    page.goto(f"{address}/documents")
    page.locator(".bin").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


everywhere = pytest.mark.parametrize(
    "open_view",
    [
        open_welcome,
        open_answer,
        open_problem,
        open_reader,
        open_found,
        open_wide_document,
        open_reference,
        open_nowhere,
        open_documents,
        open_deleting,
    ],
)


@everywhere
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_in_dark(
    visit: Visit, strange_server: str, open_view: Opener, scheme: str
) -> None:
    page = visit(strange_server, color_scheme=scheme, reduced_motion="reduce")
    open_view(page, strange_server)
    contrasts = page.evaluate(CONTRASTS)
    assert contrasts
    assert [pair for pair in contrasts if pair[1] < 4.5] == []
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert paper == ("rgb(245, 246, 242)" if scheme == "light" else "rgb(18, 23, 26)")


@everywhere
def test_a_phone_scrolls_one_way_and_has_room_for_fingers(visit: Visit, strange_server: str, open_view: Opener) -> None:
    page = visit(strange_server, **_PHONE)
    open_view(page, strange_server)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate(SMALL_TARGETS) == []


def step_back_to(page: Page, link: Locator) -> None:
    """Walk the focus backwards until it is on `link`; fail where it leaves the page's content first."""
    while not link.evaluate("(link) => link === link.getRootNode().activeElement"):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement !== document.body")


def test_the_whole_way_by_keyboard(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.type("Which bird is on the sign of the reserve?")
    page.keyboard.press("Enter")
    citation = page.locator(".citation")
    expect(citation).to_be_visible()
    expect(page.get_by_role("textbox")).to_be_focused()
    cited = content(page.locator(".cited .text"))
    step_back_to(page, citation)
    page.keyboard.press("Enter")
    expect(citation).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # over the passage's own line to the way into the document
    page.keyboard.press("Enter")
    expect(page.locator("#passage")).to_be_focused()
    assert passage_text(page) == cited
    page.wait_for_load_state("load")  # until then the browser may take the focus to the passage once more
    step_back_to(page, page.get_by_role("link", name="Questions"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox")).to_be_focused()


def test_focus_can_be_seen_wherever_it_goes(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    expect(page.locator(".legend")).to_be_visible()
    rings = {}
    for _ in range(15):
        page.keyboard.press("Tab")
        stop, ring = page.evaluate("""() => {
            const inside = document.activeElement.shadowRoot;
            const focused = inside?.activeElement ?? document.activeElement;
            const ringed = focused.matches("textarea") ? focused.form : focused; // the form shows its field's focus
            const { outlineStyle, outlineWidth } = getComputedStyle(ringed);
            return [focused.outerHTML, `${outlineStyle} ${outlineWidth}`];
        }""")
        if not stop.startswith("<body"):  # between the last stop and the first
            rings[stop] = ring
    assert len(rings) == 14
    assert set(rings.values()) == {"solid 3px"}


def test_the_skip_link_leads_to_the_question(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    page.get_by_role("link", name="Skip to the question").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox")).to_be_focused()


def test_nothing_moves_for_those_who_ask_for_that(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server, reduced_motion="reduce")
    ask(page, "Which bird is on the sign of the reserve?")
    assert page.evaluate("document.getAnimations().length") == 0
    scroller = page.locator("qa-widget .scroller")
    assert scroller.evaluate("(scroller) => getComputedStyle(scroller).scrollBehavior") == "auto"
    assert scroller.evaluate("(scroller) => scroller.getRootNode().getAnimations().length") == 0


def test_the_structure_can_be_heard(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    turn = ask(page, "Which bird is on the sign of the reserve?")
    expect(page.get_by_role("heading", level=1)).to_have_text("qa-service")
    expect(turn.get_by_role("heading", level=3)).to_have_text("Which bird is on the sign of the reserve?")
    assert turn.get_by_role("heading", level=4).all_text_contents() == ["Sources", "Passages found"]
    assert [listed.get_by_role("listitem").count() for listed in turn.get_by_role("list").all()] == [1, 4]
    expect(page.get_by_role("region", name="Conversation").get_by_role("article")).to_have_count(1)
    languages = page.get_by_role("group", name="Language of this page")
    for language in ("беларуская", "русский", "English"):
        expect(languages.get_by_role("button", name=language)).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    title = content(turn.locator(".cited .title"))
    expect(turn.get_by_role("button", name=f"Source 1: {title}", expanded=False)).to_be_visible()


def test_a_question_scrolls_to_the_top(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server, reduced_motion="reduce")
    for question in ("Which bird?", "Which river?", "Which bison?"):
        turn = ask(page, question)
        expect(turn.locator(".passage").first).to_be_visible()
    top = turn.evaluate("(element) => element.getBoundingClientRect().top")
    bar = page.locator("body > .bar").evaluate("(element) => element.getBoundingClientRect().bottom")
    assert bar <= top <= bar + 40
