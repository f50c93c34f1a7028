"""Figures of the parsers: how fast each format is read, and the most memory its process takes for that.

The documents are put together from the sample documents, each copy of a text told from the others by numbers, so that
nothing is the same twice. A format with a builder here is measured.
"""

import csv
import io
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import count
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from markdown_it import MarkdownIt

from eval.bench.processes import memory_of
from eval.suites.seeds import Folders
from qa_service.assembly import build_parser
from qa_service.config import Settings
from seeds.build import Source, build_book, build_letter

_TIMES = 3
_ABOUT = {"title": "Documents", "author": "Nobody", "language": "be", "date": "2026-01-01"}
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def measure_parsing(settings: Settings, characters: int) -> list[dict[str, Any]]:
    """Parse a document of about so many characters in each format, several times; return a row a format."""
    markdown = _markdown(characters)
    return [_measured(settings, ending, build(markdown)) for ending, build in _BUILDERS.items()]


def _measured(settings: Settings, ending: str, content: bytes) -> dict[str, Any]:
    name = f"document.{ending}"
    with closing(build_parser(settings)) as parser:
        parser.parse("first.txt", b"The process is up.")
        seconds = []
        for _ in range(_TIMES):
            started = time.perf_counter()
            parsed = parser.parse(name, content)
            seconds.append(time.perf_counter() - started)
        (process,) = parser.waiting()
        text_mib = len(parsed.text.encode()) / 2**20
        return {
            "format": ending,
            "file_mib": len(content) / 2**20,
            "text_mib": text_mib,
            "seconds": float(np.median(seconds)),
            "text_mib_per_second": text_mib / float(np.median(seconds)),
            "peak_mib": memory_of(process, "VmHWM"),
        }


def _markdown(characters: int) -> str:
    """Return the sample documents in Markdown, again and again until they are so long."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Folders.of(None).documents.rglob("*.md"))]
    bodies = [text.rpartition("---\n")[2] if text.startswith("---\n") else text for text in texts]
    pieces: list[str] = []
    length = 0
    for number in count(1):
        for body in bodies:
            for paragraph in body.strip().split("\n\n"):
                pieces.append(paragraph if "\n" in paragraph else f"{paragraph} ({number}.{len(pieces)})")
                length += len(pieces[-1]) + 2
                if length >= characters:
                    return "\n\n".join(pieces)
    raise AssertionError


def _page(markdown: str) -> bytes:
    return f"<!doctype html><html><title>Documents</title><body>{_MARKDOWN.render(markdown)}</body></html>".encode()


def _pages(markdown: str) -> bytes:
    """Return the pages of the sample documents in PDF, again and again until their text is as long."""
    found = [pdfium.PdfDocument(path) for path in sorted(Folders.of(None).documents.rglob("*.pdf"))]
    lengths = [sum(page.get_textpage().count_chars() for page in document) for document in found]
    written = pdfium.PdfDocument.new()
    length = 0
    while length < len(markdown):
        for document, added in zip(found, lengths, strict=True):
            written.import_pages(document)
            length += added
    stream = io.BytesIO()
    written.save(stream)
    return stream.getvalue()


def _table(markdown: str) -> bytes:
    stream = io.StringIO()
    rows = csv.writer(stream)
    rows.writerow(("number", "text", "characters"))
    rows.writerows((number, text, len(text)) for number, text in enumerate(markdown.split("\n\n")))
    return stream.getvalue().encode()


_BUILDERS: Mapping[str, Callable[[str], bytes]] = {
    "txt": str.encode,
    "md": str.encode,
    "html": _page,
    "csv": _table,
    "pdf": _pages,
    "docx": lambda markdown: build_letter(Source(_ABOUT, markdown)),
    "epub": lambda markdown: build_book(Source(_ABOUT, markdown)),
}
