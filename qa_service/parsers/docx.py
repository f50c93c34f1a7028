"""DOCX: paragraphs, headings, lists and tables in document order; footnotes behind the paragraph they belong to."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import docx  # noqa: F401  tells python-docx's packages which classes their parts have
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from lxml import etree

from qa_service.parsers.archive import damage_reported, parse_xml, require_bounded
from qa_service.parsers.docx_lists import ListMarkers
from qa_service.parsers.draft import Draft

_WRAPPERS = ("ins", "moveTo", "smartTag", "customXml", "fldSimple", "sdtContent", "sdt", "dir", "bdo")
"""What stands around text and says nothing that a reader sees."""

_UNSEEN = ("del", "moveFrom", "sdtPr", "sdtEndPr", "instrText", "delText", "rubyPr", "rt")
_ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_NOTES = {"footnote": RELATIONSHIP_TYPE.FOOTNOTES, "endnote": RELATIONSHIP_TYPE.ENDNOTES}
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_DEEPEST = 6
_ON = frozenset({"1", "true", "on"})
PartFactory.part_type_for |= {
    f"application/vnd.{kind}.main+xml": DocumentPart
    for kind in (
        "openxmlformats-officedocument.wordprocessingml.template",
        "ms-word.document.macroEnabled",
        "ms-word.template.macroEnabledTemplate",
    )
}


def parse_docx(content: bytes) -> Draft:
    """Return the text with headings; core properties become title and metadata.

    The line of a place is the number of its paragraph or table. Raises UnreadableDocumentError.
    """
    with damage_reported("DOCX"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            require_bounded(archive)
        document = _opened(content)
        _unwrap(document.element.body)
        draft = Draft(metadata=_metadata(document))
        _Writer(document, draft).write()
        title = document.core_properties.title.strip() if _has_properties(document) else ""
        draft.title = title or (draft.headings[0].title if draft.headings else None)
    return draft


def _opened(content: bytes) -> Document:
    """Open a document, a template, or one of them with macros: those are not run, and the text beside them is text."""
    part = Package.open(io.BytesIO(content)).main_document_part
    if not isinstance(part, DocumentPart):
        message = f"its main part is no Word document, but {part.content_type!r}"
        raise ValueError(message)
    document: Document = part.document
    return document


def _unwrap(body: etree._Element) -> None:
    """Leave paragraphs, runs and tables where python-docx looks for them: nothing around them, no older version."""
    for element in list(body.iter(*(qn(f"w:{name}") for name in _UNSEEN), f"{_ALTERNATIVES}Fallback")):
        _remove(element)
    for run in list(body.iter(qn("w:r"))):
        if _is_on(run.find(f"{qn('w:rPr')}/{qn('w:vanish')}")):
            _remove(run)
    for element in list(body.iter(*(qn(f"w:{name}") for name in _WRAPPERS))):
        parent = element.getparent()
        if parent is not None:
            place = parent.index(element)
            parent[place : place + 1] = list(element)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _is_on(switch: etree._Element | None) -> bool:
    return switch is not None and switch.get(qn("w:val"), "1") in _ON


def _has_properties(document: Document) -> bool:
    """Return whether the file has core properties; where it has none python-docx makes some up."""
    relations = document.part.package.rels.values()
    return any(relation.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES for relation in relations)


def _metadata(document: Document) -> dict[str, str]:
    if not _has_properties(document):
        return {}
    core = document.core_properties
    date = core.created or core.modified
    found = {
        "author": core.author,
        "date": date.date().isoformat() if date else "",
        "language": core.language,
        "subject": core.subject,
        "keywords": core.keywords,
    }
    return {name: value.strip() for name, value in found.items() if value and value.strip()}


class _Writer:
    """Writes a document's blocks into a draft."""

    def __init__(self, document: Document, draft: Draft) -> None:
        self._document = document
        self._draft = draft
        self._markers = ListMarkers(document)
        self._notes = {kind: _notes(document, kind) for kind in _NOTES}
        self._levels: dict[Any, int | None] = {}
        self._number = 0

    def write(self) -> None:
        """Write everything."""
        self._write_blocks(self._document.iter_inner_content())

    def _write_blocks(self, blocks: Iterator[Paragraph | Table]) -> None:
        for block in blocks:
            self._number += 1
            self._draft.stand_at(line=self._number)
            if isinstance(block, Table):
                self._write_table(block)
            else:
                self._write_paragraph(block)
            self._write_notes(block._element)

    def _write_paragraph(self, paragraph: Paragraph) -> None:
        text = _text(paragraph)
        level = self._level(paragraph)
        marker = self._markers.next(paragraph) if text.strip() else ""
        if level is not None:
            self._draft.add_heading(level, marker.removeprefix("• ") + text)
        else:
            self._draft.add_block(marker + text, is_next_line=bool(marker))
        for box in paragraph._p.iter(qn("w:txbxContent")):
            for inner in _paragraphs(box, paragraph._parent):
                self._draft.add_block(_text(inner))

    def _write_table(self, table: Table) -> None:
        rows = table._tbl.tr_lst
        if _is_layout(table._tbl):
            for row in rows:
                for cell in row.tc_lst:
                    self._write_blocks(_Cell(cell, table).iter_inner_content())
            return
        is_first = True
        for row in rows:
            cells = [_cell_text(cell, table) for cell in row.tc_lst]
            if self._draft.add_row(cells, is_first=is_first):
                is_first = False

    def _write_notes(self, element: etree._Element) -> None:
        """Write the notes that a paragraph or table refers to."""
        for kind, notes in self._notes.items():
            for reference in element.iter(qn(f"w:{kind}Reference")):
                for text in notes.pop(reference.get(qn("w:id"), ""), ()):
                    self._draft.add_block(text)

    def _level(self, paragraph: Paragraph) -> int | None:
        """Return the level of a heading: of its own or of its style; None for running text."""
        own = _outline_level(paragraph._p.pPr)
        if own is not None:
            return own
        style = paragraph.style
        if style is None:
            return None
        if style.style_id not in self._levels:
            self._levels[style.style_id] = _style_level(style)
        return self._levels[style.style_id]


