"""PDF files that mean harm; `tests/hostile.py` lists them."""

import struct
import zlib

from tests.pdfs import lines, pdf, pdf_file, stream

_ADLER = 65521


def deflated(block: bytes, times: int) -> bytes:
    """Return what zlib makes of a block repeated so often, without having it repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\xda" + piece * times + b"\x03\x00" + struct.pack(">I", _adler(block, times))


def _adler(block: bytes, times: int) -> int:
    """Return the checksum of a block repeated so often (RFC 1950)."""
    one = zlib.adler32(block)
    low, high = (one & 0xFFFF) - 1, (one >> 16) - len(block)
    repeated = times * high + len(block) * low * (times * (times - 1) // 2)
    return (((repeated + len(block) * times) % _ADLER) << 16) | ((low * times + 1) % _ADLER)


def pdf_of_content(content: bytes, filters: bytes = b"/Filter/FlateDecode") -> bytes:
    """Return a PDF of one page with this content, packed by these filters."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        stream(content, filters),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ]
    return pdf_file(objects, b"/Root 1 0 R")


_TWICE = b"/Filter[/FlateDecode/FlateDecode]"
_OPERATORS = b"BT /F 1 Tf 1 0 0 1 10 10 Tm (bomb) Tj ET\n"


def pdf_bomb() -> bytes:
    """Return a few kilobytes that unpack, twice packed, to 2.5 GB of nothing."""
    return pdf_of_content(zlib.compress(deflated(bytes(10_000_000), 250), 9), _TWICE)


def pdf_text_bomb() -> bytes:
    """Return a few kilobytes that unpack, twice packed, to 2.5 GB of text."""
    block = _OPERATORS * 250_000
    return pdf_of_content(zlib.compress(deflated(block, 2_500_000_000 // len(block)), 9), _TWICE)


def pdf_of_operators() -> bytes:
    """Return a page that sets three million letters."""
    return pdf_of_content(zlib.compress(b"BT /F 1 Tf 10 10 Td" + b"(a)Tj " * 3_000_000 + b"ET", 9))


def pdf_with_scripts() -> bytes:
    """Return a PDF that would run JavaScript, start a program, send a form, and carries a file."""
    catalog = (
        b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\); this.exportDataObject({cName: 'x', nLaunch: 2});)"
        b"/Next<</S/Launch/F(/bin/sh)/Next<</S/URI/URI(http://127.0.0.1:9/)/Next<</S/SubmitForm/F(http://127.0.0.1:9/)>>>>>>>>"
        b"/AA<</WC<</S/JavaScript/JS(while\\(true\\){})>>>>"
        b"/Names<</EmbeddedFiles<</Names[(x.exe)<</Type/Filespec/F(x.exe)/EF<</F 3 0 R>>>>]>>"
        b"/JavaScript<</Names[(x)<</S/JavaScript/JS(while\\(true\\){})>>]>>>>"
    )
    return pdf(lines("Harmless words."), catalog=catalog)


def pdf_of_its_own_pages() -> bytes:
    """Return a PDF whose tree of pages has itself as a branch."""
    kids = b"[" + b"2 0 R " * 50 + b"3 0 R]"
    return pdf_file(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 51/Parent 2 0 R/Kids" + kids + b"/MediaBox[0 0 9 9]>>",
            b"<</Type/Page/Parent 2 0 R>>",
        ],
        b"/Root 1 0 R",
    )


def pdf_of_its_own_table() -> bytes:
    """Return a PDF whose table of objects says that another one, itself, comes before it."""
    content = pdf(lines("Words."), trailer=b"/Prev 9999999999")
    place = content.rindex(b"\nxref") + 1
    return content.replace(b"/Prev 9999999999", b"/Prev %010d" % place)


def pdf_of_pages(count: int) -> bytes:
    """Return a PDF that has one page and declares so many."""
    return pdf(lines("One page.")).replace(b"/Count 1/", b"/Count %d/" % count)


def pdf_of_forms() -> bytes:
    """Return a page whose form is drawn ten times in a form that is drawn ten times in a form, and so on."""
    depth = 12
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</X 6 0 R>>>>>>",
        stream(b"/X Do"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ]
    for number in range(depth):
        is_last = number == depth - 1
        inside = b"BT /F 1 Tf (x) Tj ET" if is_last else b"/X Do " * 10
        used = b"/Font<</F 5 0 R>>" if is_last else b"/XObject<</X %d 0 R>>" % (7 + number)
        objects.append(stream(inside, b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<<" + used + b">>"))
    return pdf_file(objects, b"/Root 1 0 R")


def pdf_deeply_nested(depth: int) -> bytes:
    """Return a PDF whose catalog holds arrays within arrays."""
    return pdf(lines("Words."), catalog=b"/X" + b"[" * depth + b"]" * depth)
