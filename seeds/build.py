"""Build the sample documents in PDF, DOCX and EPUB from the Markdown in `sources/`: `python -m seeds.build`.

The same source gives the same text, and DOCX and EPUB the same bytes. The PDF files need Chromium; with another version
or other fonts their lines break elsewhere.
"""

import html
import io
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import docx
import yaml
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from markdown_it import MarkdownIt
from markdown_it.token import Token
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
CHROMIUM = Path("/usr/bin/chromium")

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_SYLLABLE = re.compile(r"(?<=..[аеёиоуыэюяі])(?=[бвгджзйклмнпрстфхцчшщў][аеёиоуыэюяі]\w)", re.IGNORECASE)

_STYLE = """
body { font: 10.5pt/1.42 serif; text-align: justify }
h1, h2, table { text-align: left }
h1 { font-size: 19pt; line-height: 1.2; margin: 0 0 12pt }
h2 { font-size: 13.5pt; margin: 14pt 0 6pt; break-after: avoid }
p { margin: 0; text-indent: 1.3em }
ul, ol { margin: 6pt 0; padding-left: 1.6em }
ul { list-style-type: "•  " }
li p { text-indent: 0 }
table { width: 100%; border-collapse: collapse; margin: 9pt 0; font-size: 10pt }
th, td { border: 0.5pt solid #777; padding: 2pt 5pt; vertical-align: top }
tr { break-inside: avoid }
"""
_COLUMNS = "body { columns: 2; column-gap: 8mm } h1, table { column-span: all }"
_EDGE = '<div style="width: 100%; font: 8pt sans-serif; text-align: center">{}</div>'

_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_WORDPROCESSING = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@dataclass(frozen=True, slots=True)
class Source:
    """A Markdown file: its front matter and its body."""

    about: Mapping[str, str]
    body: str

    @property
    def day(self) -> datetime:
        """When it was written."""
        return datetime.fromisoformat(self.about["date"])


def read_source(path: Path) -> Source:
    """Return a Markdown file with front matter."""
    _, about, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return Source(yaml.load(about, Loader=yaml.BaseLoader), body)


def build_report(source: Source) -> bytes:
    """Return a PDF of A5 pages with divided words, a running header and page numbers."""
    return _printed(source, "A5", _STYLE)


def build_magazine(source: Source) -> bytes:
    """Return a PDF of A4 pages in two columns, with a running header and page numbers."""
    return _printed(source, "A4", _STYLE + _COLUMNS)


