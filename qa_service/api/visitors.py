"""Pages of other sites: which of them may ask, with which key, and what browsers let them read of the answer."""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.api.access import is_writer
from qa_service.api.gate import add_headers
from qa_service.api.limiting import Limits, client_address
from qa_service.api.problems import problem_response
from qa_service.api.shared import SharedStore
from qa_service.config import Settings
from qa_service.errors import (
    QAError,
    SiteKeyMissingError,
    SiteKeyOriginError,
    SiteKeyRevokedError,
    SiteKeyScopeError,
    SiteKeyUnknownError,
)
from qa_service.sites.keys import SiteKey, SiteKeys
from qa_service.sites.rates import Rate

SITE = "site"
"""Where the name of the key's site stands in a request's state."""

_HEADER = "X-Site-Key"
_FOR_EVERYONE = "/widget/"
_FOR_KEYS = frozenset({"/v1/ask", "/v1/feedback"})
_LIMITED = frozenset({"/v1/ask", "/v1/search", "/v1/feedback"})
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": f"Content-Type, {_HEADER}",
    "Access-Control-Max-Age": "600",
}
"""What a browser is told that asks before it sends a page's request. It asks without the key."""


class Visitors:
    """Lets pages of other origins ask with a site key, and nothing else; counts how often everyone asks.

    It stands outside of everything, so that a page may read whatever its request is answered with.
    """

    def __init__(self, app: ASGIApp, settings: Settings, shared: SharedStore) -> None:
        self._app = app
        self._settings = settings
        self._shared = shared
        self._limits = Limits()
        self._usual_rate = None if settings.ask_rate is None else Rate.parse(settings.ask_rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with the problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        is_listed = False
        try:
            if origin is None or scope["path"].startswith(_FOR_EVERYONE) or self._is_own(headers, origin):
                self._count_keyless(scope, headers)
            else:
                key = headers.get(_HEADER)
                is_listed, found = await run_in_threadpool(_look_up, self._shared, origin, key)
                if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                    _require_listed(origin, is_listed=is_listed)
                    preflight = Response(status_code=204, headers=_PREFLIGHT)
                    await preflight(scope, receive, _marked(send, origin, is_listed=is_listed))
                    return
                self._admit(scope, headers, origin, found)
        except QAError as error:
            await problem_response(error)(scope, receive, _marked(send, origin, is_listed=is_listed))
            return
        await self._app(scope, receive, _marked(send, origin, is_listed=is_listed))

    def _is_own(self, headers: Headers, origin: str) -> bool:
        """Whether a page of this service sends it, or a program that has an API key."""
        if headers.get("sec-fetch-site") == "same-origin" or is_writer(headers, self._settings):
            return True
        try:
            return urlsplit(origin).netloc == headers.get("host")
        except ValueError:  # half an IPv6 address
            return False

    def _admit(self, scope: Scope, headers: Headers, origin: str, key: SiteKey | None) -> None:
        """Raise QAError where the request may not pass."""
        given = headers.get(_HEADER)
        if scope["path"] not in _FOR_KEYS or scope["method"] != "POST":
            message = (
                "pages of other sites can only ask questions and say what they think of the answers; documents are for "
                "this service's own pages, and for programs (with one of QA_API_KEYS, where they change something)"
            )
            raise SiteKeyScopeError(message)
        if given is None:
            message = f"a page of {origin[:100]!r} needs a site key to ask: send the header {_HEADER}"
            raise SiteKeyMissingError(message)
        if key is None:
            message = "there is no such site key; check it for typing errors (`qa-service keys list`)"
            raise SiteKeyUnknownError(message)
        if key.revoked_at is not None:
            message = "this site key was revoked; put another one into the page (`qa-service keys create`)"
            raise SiteKeyRevokedError(message)
        if not key.lists(origin):
            message = (
                f"this site key is not for pages of {origin[:100]!r}; make one for them (`qa-service keys create`)"
            )
            raise SiteKeyOriginError(message)
        self._limits.require(key.rate, scope["path"], key.key, self._address(scope, headers))
        scope.setdefault("state", {})[SITE] = key.name

    def _count_keyless(self, scope: Scope, headers: Headers) -> None:
        is_limited = self._usual_rate is not None and scope["method"] == "POST" and scope["path"] in _LIMITED
        if self._usual_rate is not None and is_limited and not is_writer(headers, self._settings):
            self._limits.require(self._usual_rate, scope["path"], self._address(scope, headers))

    def _address(self, scope: Scope, headers: Headers) -> str:
        peer = scope["client"][0] if scope.get("client") else None
        return client_address(peer, headers.getlist("x-forwarded-for"), self._settings.trusted_proxies)


def _require_listed(origin: str, *, is_listed: bool) -> None:
    if not is_listed:
        message = f"no site key is for pages of {origin[:100]!r}; make one for them (`qa-service keys create`)"
        raise SiteKeyOriginError(message)


def _look_up(shared: SharedStore, origin: str, key: str | None) -> tuple[bool, SiteKey | None]:
    """Return whether any live key is for pages of this origin, and the key that was sent."""
    keys: SiteKeys = shared.site_keys
    return keys.is_listed(origin), None if key is None else keys.find(key)


def _marked(send: Send, origin: str | None, *, is_listed: bool) -> Send:
    """Let every answer say that it depends on the origin, and a page of one that is listed read it."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "access-control-allow-origin" not in headers:
                headers.add_vary_header("Origin")
            if origin is not None and is_listed:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Expose-Headers"] = "Retry-After"
                headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            add_headers(message)
        await send(message)

    return marked
