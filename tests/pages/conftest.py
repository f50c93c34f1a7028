"""A real browser and servers for the tests of the pages."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Response, Route, sync_playwright

from tests.conftest import running_server
from tests.pages.documents import write_documents
from tests.pages.hosts import Site, serving

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Visit: TypeAlias = Callable[..., Page]
"""Open an address in a fresh browser context; keyword arguments are the context's."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, shared by the session. Absent, the tests are skipped, but where CI=true they fail."""
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM}; install it with `apt install chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open pages; afterwards, fail if one had an error in a script, broke its policy or lacked a file of its own."""
    complaints: list[str] = []
    contexts = []

    def on_console(message: ConsoleMessage) -> None:
        # a failed request is reported here too, and what the page makes of one is for the tests to see
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    def on_response(response: Response) -> None:
        is_own_file = urlsplit(response.url).path.startswith(("/assets/", "/favicon"))
        if response.status >= 400 and is_own_file:
            complaints.append(f"{response.status} {response.url}")

    def open_page(address: str, **options: Any) -> Page:
        context = browser.new_context(**({"locale": "en-GB", "viewport": {"width": 1280, "height": 800}} | options))
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", on_response)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def held() -> Iterator[list[Route]]:
    """Requests that get no answer; given up at the end, since a page that is closed leaves theirs undone."""
    routes: list[Route] = []
    yield routes
    for route in routes:
        with suppress(Error):  # answered after all, or left by its page
            route.abort()


@pytest.fixture(scope="session")
def strange_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over documents that are hard on a page. Only read from it."""
    folder = tmp_path_factory.mktemp("strange")
    write_documents(folder / "documents")
    with running_server(folder / "data", "--ingest", folder / "documents", QA_MODEL="hashing") as address:
        yield address


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A site of another origin."""
    with serving() as served:
        yield served
