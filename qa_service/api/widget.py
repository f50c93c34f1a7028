"""The widget's file, for every site that embeds it."""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

SOURCE = Path(__file__).parent.parent / "widget" / "widget.js"
_COMMENT_LINES = re.compile(r"^\s*(?://.*|/\*(?s:.*?)\*/)\n", re.MULTILINE)
_HEADERS = {
    "Access-Control-Allow-Origin": "*",  # the file is for every site; what it may ask is the site keys' to say
    "Cache-Control": "public, max-age=300",  # sites name no version, so that a new one should come soon
    "Content-Type": "text/javascript; charset=utf-8",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter(include_in_schema=False)


@router.api_route("/widget/v1/widget.js", methods=["GET", "HEAD"])
async def widget(request: Request) -> Response:
    """Return the widget, compressed where the browser takes that."""
    is_compressed = _takes_gzip(request.headers.get("accept-encoding", ""))
    body, tag = _served(is_compressed=is_compressed)
    headers = _HEADERS | {"ETag": tag} | ({"Content-Encoding": "gzip"} if is_compressed else {})
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers)


@cache
def _served(*, is_compressed: bool) -> tuple[bytes, str]:
    """Return the file as it goes out and its tag. Comments on lines of their own stay here, for readers of the code."""
    source = _COMMENT_LINES.sub("", SOURCE.read_text(encoding="utf-8")).encode()
    body = gzip.compress(source, mtime=0) if is_compressed else source
    return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def _takes_gzip(accepted: str) -> bool:
    """Whether a browser that accepts these codings, such as "gzip;q=0.5, br", takes gzip."""
    for coding in accepted.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";q=")
        if name == "gzip":
            return weight.strip("0.") != "" or weight == ""
    return False