def _style_level(style: Any) -> int | None:
    """Return the heading level of a paragraph style or of what it is based on."""
    seen = set()
    while style is not None and style.style_id not in seen:
        seen.add(style.style_id)
        named = _HEADING.fullmatch(style.name or "")
        if named or style.name == "Title":
            return min(int(named.group(1)) if named else 1, _DEEPEST)
        level = _outline_level(style.element.pPr)
        if level is not None:
            return level
        style = style.base_style
    return None


def _outline_level(properties: etree._Element | None) -> int | None:
    outline = None if properties is None else properties.find(qn("w:outlineLvl"))
    level = int(outline.get(qn("w:val"), "9")) if outline is not None else 9
    return min(level + 1, _DEEPEST) if level < 9 else None


def _text(paragraph: Paragraph) -> str:
    lines = (" ".join(line.split()) for line in paragraph.text.split("\n"))
    return "\n".join(line for line in lines if line)


def _cell_text(cell: etree._Element, table: Table) -> str:
    """Return the text of a cell on one line."""
    return " ".join(" ".join(paragraph.text.split()) for paragraph in _paragraphs(cell, table)).strip()


def _paragraphs(element: etree._Element, parent: Any) -> Iterator[Paragraph]:
    """Yield every paragraph inside an element."""
    for found in element.iter(qn("w:p")):
        yield Paragraph(found, parent)  # type: ignore[arg-type]  # python-docx makes such elements of its own class


def _is_layout(table: etree._Element) -> bool:
    """Return whether a table places things on the page: it has tables inside, or one column only."""
    is_nested = next((inner for inner in table.iterdescendants(qn("w:tbl"))), None) is not None
    return is_nested or all(len(row.findall(qn("w:tc"))) < 2 for row in table.findall(qn("w:tr")))


def _notes(document: Document, kind: str) -> dict[str, list[str]]:
    """Return the paragraphs of each footnote or endnote by its id."""
    parts = [
        relation.target_part
        for relation in document.part.rels.values()
        if relation.reltype == _NOTES[kind] and not relation.is_external
    ]
    notes: dict[str, list[str]] = {}
    for part in parts:
        for note in parse_xml(part.blob).iter(qn(f"w:{kind}")):
            texts = ("".join(_pieces(paragraph)) for paragraph in note.iter(qn("w:p")))
            notes[note.get(qn("w:id"), "")] = [" ".join(text.split()) for text in texts if text.strip()]
    return notes


def _pieces(paragraph: etree._Element) -> Iterator[str]:
    for element in paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br")):
        yield element.text or "" if element.tag == qn("w:t") else " "
