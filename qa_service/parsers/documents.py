"""From a file's name and bytes to a parsed document: what kind it is, its parser, and the clean-up."""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePath

from qa_service.errors import UnreadableDocumentError, UnsupportedDocumentError
from qa_service.flaws import find_flaws, misread
from qa_service.mojibake import undone
from qa_service.outline import Heading, Page, Parsed
from qa_service.parsers.archive import member_names, read_member
from qa_service.parsers.docx import parse_docx
from qa_service.parsers.draft import Draft
from qa_service.parsers.epub import parse_epub
from qa_service.parsers.formats import DOCX, ENDINGS, EPUB, HTML, MARKDOWN, PDF, PLAIN, SUPPORTED
from qa_service.parsers.html import parse_html
from qa_service.parsers.markdown import parse_markdown
from qa_service.parsers.pdf import parse_pdf
from qa_service.parsers.plain import parse_plain
from qa_service.parsers.tracing import trace
from qa_service.text import CanonicalText, canonicalise

_TEXT_PARSERS: Mapping[str, Callable[[str], Draft]] = {
    PLAIN: parse_plain,
    MARKDOWN: parse_markdown,
    HTML: parse_html,
}
_BINARY_PARSERS: Mapping[str, Callable[[bytes], Draft]] = {PDF: parse_pdf, DOCX: parse_docx, EPUB: parse_epub}

_START = 4_000
"""Characters in which HTML must begin to be told from Markdown and plain text."""

_OTHER_KINDS: Mapping[bytes, str] = {
    b"PK\x03\x04": "a ZIP archive (such as ODT or XLSX), and neither DOCX nor EPUB",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Microsoft Office file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
_BEFORE_PDF = 1_024
"""Bytes that may stand before a PDF file's start in one that its ending says is PDF."""

_MARKS = b"\xef\xbb\xbf\0 \t\r\n"
_HTML_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+)?html\b", re.IGNORECASE | re.DOTALL)


def parse_document(name: str, content: bytes) -> Parsed:
    """Return the canonical text of a file and what it says of itself.

    Raises UnsupportedDocumentError for a kind that no parser takes, UnreadableDocumentError for a file that is empty,
    damaged, encrypted, not UTF-8, or without text.
    """
    if not content.strip():
        message = "the file is empty"
        raise UnreadableDocumentError(message)
    media_type, draft = _draft(name, content)
    canonical = canonicalise(draft.text)
    if not canonical.text.strip():
        message = "there is no text in the file"
        raise UnreadableDocumentError(message)
    headings = tuple(
        Heading(canonical.to_canonical(heading.start), heading.level, heading.title) for heading in draft.headings
    )
    title = canonicalise(draft.title or "").text.strip() or None
    metadata = {canonicalise(key).text: canonicalise(value).text for key, value in draft.metadata.items()}
    flaws, marks = find_flaws(canonical.text)
    if draft.misread is not None:
        metadata["misread"] = draft.misread
        flaws = misread(canonical.text), *flaws
    return Parsed(
        canonical.text,
        media_type,
        title,
        headings,
        metadata,
        _pages(draft, canonical),
        trace(draft.places, canonical),
        marks,
        flaws,
    )


def _pages(draft: Draft, canonical: CanonicalText) -> tuple[Page, ...]:
    """Return the page marks where clean-up left them; of several at one place the last holds."""
    numbers = {canonical.to_canonical(page.start): page.number for page in draft.pages}
    return tuple(Page(start, number) for start, number in numbers.items() if start < len(canonical.text))


def _draft(name: str, content: bytes) -> tuple[str, Draft]:
    """Return media type and draft. The content decides what it can; the name's ending decides between text formats."""
    binary = _binary_type(name, content)
    if binary is not None:
        return binary, _BINARY_PARSERS[binary](content)
    text, misreadings = undone(_decode(content))
    media_type = _text_type(name, text)
    draft = _TEXT_PARSERS[media_type](text)
    if misreadings:
        draft.misread = ", ".join(map(str, misreadings))
    return media_type, draft


def _binary_type(name: str, content: bytes) -> str | None:
    """Return what the content is; None for text. Raises UnsupportedDocumentError."""
    start = content[:_BEFORE_PDF]
    if start.lstrip(_MARKS).startswith(b"%PDF") or (b"%PDF-" in start and PurePath(name).suffix.lower() == ".pdf"):
        return PDF
    if start.startswith(b"PK"):
        names = member_names(content)
        if read_member(content, "mimetype").strip() == EPUB.encode():
            return EPUB
        if "[Content_Types].xml" in names and any(each.startswith("word/document") for each in names):
            return DOCX
        if not names and ENDINGS.get(PurePath(name).suffix.lower()) in (DOCX, EPUB):
            message = "the file is damaged or incomplete: it is no whole ZIP archive"
            raise UnreadableDocumentError(message)
    kind = next((kind for magic, kind in _OTHER_KINDS.items() if content.startswith(magic)), None)
    if kind is not None:
        message = f"this is {kind}; supported: {SUPPORTED}, text in UTF-8"
        raise UnsupportedDocumentError(message)
    return None


def _text_type(name: str, text: str) -> str:
    suffix = PurePath(name).suffix
    media_type = ENDINGS.get(suffix.lower())
    if media_type is None:
        message = f"files ending in {suffix!r} are not supported; supported: {SUPPORTED}"
        raise UnsupportedDocumentError(message)
    if media_type in _BINARY_PARSERS:
        message = f"its name ends in {suffix!r}, but what is in it is not that; supported: {SUPPORTED}"
        raise UnsupportedDocumentError(message)
    return HTML if _HTML_START.match(text, 0, _START) else media_type


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
