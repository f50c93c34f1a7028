"""The route for a document's original: its bytes as they came, whole or in part, never shown as a page of this site."""

import re
from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from qa_service.api.problems import declared
from qa_service.api.readiness import Service
from qa_service.parsers.formats import DOCX, EPUB, PDF
from qa_service.types import Document, Span

_ANY = "application/octet-stream"
_TOLD_BY_BYTES = frozenset({PDF, DOCX, EPUB})
"""Kinds that are told by their bytes and that no browser runs. Text, HTML above all, goes out as plain bytes."""

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
_SAFE = "!#$&+-.^_`|~"
"""What RFC 8187 lets stand in a name beside letters and digits."""

_NOT_IN_QUOTES = re.compile(r"[^ !#-$&-\[\]-~]")
_POLICY = "default-src 'none'; frame-ancestors 'none'"
_SANDBOX = f"{_POLICY}; sandbox"
_BYTES = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
router = APIRouter(prefix="/v1/documents", tags=["documents"], responses=declared(422, 503))


@router.head("/{document_id}/original", include_in_schema=False)
@router.get(
    "/{document_id}/original",
    response_class=Response,
    response_description="The bytes as they came.",
    responses={
        200: {"content": _BYTES},
        206: {"description": "The part that was asked for.", "content": _BYTES},
        304: {"description": "The file that the client has is the same."},
        **declared(404, 416),
    },
)
def get_original(
    document_id: str,
    service: Service,
    request: Request,
    range: Annotated[str | None, Header(description="One range of bytes, such as `bytes=0-1023`.")] = None,
    if_range: Annotated[str | None, Header(description="Send the range only where this is the ETag.")] = None,
    if_none_match: Annotated[str | None, Header(description="Send nothing where the ETag is among these.")] = None,
) -> Response:
    """Return the file a document was made of. A PDF may be shown by the browser; anything else is a download."""
    document = service.document(document_id)
    headers = headers_of(document)
    if _is_among(headers["ETag"], if_none_match):
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        return Response(headers=headers | {"Content-Length": str(document.size)})
    document, content = service.shelf.original(document_id)
    headers = headers_of(document)
    span = requested(range, len(content)) if if_range in (None, headers["ETag"]) else None
    if span is None:
        return Response(content, headers=headers)
    headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{len(content)}"
    return Response(content[span.start : span.end], 206, headers)


def headers_of(document: Document) -> dict[str, str]:
    """Return what is said of a document's original."""
    is_pdf = document.media_type == PDF
    return {
        "Content-Type": document.media_type if document.media_type in _TOLD_BY_BYTES else _ANY,
        "Content-Disposition": disposition("inline" if is_pdf else "attachment", document.uri),
        "Content-Security-Policy": _POLICY if is_pdf else _SANDBOX,  # browsers' own PDF viewers do not run in a sandbox
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "ETag": f'"{document.sha256}"',
    }


def disposition(kind: str, uri: str) -> str:
    """Return a Content-Disposition (RFC 6266) with the file's name, in ASCII too for clients that know no other."""
    name = PurePath(uri.replace("\\", "/")).name or "document"
    name = name.encode("utf-8", "replace").decode()
    plain = _NOT_IN_QUOTES.sub("_", name)
    written = f'{kind}; filename="{plain}"'
    return written if plain == name else f"{written}; filename*=UTF-8''{quote(name, safe=_SAFE)}"


def requested(header: str | None, size: int) -> Span | None:
    """Return the bytes that a Range header asks for; None for all of them, as for what is no single range.

    Raises HTTPException 416 for a range that begins behind the end.
    """
    match = _RANGE.fullmatch((header or "").strip().replace(" ", ""))
    if match is None or match.group() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        message = f"the range {match.group()!r} begins behind the end of the file, which has {size:,} bytes"
        raise HTTPException(416, message, {"Content-Range": f"bytes */{size}"})
    return Span(start, end)


def _is_among(tag: str, header: str | None) -> bool:
    return header is not None and (header.strip() == "*" or tag in re.findall(r'"[^"]*"', header))
