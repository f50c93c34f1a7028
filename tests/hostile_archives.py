"""DOCX, EPUB and other ZIP files that mean harm; `tests/hostile.py` lists them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from tests.archives import docx_file, epub_file, page, paragraph, zipped

_MIB = 2**20
_STORED, _DEFLATED = 0, 8


def overlapping(before: Mapping[str, bytes], count: int, size: int) -> bytes:
    """Return a ZIP archive of members stored apart, and of so many that all unpack from the same bytes.

    After David Fifield, "A better zip bomb" (2019): each member's content begins with a block, stored as it is, that
    is the header of the next member, and goes on where that one's content does.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    content, unpacked = packer.compress(bytes(size)) + packer.flush(), bytes(size)
    shared: list[_Member] = []
    header = b""
    for number in range(count):
        if header:
            content = b"\x00" + struct.pack("<HH", len(header), len(header) ^ 0xFFFF) + header + content
            unpacked = header + unpacked
        member = _Member(f"{number}".encode(), zlib.crc32(unpacked), len(content), len(unpacked), _DEFLATED)
        header = member.header()
        shared.append(member)
    body, listed = b"", b""
    for name, stored in before.items():
        member = _Member(name.encode(), zlib.crc32(stored), len(stored), len(stored), _STORED)
        listed += member.listed(len(body))
        body += member.header() + stored
    place = len(body)
    for member in reversed(shared):
        listed += member.listed(place)
        place += len(member.header()) + len(b"\x00") + struct.calcsize("<HH")
    body += header + content
    members = len(before) + count
    return body + listed + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, members, members, len(listed), len(body), 0)


@dataclass(frozen=True, slots=True)
class _Member:
    """What a ZIP archive says of a member, once before its content and once at the archive's end."""

    name: bytes
    checksum: int
    packed: int
    unpacked: int
    method: int

    def header(self) -> bytes:
        return struct.pack("<IHHHHH", 0x04034B50, 20, 0, self.method, 0, 33) + self._sizes() + bytes(2) + self.name

    def listed(self, place: int) -> bytes:
        start = struct.pack("<IHHHHHH", 0x02014B50, 20, 20, 0, self.method, 0, 33)
        return start + self._sizes() + bytes(12) + struct.pack("<I", place) + self.name

    def _sizes(self) -> bytes:
        return struct.pack("<IIIH", self.checksum, self.packed, self.unpacked, len(self.name))


def encrypted(content: bytes) -> bytes:
    """Return the archive with every member marked as encrypted."""
    marked = bytearray(content)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        found = marked.find(signature)
        while found >= 0:
            marked[found + place] |= 1
            found = marked.find(signature, found + 4)
    return bytes(marked)


def with_two(content: bytes, name: str, second: bytes) -> bytes:
    """Return the archive with a second member of a name that it has."""
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.NameToInfo.pop(name)
        archive.writestr(name, second)
    return stream.getvalue()


def nested_archives(depth: int) -> bytes:
    """Return an archive of ten archives of ten archives, and so on, down to ten megabytes each."""
    inner = zipped({"zeros": bytes(10 * _MIB)})
    for _ in range(depth):
        inner = zipped({f"{number}.zip": inner for number in range(10)})
    return inner


TRAVERSAL: Mapping[str, str | bytes] = dict.fromkeys(
    (
        "../../../../tmp/evil.txt", "/etc/evil", "C:\\evil.txt", "..\\..\\evil.txt", "word/../../evil", "con", "a\x00b",
        "~/evil", "file:///evil", ".", "./././evil", "word/" + "x" * 5_000, "\N{RIGHT-TO-LEFT OVERRIDE}txt.exe",
    ),
    "evil",
)  # fmt: skip
"""Members whose names would lead out of a folder that somebody unpacks them in."""

NOWHERE = "http://127.0.0.1:9/"


def docx_with_macros() -> bytes:
    """Return a Word file with a project of macros, as Word writes one."""
    plain = docx_file(paragraph("Words beside macros."), others={"word/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 500})
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    kinds = "[Content_Types].xml"
    members[kinds] = members[kinds].replace(main, b"application/vnd.ms-word.document.macroEnabled.main+xml")
    return zipped(members)


def docx_reaching_out(address: str = NOWHERE, *parts: str) -> bytes:
    """Return a Word file whose template, picture, footnotes and other `parts` are elsewhere on the network."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = ("attachedTemplate", "image", "oleObject", "hyperlink", "footnotes", "subDocument", "frame", *parts)
    relations = "".join(
        f'<Relationship Id="x{number}" Type="{office}/{kind}" Target="{address}{kind}" TargetMode="External"/>'
        for number, kind in enumerate(kinds)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{address}include"/>'
    return docx_file(
        paragraph("Words of its own.", inside=include),
        others={"word/_rels/document.xml.rels": f'<Relationships xmlns="{space}">{relations}</Relationships>'},
    )


def html_reaching_out(address: str = NOWHERE) -> bytes:
    """Return a page that names things elsewhere on the network in every way it can."""
    return (
        f'<?xml-stylesheet type="text/xsl" href="{address}style.xsl"?><!DOCTYPE html SYSTEM "{address}x.dtd">'
        f'<html><head><base href="{address}"><link rel="stylesheet" href="{address}a.css">'
        f'<script src="{address}a.js"></script><meta http-equiv="refresh" content="0;url={address}"></head><body>'
        f'<img src="{address}a.png"><iframe src="{address}"></iframe><object data="{address}"></object>'
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{address}include"/>'
        f"<p>Words of its own.</p></body></html>"
    ).encode()


def epub_reaching_out(address: str = NOWHERE) -> bytes:
    """Return a book whose chapters name things elsewhere on the network, and one that is elsewhere."""
    chapter = page("<p>Words of its own.</p>", before=f'<!DOCTYPE html SYSTEM "{address}x.dtd">')
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{address}include"/>'
    return epub_file(include, others={"OEBPS/text/0.xhtml": chapter})


def epub_of_references(count: int) -> bytes:
    """Return a book of one chapter that its reading order names so often."""
    book = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="c" href="text/0.xhtml" '
        'media-type="application/xhtml+xml"/></manifest><spine>' + '<itemref idref="c"/>' * count + "</spine></package>"
    )
    return epub_file("<p>A chapter that is read again and again.</p>" * 20, others={"OEBPS/book.opf": book})


def docx_of_tables(depth: int) -> bytes:
    """Return a Word file of tables within tables."""
    opening, closing = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
    return docx_file(opening * depth + paragraph("x") + closing * depth)