def _printed(source: Source, size: str, style: str) -> bytes:
    about = {name: html.escape(value) for name, value in source.about.items()}
    body = re.sub(r">[^<]+", lambda text: _SYLLABLE.sub("\N{SOFT HYPHEN}", text.group()), _MARKDOWN.render(source.body))
    page = f'<html lang="{about["language"]}"><title>{about["title"]}</title><style>{style}</style>{body}</html>'
    margin = {"top": "20mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        tab = chromium.new_page()
        tab.set_content(page)
        content = tab.pdf(
            format=size,
            margin=margin,  # type: ignore[arg-type]
            display_header_footer=True,
            header_template=_EDGE.format(about["title"]),
            footer_template=_EDGE.format('<span class="pageNumber"></span> / <span class="totalPages"></span>'),
        )
        chromium.close()
    return _with_information(content, source)


def _with_information(content: bytes, source: Source) -> bytes:
    """Return the PDF with the source's date and author, in place of Chromium's, in as many bytes."""
    date = f"(D:{source.day:%Y%m%d}000000+00'00')".encode()
    content = re.sub(rb"\(D:\d{14}[+]00'00'\)", date, content)
    author = f"/Author ({source.about['author']})".encode()
    return re.sub(rb"/Creator \((?:\\.|[^\\)])*\)", lambda creator: author.ljust(len(creator.group())), content)


def build_letter(source: Source) -> bytes:
    """Return a DOCX with headings, lists and tables; the notes of the front matter are a footnote to the title."""
    document = docx.Document()
    core = document.core_properties
    core.title, core.author, core.language = (source.about[name] for name in ("title", "author", "language"))
    core.created = core.modified = source.day
    core.comments = ""
    _DocxWriter(document).write(_MARKDOWN.parse(source.body))
    if "notes" in source.about:
        _add_footnote(document, document.paragraphs[0], source.about["notes"])
    stream = io.BytesIO()
    document.save(stream)
    with zipfile.ZipFile(stream) as archive:
        names = sorted(archive.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        return _archive({name: archive.read(name) for name in names})


class _DocxWriter:
    """Writes Markdown's tokens into a document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._style: str | None = None
        self._rows: list[list[Token]] = []

    def write(self, tokens: list[Token]) -> None:
        """Write every token."""
        is_in_table = False
        for token in tokens:
            if token.type == "heading_open":
                self._style = f"Heading {token.tag[1:]}"
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                self._style = "List Bullet" if token.type.startswith("bullet") else "List Number"
            elif token.type in ("heading_close", "bullet_list_close", "ordered_list_close"):
                self._style = None
            elif token.type in ("table_open", "table_close"):
                is_in_table = token.type == "table_open"
                self._end_table()
            elif token.type == "tr_open":
                self._rows.append([])
            elif token.type == "inline" and is_in_table:
                self._rows[-1].append(token)
            elif token.type == "inline":
                _add_runs(self._document.add_paragraph(style=self._style), token)

    def _end_table(self) -> None:
        if self._rows:
            table = self._document.add_table(len(self._rows), len(self._rows[0]), "Table Grid")
            for row, tokens in zip(table.rows, self._rows, strict=True):
                for cell, token in zip(row.cells, tokens, strict=True):
                    _add_runs(cell.paragraphs[0], token)
        self._rows = []


def _add_runs(paragraph: Paragraph, token: Token) -> None:
    is_bold = is_italic = False
    for child in token.children or []:
        if child.type.startswith("strong"):
            is_bold = child.type.endswith("open")
        elif child.type.startswith("em"):
            is_italic = child.type.endswith("open")
        else:
            run = paragraph.add_run(" " if child.type == "softbreak" else child.content)
            run.bold, run.italic = is_bold or None, is_italic or None


def _add_footnote(document: Document, paragraph: Paragraph, text: str) -> None:
    notes = (
        f'<w:footnotes xmlns:w="{_WORDPROCESSING}"><w:footnote w:id="1"><w:p><w:r><w:t>{html.escape(text)}</w:t></w:r>'
        "</w:p></w:footnote></w:footnotes>"
    )
    package = document.part.package
    part = Part(PackURI("/word/footnotes.xml"), _FOOTNOTES, notes.encode(), package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    reference = OxmlElement("w:footnoteReference")
    reference.set(qn("w:id"), "1")
    paragraph.add_run()._r.append(reference)


def build_book(source: Source) -> bytes:
    """Return an EPUB with a chapter for each section, and a table of contents."""
    title, language = html.escape(source.about["title"]), source.about["language"]
    sections = re.split(r"^(?=## )", source.body, flags=re.MULTILINE)
    names = [f"chapter-{number:02}" for number in range(len(sections))]
    titles = [section.strip().partition("\n")[0].lstrip("# ") for section in sections]
    links = "".join(
        f'<li><a href="{name}.xhtml">{html.escape(heading)}</a></li>'
        for name, heading in zip(names, titles, strict=True)
    )
    pages = {f"OEBPS/{name}.xhtml": _MARKDOWN.render(text) for name, text in zip(names, sections, strict=True)}
    pages["OEBPS/nav.xhtml"] = f'<nav epub:type="toc"><ol>{links}</ol></nav>'
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": _CONTAINER,
        "OEBPS/content.opf": _package(source, names),
        **{name: _XHTML.format(language=language, title=title, body=body) for name, body in pages.items()},
    }
    return _archive({name: text.encode() for name, text in members.items()})


def _package(source: Source, names: list[str]) -> str:
    about = {name: html.escape(value) for name, value in source.about.items()}
    items = "".join(f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>' for name in names)
    spine = "".join(f'<itemref idref="{name}"/>' for name in names)
    return _PACKAGE.format(**about, day=f"{source.day:%Y-%m-%d}", items=items, spine=spine)


_CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""
_PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">{title}, {day}</dc:identifier><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>
<dc:language>{language}</dc:language><dc:date>{day}</dc:date><meta property="dcterms:modified">{day}T00:00:00Z</meta>
</metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{items}</manifest>
<spine>{spine}</spine></package>
"""
_XHTML = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="{language}">
<head><title>{title}</title></head><body>{body}</body></html>
"""


def _archive(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive of these members in this order, which depends on nothing else."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content, kind)
    return stream.getvalue()


BUILT: Mapping[str, Callable[[Source], bytes]] = {
    "be/09-polack-safija-jeufrasinnia.epub": build_book,
    "be/15-skolny-muzej-salomapliacennie.docx": build_letter,
    "en/06-climate-and-fields.pdf": build_magazine,
    "en/08-kazakhstan-primer.epub": build_book,
    "ru/05-kalij-soligorsk.pdf": build_report,
    "ru/12-moloko-i-syr.docx": build_letter,
}
"""Every document that is built, with what builds it."""


def source_of(name: str) -> Path:
    """Return the Markdown file that a built document comes from."""
    return (FOLDER / "sources" / name).with_suffix(".md")


if __name__ == "__main__":
    for name, build in BUILT.items():
        content = build(read_source(source_of(name)))
        (FOLDER / "documents" / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content):,} bytes\n")
