"""DOCX and EPUB files put together by hand, whole or not."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"

ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "ha ha ha ha ha ha ha ha ha ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
"""A thousand million laughs: `&i;`."""


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return an archive of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(text: str = "", *, style: str = "", properties: str = "", inside: str = "") -> str:
    """Return a paragraph; `inside` is XML behind its text."""
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{styled}{properties}</w:pPr>{run(text) if text else ''}{inside}</w:p>"


def table(*rows: Sequence[str]) -> str:
    """Return a table; a cell is text, or XML where it begins with a tag."""
    cells = [[each if each.startswith("<") else paragraph(each) for each in row] for row in rows]
    body = "".join("<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in row) + "</w:tr>" for row in cells)
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{body}</w:tbl>"


def docx_file(
    *blocks: str,
    styles: str = "",
    numbering: str = "",
    footnotes: str = "",
    properties: str = "",
    before: str = "",
    others: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Return a DOCX file with these blocks of XML in its body. `before` stands in front of the document's element."""
    parts = {"styles": styles, "numbering": numbering, "footnotes": footnotes}
    kinds = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_MAIN.replace("document.main", name)}"/>'
        for name in parts
    )
    relations = "".join(
        f'<Relationship Id="r{name}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>'
        for name, content in parts.items()
        if content
    )
    space = f'xmlns:w="{_W}" xmlns:mc="{_MC}"'
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="'
        'application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="'
        'application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/><Override PartName="/docProps/core.xml" '
        f'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="{_OFFICE}/'
        'officeDocument" Target="word/document.xml"/>'
        + (
            f'<Relationship Id="r2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
            'Target="docProps/core.xml"/>'
            if properties
            else ""
        )
        + "</Relationships>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
        "word/document.xml": f"{before}<w:document {space}><w:body>{''.join(blocks)}</w:body></w:document>",
    }
    members |= {f"word/{name}.xml": f"<w:{name} {space}>{text}</w:{name}>" for name, text in parts.items() if text}
    if properties:
        members["docProps/core.xml"] = (
            f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"{properties}</cp:coreProperties>"
        )
    return zipped(members | dict(others or {}))


def epub_file(
    *chapters: str,
    metadata: str = "",
    contents: Mapping[int, str] | None = None,
    others: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Return an EPUB file. A chapter is what stands inside `<body>`; `contents` gives chapters' titles by number."""
    names = [f"{number}.xhtml" for number in range(len(chapters))]
    items = "".join(f'<item id="c{name}" href="text/{name}" media-type="application/xhtml+xml"/>' for name in names)
    spine = "".join(f'<itemref idref="c{name}"/>' for name in names)
    links = "".join(
        f'<li><a href="text/{number}.xhtml#top">{title}</a></li>' for number, title in (contents or {}).items()
    )
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'{metadata}</metadata><manifest>{items}<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" '
        f'properties="nav"/></manifest><spine><itemref idref="nav"/>{spine}</spine></package>',
        "OEBPS/nav.xhtml": page(
            f'<nav xmlns:epub="http://www.idpf.org/2007/ops" epub:type="toc"><ol>{links}</ol></nav>'
        ),
    }
    members |= {f"OEBPS/text/{name}": page(chapter) for name, chapter in zip(names, chapters, strict=True)}
    return zipped(members | dict(others or {}))


def page(body: str, before: str = "<!DOCTYPE html>") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>{before}<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'


def lying_about_its_size(content: bytes, name: str, size: int) -> bytes:
    """Return the archive with a member that declares another size than it unpacks to."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        real = archive.getinfo(name).file_size.to_bytes(4, "little")
    return content.replace(real, size.to_bytes(4, "little"))
