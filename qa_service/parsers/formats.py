"""The formats of files, and which of them a name's ending tells; what parses them is not loaded for that."""

from collections.abc import Mapping
from pathlib import PurePath

VERSION = 3
"""Raised when a parser's output changes, so that files are parsed again."""

PLAIN, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
PDF, EPUB = "application/pdf", "application/epub+zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS: Mapping[str, str] = {
    ".txt": PLAIN,
    ".text": PLAIN,
    "": PLAIN,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".pdf": PDF,
    ".docx": DOCX,
    ".epub": EPUB,
}
SUPPORTED = ", ".join(ending for ending in ENDINGS if ending)


def is_supported(name: str) -> bool:
    """Return whether a file of this name can be taken in, going by its ending."""
    return PurePath(name).suffix.lower() in ENDINGS
