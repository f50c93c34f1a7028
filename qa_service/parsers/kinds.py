"""What kind of file some bytes are: the content decides what it can, the name's ending between kinds of text."""

import re
from pathlib import PurePath

from qa_service.errors import UnreadableDocumentError, UnsupportedDocumentError
from qa_service.parsers.archive import member_names, read_member
from qa_service.parsers.formats import (
    BEFORE_PDF,
    CSV,
    DOCX,
    ENDINGS,
    EPUB,
    HEAD,
    HTML,
    MARKDOWN,
    MHTML,
    PDF,
    PLAIN,
    SUPPORTED,
    TSV,
    refusal,
)
from qa_service.parsers.table import is_table

_START = 4_000
"""Characters in which HTML must begin to be told from Markdown and plain text."""

_MARKS = b"\xef\xbb\xbf\0 \t\r\n"
_HTML_START = re.compile(
    r"\s*+(?:<\?xml[^>]*>\s*+)?(?:<!--.*?-->\s*+)*+<(?:!doctype\s+)?html\b", re.IGNORECASE | re.DOTALL
)
_SAVED_PAGE = re.compile(
    rb"\s*+(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*+)*?content-type:[ \t]*(?:multipart/related|text/html)\b", re.IGNORECASE
)
_MIME = re.compile(rb"^mime-version:", re.IGNORECASE | re.MULTILINE)


def binary_type(name: str, content: bytes) -> str | None:
    """Return which of PDF, DOCX, EPUB and MHTML the content is; None for text.

    Raises UnsupportedDocumentError for other kinds, UnreadableDocumentError for half an archive.
    """
    reason = refusal(name, content[:HEAD])
    if reason is not None:
        raise UnsupportedDocumentError(reason)
    start = content[:BEFORE_PDF]
    if start.lstrip(_MARKS).startswith(b"%PDF") or (b"%PDF-" in start and _ending(name) == ".pdf"):
        return PDF
    if start.startswith(b"PK\x03\x04"):
        return _type_of_archive(name, content)
    is_saved_page = _MIME.search(content, 0, HEAD) and _SAVED_PAGE.match(content, 0, HEAD)
    return MHTML if is_saved_page else None


def text_type(name: str, text: str) -> str:
    """Return the media type of a text. What its name's ending does not tell is plain text, or plainly a table."""
    if _HTML_START.match(text, 0, _START):
        return HTML
    named = ENDINGS.get(_ending(name), PLAIN)
    if named in (HTML, MARKDOWN, CSV, TSV):
        return named
    return CSV if is_table(text) else PLAIN


def _ending(name: str) -> str:
    return PurePath(name).suffix.lower()


def _type_of_archive(name: str, content: bytes) -> str:
    names = member_names(content)
    if read_member(content, "mimetype").strip() == EPUB.encode():
        return EPUB
    if "[Content_Types].xml" in names and any(each.startswith("word/document") for each in names):
        return DOCX
    if not names and ENDINGS.get(_ending(name)) in (DOCX, EPUB):
        message = "the file is damaged or incomplete: it is no whole ZIP archive"
        raise UnreadableDocumentError(message)
    message = f"this is a ZIP archive (such as ODT or XLSX), and neither DOCX nor EPUB; supported: {SUPPORTED}"
    raise UnsupportedDocumentError(message)
