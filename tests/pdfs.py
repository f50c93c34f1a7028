"""PDF files written by hand, letter by letter where a test wants it: every letter is 0.6 of its size wide.

The font maps every code to the character of that number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LETTER_WIDTH = 0.6
PAGE_WIDTH, PAGE_HEIGHT = 595, 842

ENCRYPTED = (
    b"/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]"
    b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>"
)
"""Belongs in a trailer: no password is known that fits."""

LOCKED = b"/Encrypt<</Filter/Shop/V 1>>"
SCRIPT = b"/OpenAction<</S/JavaScript/JS(app.alert(1); while (true) {})>>"


@dataclass(frozen=True, slots=True)
class Placed:
    """Text with its first letter at a place, in points from the lower left corner; `turn` is the matrix's first row."""

    left: float
    baseline: float
    text: str
    size: float = 10
    turn: tuple[int, int, int, int] = (1, 0, 0, 1)

    def drawn(self) -> bytes:
        matrix = " ".join(map(str, (*self.turn, self.left, self.baseline)))
        return f"BT /F {self.size} Tf {matrix} Tm <{self.text.encode('utf-16-be').hex()}> Tj ET\n".encode()


def lines(*texts: str, left: float = 50, top: float = 780, size: float = 10, leading: float = 14) -> list[Placed]:
    """Place lines under each other."""
    return [Placed(left, top - number * leading, text, size) for number, text in enumerate(texts)]


def pdf(
    *pages: Sequence[Placed], info: str = "", catalog: bytes = b"", trailer: bytes = b"", has_unicode: bool = True
) -> bytes:
    """Return a PDF file. `info` stands in its information dictionary, the others where their names say."""
    ranges = b"".join(
        b"64 beginbfrange %s endbfrange "
        % b" ".join(b"<%02X00> <%02XFF> <%02X00>" % (high, high, high) for high in range(start, start + 64))
        for start in range(0, 256, 64)
    )
    unicode_map = b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange " + ranges + b"endcmap"
    first_page = 8
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * number) for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 %d %d]/Resources<</Font<</F 6 0 R>>>>>>"
        % (len(pages), kids, PAGE_WIDTH, PAGE_HEIGHT),
        stream(unicode_map),
        b"<</Type/FontDescriptor/FontName/Mono/Flags 32/FontBBox[0 -200 1000 800]/ItalicAngle 0/Ascent 800/Descent -200"
        b"/CapHeight 700/StemV 80>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Mono/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        b"/Supplement 0>>/DW 600/FontDescriptor 4 0 R>>",
        b"<</Type/Font/Subtype/Type0/BaseFont/Mono/Encoding/Identity-H/DescendantFonts[5 0 R]"
        + (b"/ToUnicode 3 0 R>>" if has_unicode else b">>"),
        f"<<{info}>>".encode(),
    ]
    for number, page in enumerate(pages):
        objects += [
            b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (first_page + 2 * number + 1),
            stream(b"".join(placed.drawn() for placed in page)),
        ]
    return pdf_file(objects, b"/Root 1 0 R/Info 7 0 R" + trailer)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Return a stream; `entries` stand in its dictionary."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def pdf_file(objects: Sequence[bytes], trailer: bytes) -> bytes:
    """Return a PDF file of these objects, numbered from 1."""
    content = b"%PDF-1.7\n"
    table = [b"0000000000 65535 f \n"]
    for number, each in enumerate(objects, start=1):
        table.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    size = len(table)
    return content + b"xref\n0 %d\n%strailer<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, b"".join(table), size, trailer, len(content)
    )  # fmt: skip
