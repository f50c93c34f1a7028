"""Sites of another origin that embed the widget."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Page, Route

SNIPPET = '<script async src="{service}/widget/v1/widget.js" data-site-key="pk_test" {attributes}></script>'
INLINE = '<script async src="{service}/widget/v1/widget.js"></script><qa-widget mode="inline" {attributes}></qa-widget>'
_PAGE = """<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8"><title>A site</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>A site</h1><p>Its own words.</p><a href="#one">A link</a>{body}</main></body></html>"""


@dataclass(frozen=True, slots=True)
class Site:
    """A small server; what is put on it is served until it closes."""

    address: str
    _pages: dict[str, tuple[bytes, Mapping[str, str]]] = field(default_factory=dict)

    def put(self, body: str, *, lang: str = "en", direction: str = "ltr", **headers: str) -> str:
        """Serve a page with `body` and return its address; `headers` are written with underscores."""
        path = f"/{len(self._pages)}"
        page = _PAGE.format(lang=lang, direction=direction, body=body)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self._pages[path] = (page.encode(), sent)
        return self.address + path

    def page(self, path: str) -> tuple[bytes, Mapping[str, str]] | None:
        """Return what is served at a path."""
        return self._pages.get(path)


@contextmanager
def serving() -> Iterator[Site]:
    """Serve a site on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = site.page(self.path.split("?")[0])
            self.send_response(404 if found is None else 200)
            body, headers = found or (b"", {})
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def snippet(service: str, attributes: str = "") -> str:
    """Return the line that puts a launcher on a page."""
    return SNIPPET.format(service=service, attributes=attributes)


def inline(service: str, attributes: str = "") -> str:
    """Return the lines that put the widget into a page."""
    return INLINE.format(service=service, attributes=attributes)


def let_ask(page: Page) -> None:
    """Let any site ask this service without a key of its own; `tests/pages/test_widget_keys.py` has real keys."""

    def allowed(route: Route) -> None:
        of_site = ("origin", "referer", "x-site-key", "sec-fetch-site")
        sent = {name: value for name, value in route.request.headers.items() if name.lower() not in of_site}
        response = route.fetch(headers=sent)
        headers = response.headers | {"access-control-allow-origin": "*"}
        headers.pop("cross-origin-resource-policy", None)
        route.fulfill(response=response, headers=headers)

    page.route("**/v1/ask", allowed)
