"""The widget with real site keys, on sites that may ask and on sites that may not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import SEEDS, running_server
from tests.pages.asking import ask, content
from tests.pages.conftest import Visit
from tests.pages.hosts import SNIPPET, Site, serving

pytestmark = pytest.mark.browser

_QUESTION = "Which bird is on the sign of the reserve?"


@dataclass(frozen=True, slots=True)
class Keeper:
    """A running service, and its command line."""

    address: str
    data: Path

    def run(self, *arguments: str) -> str:
        """Run a command on the service's data folder and return what it prints."""
        command = [sys.executable, "-m", "qa_service.cli", *arguments, "--data", str(self.data)]
        variables = os.environ | {"QA_MODEL": "hashing"}
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout.strip()

    def make_key(self, origin: str, rate: str = "100/minute") -> str:
        """Make a site key for an origin."""
        return self.run("keys", "create", "--name", "A site", "--origin", origin, "--rate", rate)

    def page_of(self, site: Site, key: str) -> str:
        """Put a page with the widget on a site and return its address."""
        snippet = SNIPPET.format(service=self.address, attributes="").replace("pk_test", key)
        return site.put(snippet)


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    data = tmp_path_factory.mktemp("keys") / "data"
    with running_server(
        data, "--ingest", SEEDS / "en" / "03-bialowieza-world-heritage.html", QA_MODEL="hashing"
    ) as address:
        yield Keeper(address, data)


def opened(page: Page) -> Page:
    page.locator(".launcher").click()
    return page


def test_a_site_with_a_key_asks_and_says_what_was_wrong(visit: Visit, site: Site, keeper: Keeper) -> None:
    page = opened(visit(keeper.page_of(site, keeper.make_key(site.address))))
    turn = ask(page, _QUESTION)
    expect(turn.locator(".answer")).to_be_visible()
    turn.locator(".citation").click()
    expect(turn.locator(".cited mark").first).to_be_visible()
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_role("radio", name="The answer is wrong").check()
    turn.get_by_label("More about it").fill("Гэта не бусел — «ўсё» не так 🦬")
    turn.get_by_role("button", name="Send").click()
    expect(turn.locator(".said")).to_contain_text("Thank you.")
    (given,) = json.loads(keeper.run("feedback", "--json"))["feedback"]
    assert (given["verdict"], given["reason"], given["question"]) == ("down", "wrong", _QUESTION)
    assert given["comment"] == "Гэта не бусел — «ўсё» не так 🦬"


def test_a_site_that_no_key_is_for_is_refused_cleanly(browser: Browser, keeper: Keeper) -> None:
    key = keeper.make_key("https://elsewhere.example")
    with serving() as other, browser.new_page() as page:
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.goto(keeper.page_of(other, key))
        turn = ask(opened(page), _QUESTION)
        expect(turn.locator(".problem")).to_contain_text("This site is not allowed to ask here.")
        assert turn.locator(".passage").count() == 0
        assert any("blocked by CORS policy" in message for message in told)  # the browser keeps the answer to itself


def test_a_wrong_key_and_a_revoked_one_are_told_apart(visit: Visit, site: Site, keeper: Keeper) -> None:
    key = keeper.make_key(site.address)
    keeper.make_key(site.address)  # so that the site stays one that may read why it is refused
    turn = ask(opened(visit(keeper.page_of(site, "pk_" + "0" * 20))), _QUESTION)
    expect(turn.locator(".problem")).to_contain_text("This site's access key is not valid.")
    keeper.run("keys", "revoke", key)
    turn = ask(opened(visit(keeper.page_of(site, key))), _QUESTION)
    expect(turn.locator(".problem")).to_contain_text("This site's access has ended.")


def test_too_many_questions_are_counted_down_as_the_service_says(visit: Visit, site: Site, keeper: Keeper) -> None:
    page = opened(visit(keeper.page_of(site, keeper.make_key(site.address, rate="1/minute"))))
    expect(ask(page, _QUESTION).locator(".answer")).to_be_visible()
    page.clock.install()
    page.locator(".composer textarea").fill("And how many rivers?")
    page.keyboard.press("Enter")
    waiting = page.locator(".waiting p")
    expect(waiting).to_contain_text("Too many questions at once. Asking again in")
    told = content(waiting)
    page.clock.run_for(1_000)
    expect(waiting).not_to_have_text(told)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn").last.get_by_role("button", name="Try again")).to_be_visible()
