"""From a file's name and bytes to a parsed document: what kind it is, its parser, and the clean-up."""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePath

from qa_service.errors import UnreadableDocumentError, UnsupportedDocumentError
from qa_service.parsers.draft import Draft
from qa_service.parsers.html import parse_html
from qa_service.parsers.markdown import parse_markdown
from qa_service.parsers.plain import parse_plain
from qa_service.text import canonicalise
from qa_service.types import Heading, Parsed

VERSION = 1
"""Raised when a parser's output changes, so that files are parsed again."""

_PARSERS: Mapping[str, Callable[[str], Draft]] = {
    "text/plain": parse_plain,
    "text/markdown": parse_markdown,
    "text/html": parse_html,
}
_ENDINGS: Mapping[str, str] = {
    ".txt": "text/plain",
    ".text": "text/plain",
    "": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
}
SUPPORTED = ", ".join(ending for ending in _ENDINGS if ending)

_START = 4_000
"""Characters in which HTML must begin to be told from Markdown and plain text."""

_OTHER_KINDS: Mapping[bytes, str] = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP archive (such as DOCX, EPUB or ODT)",
    b"\xd0\xcf\x11\xe0": "an old Microsoft Office file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
_HTML_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+)?html\b", re.IGNORECASE | re.DOTALL)


def parse_document(name: str, content: bytes) -> Parsed:
    """Return the canonical text of a file and what it says of itself.

    Raises UnsupportedDocumentError for a kind that no parser takes, UnreadableDocumentError for a file that is empty,
    not UTF-8, or without text.
    """
    if not content.strip():
        message = "the file is empty"
        raise UnreadableDocumentError(message)
    media_type, text = _identify(name, content)
    draft = _PARSERS[media_type](text)
    canonical = canonicalise(draft.text)
    if not canonical.text.strip():
        message = "there is no text in the file"
        raise UnreadableDocumentError(message)
    headings = tuple(
        Heading(canonical.to_canonical(heading.start), heading.level, heading.title) for heading in draft.headings
    )
    title = canonicalise(draft.title or "").text.strip() or None
    metadata = {canonicalise(key).text: canonicalise(value).text for key, value in draft.metadata.items()}
    return Parsed(canonical.text, media_type, title, headings, metadata)


def is_supported(name: str) -> bool:
    """Return whether a file of this name can be taken in, going by its ending."""
    return PurePath(name).suffix.lower() in _ENDINGS


def _identify(name: str, content: bytes) -> tuple[str, str]:
    """Return media type and text. The content decides what it can; the name's ending decides between text formats."""
    kind = next((kind for magic, kind in _OTHER_KINDS.items() if content.startswith(magic)), None)
    if kind is not None:
        message = f"this is {kind}; supported: {SUPPORTED}, in UTF-8"
        raise UnsupportedDocumentError(message)
    text = _decode(content)
    if not is_supported(name):
        message = f"files ending in {PurePath(name).suffix!r} are not supported; supported: {SUPPORTED}"
        raise UnsupportedDocumentError(message)
    if _HTML_START.match(text, 0, _START):
        return "text/html", text
    return _ENDINGS[PurePath(name).suffix.lower()], text


def _decode(content: bytes) -> str:
    controls = sum(content.count(code) for code in b"\x00\x01\x02\x03\x04\x05\x06\x0e\x0f")
    if controls * 50 > len(content):
        message = "this is binary data, not text, whatever its name says"
        raise UnsupportedDocumentError(message)
    try:
        return content.decode("utf-8").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    except UnicodeDecodeError as error:
        byte = content[error.start]
        message = (
            f"not UTF-8: byte 0x{byte:02X} at position {error.start:,}; save the file as UTF-8 "
            "(for example: iconv -f CP1251 -t UTF-8)"
        )
        raise UnreadableDocumentError(message) from error
