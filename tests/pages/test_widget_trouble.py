"""The widget when the service is busy, slow, broken or gone, and when people change their minds."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.pages.asking import ANSWER, PASSAGE, RESPONSE, Body, answer_with_body, ask, content, events
from tests.pages.conftest import Visit
from tests.pages.hosts import Site, inline, let_ask, snippet

pytestmark = pytest.mark.browser

_QUESTION = "Which bird is on the sign of the reserve?"
_ALLOWED = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
_WAITS = {
    "en": "Too many questions at once. Asking again in 2 s…",
    "ru": "Слишком много вопросов сразу. Спросим снова через 2 с…",
    "be": "Зашмат пытанняў адразу. Спытаем зноў праз 2 с…",
}


@pytest.fixture
def page(visit: Visit, site: Site, hashing_server: str) -> Page:
    """A site with the widget in it, which may ask."""
    page = visit("about:blank")
    let_ask(page)
    page.goto(site.put(inline(hashing_server)))
    return page


def send(page: Page, question: str = _QUESTION) -> None:
    page.get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")


def refuse(status: int, problem: str = "about:blank", **headers: str) -> Callable[[Route], None]:
    """Return a handler that answers with problem details."""

    def answer(route: Route) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps({"type": problem, "status": status, "detail": "<b>why</b>"})
        route.fulfill(status=status, headers=_ALLOWED | named, content_type="application/problem+json", body=body)

    return answer


def stream(body: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(content_type="text/event-stream", headers=_ALLOWED, body=body)


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_too_many_questions_are_waited_out_as_told(
    visit: Visit, site: Site, hashing_server: str, language: str
) -> None:
    page = visit("about:blank")
    let_ask(page)
    page.route("**/v1/ask", refuse(429, Retry_After="2"), times=1)
    page.goto(site.put(inline(hashing_server), lang=language))
    page.clock.install()
    send(page)
    waiting = page.locator(".waiting p")
    expect(waiting).to_have_text(_WAITS[language])
    page.clock.run_for(1_000)
    expect(waiting).to_have_text(_WAITS[language].replace("2", "1"))
    page.clock.run_for(1_000)
    page.clock.resume()
    expect(page.locator(".answer")).to_be_visible()


def test_still_too_many_questions_are_left_to_the_person(page: Page) -> None:
    page.route("**/v1/ask", refuse(429, Retry_After="1"), times=2)
    page.clock.install()
    send(page)
    expect(page.locator(".waiting")).to_be_visible()
    page.clock.run_for(1_000)
    problem = page.locator(".problem")
    expect(problem).to_contain_text("Too many questions for now.")
    page.clock.resume()
    problem.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_be_visible()


def test_waiting_can_be_stopped(page: Page) -> None:
    page.route("**/v1/ask", refuse(429, Retry_After="50"), times=1)
    send(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".status")).to_contain_text("Stopped.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_be_visible()


def test_a_service_that_starts_is_waited_for(page: Page) -> None:
    page.route("**/v1/ask", refuse(503, "urn:qa-service:problem:not-ready", Retry_After="1"), times=2)
    send(page)
    expect(page.locator(".waiting")).to_contain_text("The service is starting.")
    expect(page.locator(".answer")).to_be_visible()


def test_a_slow_service_is_said_to_be_slow_and_a_silent_one_gone(page: Page, held: list[Route]) -> None:
    page.route("**/v1/ask", lambda route: held.append(route), times=1)
    page.clock.install()
    send(page)
    waiting = page.locator(".waiting")
    expect(waiting).to_contain_text("Searching the documents…")
    page.clock.run_for(8_000)
    expect(waiting).to_contain_text("This takes longer than usual.")
    page.clock.run_for(52_000)
    page.clock.resume()
    expect(page.locator(".problem")).to_contain_text("The service did not answer.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_be_visible()


_GARBLED = "What came from the service could not be read."
_BROKEN = "The connection broke off before the answer was complete."


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (events(RESPONSE, "passages"), _BROKEN),
        (events(RESPONSE, "passages", "answer"), _BROKEN),
        (events(RESPONSE, "passages", "done"), _GARBLED),
        (events(RESPONSE, "answer", "done"), _GARBLED),
        ("event: passages\ndata: {not json\n\n", _GARBLED),
        ("event: passages\ndata: null\n\n", _GARBLED),
        (events(RESPONSE | {"passages": "none"}), _GARBLED),
        (events(RESPONSE | {"passages": [PASSAGE | {"text": {"toString": 1}}]}), _GARBLED),
        (events(RESPONSE | {"answer": ANSWER | {"citations": [{"marker": "<b>"}]}}), _GARBLED),
        ('event: error\ndata: {"detail": "the disk is full"}\n\n', "Something went wrong in the service."),
        ("", _BROKEN),
    ],
)
def test_a_stream_that_is_no_answer_is_said_to_be_none(page: Page, body: str, sentence: str) -> None:
    page.route("**/v1/ask", stream(body), times=1)
    turn = ask(page, _QUESTION)
    expect(turn.locator(".problem")).to_contain_text(sentence)
    assert turn.locator(".passage").count() == 0
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".passage")).to_have_count(5)


def test_a_page_of_a_proxy_is_no_answer(page: Page) -> None:
    page.route("**/v1/ask", lambda route: route.fulfill(content_type="text/html", headers=_ALLOWED, body="<b>hi"))
    expect(ask(page, _QUESTION).locator(".problem")).to_contain_text(_GARBLED)


def test_a_site_that_is_not_allowed_is_told_so(page: Page) -> None:
    page.unroute_all()
    page.route("**/v1/ask", lambda route: route.abort("accessdenied"))
    turn = ask(page, _QUESTION)
    expect(turn.locator(".problem")).to_contain_text("This site is not allowed to ask here.")
    page.route("**/widget/v1/widget.js", lambda route: route.abort())
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".problem")).to_contain_text("The service did not answer.")


@pytest.mark.parametrize(
    ("status", "problem", "sentence"),
    [
        (401, "urn:qa-service:problem:site-key-revoked", "This site's access has ended."),
        (401, "urn:qa-service:problem:site-key-unknown", "This site's access key is not valid."),
        (403, "urn:qa-service:problem:site-key-origin", "This site is not allowed to ask here."),
        (500, "about:blank", "That is not because of your question."),
        (502, "about:blank", "The service did not answer."),
        (422, "about:blank", "The service could not take this question:<b>why</b>"),
    ],
)
def test_a_refusal_is_a_sentence(page: Page, status: int, problem: str, sentence: str) -> None:
    page.route("**/v1/ask", refuse(status, problem), times=1)
    turn = ask(page, _QUESTION)
    expect(turn.locator(".problem")).to_contain_text(sentence)
    assert turn.locator("b").count() == 0
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".answer")).to_be_visible()


def test_a_late_answer_to_an_abandoned_question_is_not_shown(page: Page, held: list[Route]) -> None:
    page.route("**/v1/ask", lambda route: held.append(route), times=1)
    send(page, "An old question?")
    expect(page.locator(".waiting")).to_be_visible()
    newer = ask(page, _QUESTION)
    expect(newer.locator(".answer")).to_be_visible()
    older = page.locator(".turn").first
    expect(older.locator(".status")).to_contain_text("Left for a newer question.")
    with page.expect_response("**/v1/ask"):
        older.get_by_role("button", name="Try again").click()
    expect(older.locator(".answer")).to_be_visible()
    assert page.locator(".answer").count() == 2


def test_sent_twice_it_is_asked_once(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/v1/ask") else None)
    page.get_by_role("textbox").fill(_QUESTION)
    page.evaluate(
        """(question) => {
        const widget = document.querySelector("qa-widget");
        const form = widget.shadowRoot.querySelector("form");
        form.requestSubmit(); form.requestSubmit(); widget.ask(question);
    }""",
        _QUESTION,
    )
    expect(page.locator(".answer")).to_be_visible()
    assert (len(asked), page.locator(".turn").count()) == (1, 1)


def test_taken_out_of_the_page_it_stops_asking(page: Page, held: list[Route]) -> None:
    page.route("**/v1/ask", lambda route: held.append(route), times=1)
    send(page)
    expect(page.locator(".waiting")).to_be_visible()
    with page.expect_event("requestfailed") as dropped:
        page.evaluate("document.querySelector('qa-widget').remove()")
    assert dropped.value.failure == "net::ERR_ABORTED"


def test_a_tab_that_keeps_nothing_or_nonsense_can_still_ask(visit: Visit, site: Site, hashing_server: str) -> None:
    page = visit("about:blank")
    let_ask(page)
    key = f"qa-widget.1 {hashing_server} pk_test launcher"
    kept = [{"question": 1, "response": {"passages": 7}}, None, {"question": "?", "response": RESPONSE}]
    page.goto(site.put("<p></p>"))
    page.evaluate("([key, kept]) => sessionStorage.setItem(key, JSON.stringify(kept))", [key, kept])
    page.goto(site.put(snippet(hashing_server)))
    page.locator(".launcher").click()
    expect(page.locator(".question")).to_have_text(["?"])  # what can be read of it
    page.add_init_script("""Object.defineProperty(window, "sessionStorage", {
        get() { throw new DOMException("denied", "SecurityError"); },
    });""")
    page.reload()
    page.locator(".launcher").click()
    expect(ask(page, _QUESTION).locator(".answer")).to_be_visible()


# --- what people say of an answer, and take away ---


def feedback_of(page: Page, status: int = 201) -> list[Body]:
    """Return the list that what people say will be added to."""
    given: list[Body] = []

    def take(route: Route) -> None:
        given.append(json.loads(route.request.post_data or ""))
        route.fulfill(status=status, headers=_ALLOWED, json={})

    page.route("**/v1/feedback", take)
    return given


def test_what_was_wrong_reaches_the_service(page: Page) -> None:
    given = feedback_of(page)
    turn = ask(page, _QUESTION)
    turn.get_by_role("button", name="Helpful", exact=True).click()
    expect(turn.locator(".said")).to_have_text("Thank you. This helps to make answers better.")
    expect(turn.get_by_role("button", name="Helpful", exact=True, pressed=True)).to_be_visible()
    turn.get_by_role("button", name="Not helpful").click()
    form = turn.get_by_role("group", name="What was wrong?")
    assert form.get_by_role("radio").count() == 4
    form.get_by_role("radio", name="Something is missing").check()
    turn.get_by_label("More about it, if you like").fill(" Дзе ж бусел? 🦬 ")
    turn.get_by_role("button", name="Send").click()
    expect(turn.get_by_role("button", name="Not helpful", pressed=True)).to_be_visible()
    expect(form).to_be_hidden()
    up, down = given
    citation = {"document_id", "passage_id", "start", "end"}
    assert set(up) == {"answer_id", "verdict", "reason", "comment", "question", "answered", "citations", "language"}
    assert (up["verdict"], up["reason"], up["comment"]) == ("up", None, None)
    assert (up["question"], up["answered"], up["language"]) == (_QUESTION, True, "en")
    assert set(up["citations"][0]) == citation
    assert down == up | {"verdict": "down", "reason": "incomplete", "comment": "Дзе ж бусел? 🦬"}
    page.reload()
    expect(page.get_by_role("button", name="Not helpful", pressed=True)).to_be_visible()


def test_of_no_answer_it_can_be_said_that_there_is_one(page: Page) -> None:
    given = feedback_of(page)
    nothing = {"status": "not_found", "reason": "low_confidence", "answer": None, "passages": [PASSAGE]}
    page.route("**/v1/ask", answer_with_body(nothing))
    turn = ask(page, _QUESTION)
    expect(turn.get_by_role("button", name="Copy with sources")).to_have_count(0)
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_role("radio", name="The documents do answer it").check()
    turn.get_by_role("button", name="Send").click()
    expect(turn.locator(".said")).to_contain_text("Thank you.")
    assert [(one["reason"], one["answered"], one["citations"]) for one in given] == [("not_found", False, [])]


def test_what_could_not_be_sent_can_be_sent_again(page: Page) -> None:
    feedback_of(page, status=503)
    turn = ask(page, _QUESTION)
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_label("More about it").fill("It is a long story")
    turn.get_by_role("button", name="Send").click()
    expect(turn.locator(".said")).to_have_text("This could not be sent. Please try again.")
    assert turn.get_by_label("More about it").input_value() == "It is a long story"
    given = feedback_of(page)
    turn.get_by_role("button", name="Send").click()
    expect(turn.locator(".said")).to_contain_text("Thank you.")
    assert given[0]["comment"] == "It is a long story"


def test_an_answer_is_copied_with_its_sources(page: Page, hashing_server: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    place = PASSAGE | {"location": {"start": 0, "end": 4, "page_start": 3, "page_end": 4, "headings": []}}
    citation = {"marker": 1, "passage_id": 1, "document_id": "d", "start": 0, "end": 4, "quote": "Yes."}
    answered = {"passages": [place], "answer": ANSWER | {"text": "Yes. It is.", "citations": [citation]}}
    page.route("**/v1/ask", answer_with_body(answered))
    turn = ask(page, "Is it?")
    turn.get_by_role("button", name="Copy with sources").click()
    expect(turn.locator(".said")).to_have_text("Copied.")
    address = f"{hashing_server}/documents/d?passage=1&question=Is+it%3F#passage"
    copied = f"Yes. [1] It is.\n\n[1] A book, pp. 3–4\n{address}"
    assert page.evaluate("navigator.clipboard.readText()") == copied
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    turn.get_by_role("button", name="Copy with sources").click()
    field = turn.get_by_label("The browser does not let this page copy.")
    expect(field).to_be_focused()
    assert field.input_value() == copied


@pytest.mark.parametrize(
    ("language", "words"), [("en", "The answer is in русский"), ("ru", None), ("be", "Мова адказу: русский")]
)
def test_an_answer_in_another_language_is_marked(
    visit: Visit, site: Site, hashing_server: str, language: str, words: str | None
) -> None:
    page = visit("about:blank")
    answered = {"question": {"text": "?", "language": language, "rewritten": None}}
    page.route("**/v1/ask", answer_with_body(answered | {"answer": ANSWER | {"text": "Да.", "language": "ru"}}))
    page.goto(site.put(inline(hashing_server), lang=language))
    turn = ask(page, "?")
    assert content(turn.locator(".answer .text")) == "Да."
    assert turn.locator(".answer .text").get_attribute("lang") == "ru"
    assert turn.locator(".foreign").all_text_contents() == ([words] if words else [])
