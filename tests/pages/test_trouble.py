"""The front page when things go wrong, take long or come twice."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.conftest import SEEDS, free_port, running_server
from tests.pages.asking import ask, content
from tests.pages.conftest import Visit

pytestmark = pytest.mark.browser

_QUESTION = "Which bird is on the sign of the reserve?"
_LOADING = {"type": "urn:qa-service:problem:not-ready", "status": 503, "detail": "still loading"}
_LOCKED = {"type": "urn:qa-service:problem:store-busy", "status": 503, "detail": "another process is writing"}


def answer_with(problem: dict[str, object], retry_after: str = "1") -> Callable[[Route], None]:
    """Return a handler that answers as the service does where it cannot."""

    def answer(route: Route) -> None:
        route.fulfill(
            status=int(str(problem["status"])),
            headers={"Retry-After": str(problem.get("retry", retry_after))},
            content_type="application/problem+json",
            body=json.dumps(problem),
        )

    return answer


def asked_by(page: Page) -> list[Request]:
    """Return the list that the page's questions will be added to."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/v1/ask") else None)
    return asked


def test_a_service_that_loads_is_waited_for(visit: Visit, hashing_server: str) -> None:
    page = visit("about:blank")
    page.route("**/readyz", answer_with(_LOADING), times=2)
    page.goto(hashing_server)
    expect(page.locator("#readiness")).to_contain_text("loading its model and index")
    expect(page.get_by_role("textbox")).to_be_editable()
    expect(page.locator("#readiness")).to_contain_text("documents,", timeout=10_000)
    expect(page.locator(".example")).to_have_count(3)


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (_LOCKED, "Something went wrong in the service."),
        ({"status": 429, "retry": "300"}, "Please try again in 5 min."),
        ({"status": 502}, "The service did not answer."),
        ({"status": 500, "detail": "the service failed on this request"}, "That is not because of your question."),
        ({"status": 422, "detail": "no such language"}, "no such language"),
        ({"status": 401, "type": "urn:qa-service:problem:site-key-revoked"}, "This site's access has ended."),
        ({"status": 403, "type": "urn:qa-service:problem:site-key-unknown"}, "access key is not valid"),
        ({"status": 403, "type": "urn:qa-service:problem:site-key-origin"}, "not allowed to ask here"),
    ],
    ids=["locked", "busy", "gateway", "bug", "invalid", "expired", "wrong", "origin"],
)
def test_a_problem_is_a_sentence_and_can_be_retried(
    visit: Visit, hashing_server: str, problem: dict[str, object], sentence: str
) -> None:
    page = visit(hashing_server)
    page.route("**/v1/ask", answer_with(problem), times=1)
    turn = ask(page, _QUESTION)
    expect(turn.locator(".problem")).to_contain_text(sentence)
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".answer")).to_be_visible()
    expect(turn).to_be_focused()  # the button that had the focus is gone
    assert page.locator(".turn").count() == 1


def test_offline_is_said_and_got_over(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    expect(page.locator("#readiness")).to_contain_text("documents")
    page.context.set_offline(True)
    page.get_by_role("textbox").fill(_QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_contain_text("You are offline.")
    page.context.set_offline(False)
    expect(page.locator(".passage")).to_have_count(5)


def test_a_restart_is_got_over(visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setattr("tests.conftest.free_port", lambda: port)
    with running_server(tmp_path / "data", "--ingest", SEEDS / "en", QA_MODEL="hashing") as address:
        page = visit(address)
        expect(ask(page, _QUESTION).locator(".passage")).to_have_count(5)
    turn = ask(page, "How many rivers are there?")
    expect(turn.locator(".problem")).to_contain_text("It may be restarting")
    with running_server(tmp_path / "data", QA_MODEL="hashing"):
        turn.get_by_role("button", name="Try again").click()
        expect(turn.locator(".passage")).to_have_count(5)


def test_a_newer_question_takes_the_place_of_a_running_one(
    visit: Visit, hashing_server: str, held: list[Route]
) -> None:
    page = visit(hashing_server)
    page.route("**/v1/ask", lambda route: held.append(route), times=1)
    page.get_by_role("textbox").fill("An old question?")
    page.keyboard.press("Enter")
    expect(page.locator(".waiting")).to_be_visible()
    with page.expect_event("requestfailed") as dropped:
        newer = ask(page, _QUESTION)
    older = page.locator(".turn").first
    expect(older.locator(".reply")).to_contain_text("Left for a newer question.")
    expect(newer.locator(".passage")).to_have_count(5)
    assert dropped.value.failure == "net::ERR_ABORTED"
    older.get_by_role("button", name="Try again").click()
    expect(older.locator(".passage")).to_have_count(5)


@pytest.mark.parametrize("how", ["button", "escape"])
def test_a_running_question_can_be_stopped(visit: Visit, hashing_server: str, how: str, held: list[Route]) -> None:
    page = visit(hashing_server)
    page.route("**/v1/ask", lambda route: held.append(route), times=1)
    page.get_by_role("textbox").fill(_QUESTION)
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    with page.expect_event("requestfailed") as dropped:
        if how == "button":
            stop.click()
        else:
            page.keyboard.press("Escape")
    expect(page.locator(".reply")).to_contain_text("Stopped.")
    assert dropped.value.failure == "net::ERR_ABORTED"
    page.reload()
    expect(page.locator(".turn")).to_have_count(0)  # nothing came that would be worth remembering


def test_asking_twice_is_asking_once(visit: Visit, hashing_server: str, held: list[Route]) -> None:
    page = visit(hashing_server)
    asked = asked_by(page)
    page.route("**/v1/ask", lambda route: held.append(route), times=1)
    for _ in range(2):
        page.get_by_role("textbox").fill(_QUESTION)
        page.get_by_role("button", name="Ask", exact=True).dblclick()
    held[0].continue_()
    expect(page.locator(".passage")).to_have_count(5)
    assert page.locator(".turn").count() == 1
    assert len(asked) == 1
    assert content(page.locator(".question")) == _QUESTION


def test_a_composed_letter_does_not_send(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    field = page.get_by_role("textbox")
    field.fill("two")
    field.press("Shift+Enter")
    field.press_sequentially("lines")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    assert field.input_value() == "two\nlines"
    assert page.locator(".turn").count() == 0
