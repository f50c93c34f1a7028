"""PDF: the text as it is read, page by page, without running headers and page numbers.

What PDFium gives is letters with their places. `pdf_lines.py` makes lines of them, `pdf_furniture.py` takes away what
repeats at the pages' edges, `pdf_tables.py` sees columns and tables, `pdf_paragraphs.py` paragraphs.
"""

import re
from collections.abc import Iterable, Sequence

import pypdfium2 as pdfium
from pypdfium2 import raw

from qa_service.errors import UnreadableDocumentError
from qa_service.parsers.draft import Draft, RawPlace
from qa_service.parsers.hyphens import Vocabulary, join_lines
from qa_service.parsers.pdf_furniture import without_furniture
from qa_service.parsers.pdf_lines import Line, read_lines
from qa_service.parsers.pdf_paragraphs import Block, Paragraph, height_of_most, read_paragraphs
from qa_service.parsers.pdf_tables import Row, read_rows

_HEADING = 1.18
"""How much larger than the text a heading is."""

_SAME_LEVEL = 1.06
_LONGEST_HEADING = 200
_DEEPEST_HEADING = 6

_MOST_GARBAGE = 0.2
"""Share of characters that stand for no letter above which a text is not readable."""

_NO_LETTERS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")
_NO_TITLE = re.compile(r"(?i)untitled.*|microsoft word - .*|.*\.(?:docx?|odt|rtf|tex|dvi|indd|pdf|html?|qxp)|\W*")
_FIELDS = {"Author": "author", "Subject": "subject", "Keywords": "keywords"}


def parse_pdf(content: bytes) -> Draft:
    """Return the text with headings and page marks; document information becomes title and metadata.

    Raises UnreadableDocumentError for a file that is damaged, encrypted, scanned, or set in fonts without Unicode.
    """
    try:
        with pdfium.PdfDocument(content) as document:
            pages, heights = _read_pages(document)
            draft = Draft(metadata=_metadata(document))
            title = document.get_metadata_value("Title").strip()
    except pdfium.PdfiumError as error:
        raise UnreadableDocumentError(_reason(error)) from error
    _require_text(pages)
    empty = [str(number) for number, lines in enumerate(pages, start=1) if not lines]
    if empty:
        draft.metadata = {**draft.metadata, "pages without text": ", ".join(empty)}
        draft.pages_without_text = len(empty)
    _write(without_furniture(pages), heights, draft)
    draft.title = _first_heading(draft) if _NO_TITLE.fullmatch(title) else title
    return draft


def _reason(error: pdfium.PdfiumError) -> str:
    if error.err_code == raw.FPDF_ERR_PASSWORD:
        return "the PDF is encrypted and opens with a password only; save a copy without one"
    if error.err_code == raw.FPDF_ERR_SECURITY:
        return "the PDF is encrypted in a way that cannot be read; save a copy without encryption"
    return f"the PDF is damaged or incomplete: {error}"


def _read_pages(document: pdfium.PdfDocument) -> tuple[list[list[Line]], list[float]]:
    """Return each page's lines and its upper edge, in points above the origin that its lines are measured from."""
    pages, edges = [], []
    for number in range(len(document)):
        page = document[number]
        pages.append(read_lines(page, number + 1))
        edges.append(page.get_bbox()[3])
        page.close()  # with all that was read of it: a long document is not held in memory at once
    return pages, edges


def _require_text(pages: Sequence[Sequence[Line]]) -> None:
    text = "".join("".join(line.text.split()) for lines in pages for line in lines)
    if not text:
        message = f"none of its {len(pages)} pages has text: they are scanned pictures; run OCR on the file first"
        raise UnreadableDocumentError(message)
    garbage = len(_NO_LETTERS.findall(text)) / len(text)
    if garbage > _MOST_GARBAGE:
        message = (
            f"{garbage:.0%} of its characters stand for no letter: its fonts lack a map to Unicode; "
            "save it anew from its source, or run OCR on it"
        )
        raise UnreadableDocumentError(message)


def _metadata(document: pdfium.PdfDocument) -> dict[str, str]:
    found = {name: document.get_metadata_value(field).strip() for field, name in _FIELDS.items()}
    date = _DATE.match(document.get_metadata_value("CreationDate"))
    found["date"] = "-".join(part for part in date.groups() if part) if date else ""
    return {name: value for name, value in found.items() if value}


def _write(pages: Sequence[Sequence[Line]], edges: Sequence[float], draft: Draft) -> None:
    lines = [line for page in pages for line in page]
    vocabulary = Vocabulary(line.text for line in lines)
    blocks = list(read_paragraphs([read_rows(page) for page in pages]))
    levels = _heading_levels(blocks, height_of_most(lines))
    before: Block | None = None
    head: Row | None = None
    for block in blocks:
        if isinstance(block, Row):
            goes_on = isinstance(before, Row) and before.page < block.page
            if goes_on and block.is_first and head is not None and head.cells == block.cells:
                continue  # what a table begins with comes again on its next page
            head = block if block.is_first and not goes_on else head
            is_first = not isinstance(before, Row) or (block.is_first and not goes_on)
            _write_row(block, vocabulary, draft, is_first=is_first)
            draft.places.append(RawPlace(draft.block_start, page=block.page))
        elif (level := levels.get(block.height)) and _can_be_heading(block):
            draft.add_heading(level, "".join(join_lines([line.text for line in block.lines], vocabulary)))
            draft.begin_page(block.lines[0].page, draft.block_start)
            draft.places.append(_place(block.lines[0], edges, draft.block_start))
        else:
            _write_paragraph(block, edges, vocabulary, draft)
        before = block


def _write_row(row: Row, vocabulary: Vocabulary, draft: Draft, *, is_first: bool) -> None:
    cells = [" ".join("".join(join_lines(cell, vocabulary)).split()) for cell in row.cells]
    draft.add_row(cells, is_first=is_first)
    draft.begin_page(row.page, draft.block_start)


def _place(line: Line, edges: Sequence[float], start: int) -> RawPlace:
    """Return where a line stands: the letters' upper edge, from the page's top."""
    top = edges[line.page - 1] - line.baseline - line.height
    return RawPlace(start, page=line.page, top=round(max(top, 0.0), 1))


def _write_paragraph(paragraph: Paragraph, edges: Sequence[float], vocabulary: Vocabulary, draft: Draft) -> None:
    pieces = join_lines([line.text for line in paragraph.lines], vocabulary)
    text = "".join(pieces)
    draft.add_block(text, is_next_line=paragraph.is_item)
    start = draft.block_start
    for line, piece in zip(paragraph.lines, pieces, strict=True):
        draft.begin_page(line.page, start)
        draft.places.append(_place(line, edges, start))
        start += len(piece)


def _can_be_heading(paragraph: Paragraph) -> bool:
    return sum(len(line.text) for line in paragraph.lines) <= _LONGEST_HEADING


def _heading_levels(blocks: Iterable[Block], body: float) -> dict[float, int]:
    """Return the level of each height that headings are set in, the highest first."""
    heights = {
        block.height
        for block in blocks
        if isinstance(block, Paragraph) and block.height >= _HEADING * body and _can_be_heading(block)
    }
    levels: dict[float, int] = {}
    level, reached = 0, float("inf")
    for height in sorted(heights, reverse=True):
        if height * _SAME_LEVEL < reached:
            level, reached = min(level + 1, _DEEPEST_HEADING), height
        levels[height] = level
    return levels


def _first_heading(draft: Draft) -> str | None:
    return min(draft.headings, key=lambda heading: heading.level).title if draft.headings else None
