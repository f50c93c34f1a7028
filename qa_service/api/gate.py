"""What every request passes before anything else sees it, and every response on its way out."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.api.problems import problem_response
from qa_service.config import MAX_QUESTION_CHARACTERS, Settings, is_loopback

_MAX_JSON_BYTES = 256 * 1024
_FORM_OVERHEAD = 64 * 1024
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Sent with every response that does not set them itself, as pages do."""


class Gate:
    """Refuses foreign host names and bodies over the bound, adds the security headers, answers for faults.

    The host check keeps a web page from reaching a service on loopback through a name that it points there. FastAPI's
    own body limit answers in plain text where a route refuses a request before reading its body, so the bound is here.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with the problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                is_started = True
                add_headers(message)
            await send(message)

        try:
            await self._app(scope, self._checked(scope, receive), send_with_headers)
        except Exception as error:  # the boundary of a request: nothing above it would answer the client
            if is_started:
                raise
            await problem_response(error)(scope, receive, send_with_headers)

    def _checked(self, scope: Scope, receive: Receive) -> Receive:
        headers = Headers(scope=scope)
        self._require_own_host(headers.get("host", ""))
        bound = self._bound(headers.get("content-type", ""))
        length = headers.get("content-length", "")
        _require_within(bound, int(length) if length.isascii() and length.isdecimal() else 0)
        return _counted(receive, bound)

    def _require_own_host(self, host: str) -> None:
        allowed = self._settings.allowed_hosts
        if "*" in allowed or (not allowed and not self._settings.is_loopback):
            return
        name = _host_name(host)
        if is_loopback(name) or name in allowed:
            return
        detail = f"this service does not answer to the host name {name!r}; set QA_ALLOWED_HOSTS to the names it should"
        raise HTTPException(403, detail)

    def _bound(self, content_type: str) -> int:
        if content_type.lower().startswith("multipart/form-data"):
            return max(self._settings.max_upload_bytes, self._settings.max_document_bytes) + _FORM_OVERHEAD
        return _MAX_JSON_BYTES


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # half an IPv6 address
        return host


def _require_within(bound: int, size: int) -> None:
    if size > bound:
        advice = f"a question has at most {MAX_QUESTION_CHARACTERS:,} characters"
        if bound != _MAX_JSON_BYTES:
            advice = "send smaller or fewer files, or raise QA_MAX_UPLOAD_BYTES"
        raise HTTPException(413, f"the request's body exceeds the bound of {bound:,} bytes; {advice}")


def _counted(receive: Receive, bound: int) -> Receive:
    """Count what really arrives: a length may be left unsaid."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        _require_within(bound, total)
        return message

    return counted


def add_headers(message: Message) -> None:
    """Add the security headers that a response's start lacks."""
    headers = MutableHeaders(scope=message)
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
