"""A page of another origin in a real browser: it reads answers with a key that lists it, and nothing without."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from qa_service.sites.keys import SiteKeys
from qa_service.sites.rates import Rate
from qa_service.store import Store
from tests.conftest import running_server

pytestmark = pytest.mark.browser

_FETCH = """async ([address, key, path]) => {
  try {
    const response = await fetch(address + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(key ? { "X-Site-Key": key } : {}) },
      body: JSON.stringify({ question: "Дзе зубр?" }),
    });
    const { type = null } = await response.json();
    return [response.status, type, response.headers.get("Retry-After") !== null];
  } catch {
    return null;
  }
}"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another site</title>")

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    """The address of another site; another port is another origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_page_of_another_origin(browser: Browser, site: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "data" / "store.sqlite3")
    keys = SiteKeys(store.database)
    problem = "urn:qa-service:problem:"
    with running_server(tmp_path / "data", QA_MODEL="hashing") as address:
        page = browser.new_context().new_page()
        page.goto(site)

        def ask(key: str | None, path: str = "/v1/ask") -> Any:
            return page.evaluate(_FETCH, [address, key, path])

        assert ask(None) is None, "no key lists this origin: the browser shows the page nothing"
        other = keys.create("Other", ["https://example.org"])
        assert ask(other.key) is None
        key = keys.create("Ours", [site], Rate(2, "day"))
        assert ask(key.key) == [200, None, False]
        assert ask(other.key) == [403, f"{problem}site-key-origin", False]
        assert ask(key.key, "/v1/search") == [403, f"{problem}site-key-scope", False]
        assert ask(key.key) == [200, None, False]
        assert ask(key.key) == [429, f"{problem}rate-limited", True]
        keys.revoke(key.key)
        assert ask(key.key) is None
        page.context.close()
    store.close()
