"""The formats of files, and which of them a name's ending tells; what parses them is not loaded for that."""

from collections.abc import Mapping
from pathlib import PurePath

from qa_service.parsers.signatures import unsupported_kind
from qa_service.parsers.wide import marked_encoding, unmarked_encoding

VERSION = 4
"""Raised when a parser's output changes, so that files are parsed again."""

PLAIN, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
CSV, TSV = "text/csv", "text/tab-separated-values"
MHTML = "multipart/related"
PDF, EPUB = "application/pdf", "application/epub+zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS: Mapping[str, str] = {
    ".txt": PLAIN,
    ".text": PLAIN,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".mht": MHTML,
    ".mhtml": MHTML,
    ".csv": CSV,
    ".tsv": TSV,
    ".tab": TSV,
    ".pdf": PDF,
    ".docx": DOCX,
    ".epub": EPUB,
}
BEFORE_PDF = 1_024
"""Bytes that may stand before a PDF file's start."""

SUPPORTED = "PDF, DOCX and EPUB; HTML, Markdown, CSV, TSV and plain text in any usual encoding"
"""What is taken in, in words for people."""


HEAD = 8_192
"""Bytes at a file's start by which `refusal` judges."""

_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\b\t\n\v\f\r\x1a\x1b")
_LEAST_TEXT = 50
"""Bytes of text a control character may stand among; data have more of them."""


def refusal(name: str, head: bytes) -> str | None:
    """Return why no parser takes a file, by its name and first bytes (HEAD of them or fewer); None where one may.

    A sentence for people: what the file is, and what to do with it.
    """
    kind = unsupported_kind(head)
    if kind is not None:
        return f"this is {kind}"
    if _may_be_document(head) or not is_binary(head):
        return None
    ending = PurePath(name).suffix
    called = f", though its name ends in {ending!r}" if ending.lower() in ENDINGS else ""
    return f"this is binary data, not text{called}; supported: {SUPPORTED}"


def is_binary(content: bytes) -> bool:
    """Return whether bytes are neither text of 8-bit units nor UTF-16 or UTF-32."""
    if sum(content.count(code) for code in _CONTROLS) * _LEAST_TEXT <= len(content):
        return False
    return marked_encoding(content) is None and unmarked_encoding(content) is None


def _may_be_document(head: bytes) -> bool:
    return b"%PDF-" in head[:BEFORE_PDF] or head.startswith(b"PK")
