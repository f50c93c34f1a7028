"""Who may change documents, and which bodies a route takes; both are settled before a body is read."""

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response, Security
from fastapi.params import Form
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from qa_service.config import Settings

KEY_SCHEMES = [
    Security(HTTPBearer(auto_error=False, description="One of QA_API_KEYS, where any are set.")),
    Security(APIKeyHeader(name="X-API-Key", auto_error=False, description="The same, for clients without Bearer.")),
]
"""What a writing route declares in OpenAPI. The check itself is `WritingRoute`'s."""

_READING = {"GET", "HEAD", "OPTIONS"}


class BodyRoute(APIRoute):
    """A route that refuses a body of another media type than its own, instead of guessing."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the checks in front of it."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            self.check(request)
            return await handle(request)

        return checked

    def check(self, request: Request) -> None:
        """Raise HTTPException for a request that is refused whatever its body holds."""
        if self.body_field is None:
            return
        is_form = isinstance(self.body_field.field_info, Form)
        expected = "multipart/form-data" if is_form else "application/json"
        given = request.headers.get("content-type", "")
        if given.split(";")[0].strip().lower() != expected:
            detail = f"the body is {given[:100] or 'of no stated type'}; send it as {expected} (header Content-Type)"
            raise HTTPException(415, detail)


class WritingRoute(BodyRoute):
    """A route whose methods other than GET change documents: they need a key, or come from this machine's own pages."""

    def check(self, request: Request) -> None:
        """Raise HTTPException for a writer without access, then for a wrong media type."""
        if not (self.methods or set()) <= _READING:
            _require_writer(request)
        super().check(request)


class WriterRoute(BodyRoute):
    """A route that shows what only those see who may change documents."""

    def check(self, request: Request) -> None:
        """Raise HTTPException for anyone else."""
        _require_writer(request)
        super().check(request)


def is_writer(headers: Headers, settings: Settings) -> bool:
    """Whether a request comes with one of QA_API_KEYS."""
    given = _given_key(headers)
    if given is None:
        return False
    # header values are decoded as Latin-1, so this gives the bytes that were sent
    digest = hashlib.sha256(given.encode("latin-1")).digest()
    # every key is compared, so that the time taken does not tell which one came near
    matches = [hmac.compare_digest(digest, known) for known in settings.api_key_digests]
    return any(matches)


def _require_writer(request: Request) -> None:
    settings: Settings = request.app.state.settings
    if not settings.api_keys:
        _require_same_site(request.headers)
        return
    if _given_key(request.headers) is None:
        detail = "changing documents needs an API key: send the header `Authorization: Bearer <key>`"
        raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})
    if not is_writer(request.headers, settings):
        detail = "this API key is not one of QA_API_KEYS; check it for typing errors"
        raise HTTPException(401, detail, {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _given_key(headers: Headers) -> str | None:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    return headers.get("x-api-key")


def _require_same_site(headers: Headers) -> None:
    """Refuse what a page of another site makes a visitor's browser send; browsers say where a request comes from."""
    fetched_from = headers.get("sec-fetch-site", "same-origin")
    origin = headers.get("origin")
    if fetched_from in ("same-origin", "none") and (origin is None or _authority(origin) == headers.get("host")):
        return
    detail = (
        "without API keys, documents can be changed only from this service's own pages and by programs, not from pages "
        "of other sites; set QA_API_KEYS and send a key to allow them"
    )
    raise HTTPException(403, detail)


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # half an IPv6 address
        return None
