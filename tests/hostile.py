"""Files that mean harm or are broken, made by this script: `python -m tests.hostile FOLDER` writes them all.

Every one is small enough to be sent, and asks for more than it should: memory, time or trust.
"""

import argparse
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.archives import ENTITIES, docx_file, epub_file, lying_about_its_size, page, paragraph, table
from tests.hostile_archives import (
    TRAVERSAL,
    docx_of_tables,
    docx_reaching_out,
    docx_with_macros,
    encrypted,
    epub_of_references,
    epub_reaching_out,
    html_reaching_out,
    nested_archives,
    overlapping,
    with_two,
)
from tests.hostile_pdfs import (
    pdf_bomb,
    pdf_deeply_nested,
    pdf_of_forms,
    pdf_of_its_own_pages,
    pdf_of_its_own_table,
    pdf_of_operators,
    pdf_of_pages,
    pdf_text_bomb,
    pdf_with_scripts,
)
from tests.pdfs import lines, pdf

_MIB = 2**20

COSTLY = r"longer than .* to parse|QA_PARSER_MEMORY_BYTES|parser die: killed by SIG[A-Z]+ \(|QA_MAX_TEXT_CHARACTERS"
"""The reasons for which a file is refused that costs too much; on which bound it falls first hangs on the machine."""

_ENTITIES = "declares XML entities"
_BOMB = "as in a ZIP bomb; it is refused"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A hostile file and what is to come of it.

    `reason` is a pattern of why it is refused, `text` one that its text matches; a file with both may go either way.
    """

    name: str
    build: Callable[[], bytes]
    reason: str | None = None
    text: str | None = None

    def wrong(self, reason: str | None, text: str) -> str | None:
        """Return what is wrong with an outcome; None for nothing. `reason` is None where the file was taken in."""
        expected, found = (self.text, text) if reason is None else (self.reason, reason)
        if expected is not None and re.search(expected, found):
            return None
        return f"{self.name}: {'taken in' if reason is None else 'refused'}, with {found[:300]!r}"


SAMPLES: Mapping[str, Callable[[], bytes]] = {
    "txt": lambda: "Прыпяць — рака.\n\nЯна цячэ ў Дняпро.\n".encode(),
    "md": lambda: "---\ntitle: Рака\n---\n# Рака\n\nПрыпяць.\n\n| a | b |\n|---|---|\n| c | d |\n\n- пункт\n".encode(),
    "html": lambda: page("<h1>Рака</h1><p>Прыпяць &mdash; рака.</p><ul><li>пункт</ul>").encode(),
    "pdf": lambda: pdf(lines("Прыпяць — рака.", "Яна цячэ ў Дняпро."), info="/Title(Rivers)"),
    "csv": lambda: "рака;куды\nПрыпяць;Дняпро\nБярэзіна;Дняпро\n".encode(),
    "docx": lambda: docx_file(paragraph("Прыпяць — рака."), table(("a", "b"), ("c", "d"))),
    "epub": lambda: epub_file("<h1>Рака</h1><p>Прыпяць — рака.</p>", contents={0: "Рака"}),
}
"""A small good file of each format; every one holds the word Прыпяць."""


def damaged(content: bytes, count: int) -> Iterator[bytes]:
    """Yield the file broken off at so many places, and so often with bits turned over, the same ones every time."""
    chance = random.Random(len(content))
    for number in range(count):
        yield content[: len(content) * number // count]
    for _ in range(count):
        turned = bytearray(content)
        for _ in range(chance.choice((1, 1, 8, 64))):
            turned[chance.randrange(len(turned))] ^= 1 << chance.randrange(8)
        yield bytes(turned)


def _laughing(inside: str, before: str = ENTITIES) -> dict[str, str | bytes]:
    return {"OEBPS/text/0.xhtml": page(f"<p>{inside}</p>", before=before)}


def _yaml_laughs() -> bytes:
    """Return a billion laughs as front matter: each list holds the one before nine times."""
    rows = ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    for last, name in zip("abcdefgh", "bcdefghi", strict=True):
        rows.append(f"{name}: &{name} [{', '.join([f'*{last}'] * 9)}]")
    return "\n".join(["---", *rows, "---", "words"]).encode()


_GROWING = "A" * 50_000
_QUADRATIC, _USES = f'<!DOCTYPE x [<!ENTITY a "{_GROWING}">]>', "&a;" * 50_000
_OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b SYSTEM "http://127.0.0.1:9/x">]>'
_SVG = "<svg><style>@import 'http://127.0.0.1:9/'</style><script>while (true) {}</script><text>&i;</text></svg>"
_WRONG_TYPES = '<w:pPr><w:outlineLvl w:val="x"/><w:numPr><w:ilvl w:val="-"/></w:numPr></w:pPr>'
_MARKS = "\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW}"

HOSTILE: Sequence[Hostile] = (
    Hostile("bomb.pdf", pdf_bomb, reason=COSTLY),
    Hostile("bomb-of-text.pdf", pdf_text_bomb, reason=COSTLY),
    Hostile("operators.pdf", pdf_of_operators, reason=COSTLY),
    Hostile("forms.pdf", pdf_of_forms, reason=COSTLY),
    Hostile("scripts.pdf", pdf_with_scripts, text="^Harmless words.$"),
    Hostile("own-pages.pdf", pdf_of_its_own_pages, reason="the PDF is damaged"),
    Hostile("own-table.pdf", pdf_of_its_own_table, text=r"^Words\.$"),
    Hostile("million-pages.pdf", lambda: pdf_of_pages(1_000_000), reason="the PDF is damaged"),
    Hostile("nested.pdf", lambda: pdf_deeply_nested(200_000), text=r"^Words\.$"),
    Hostile("bomb.docx", lambda: docx_file(others={"word/media/a.bin": bytes(260 * _MIB)}), reason="unpacks to 272,63"),
    Hostile("bomb.epub", lambda: epub_file(others={"OEBPS/a.bin": bytes(260 * _MIB)}), reason="unpacks to 272,63"),
    Hostile("dense.docx", lambda: docx_file("<w:p/>" * (40 * _MIB // 6)), reason=_BOMB),
    Hostile("dense.epub", lambda: epub_file("<p></p>" * (40 * _MIB // 7)), reason=_BOMB),
    Hostile("many.docx", lambda: docx_file(others=dict.fromkeys(map(str, range(20_000)), "")), reason="20,004 files"),
    Hostile(
        "lying.docx",
        lambda: lying_about_its_size(docx_file(others={"a.bin": bytes(7_654_321)}), "a.bin", 100),
        reason="Bad CRC-32 for file 'a.bin'",
    ),
    Hostile(
        "overlapping.epub",
        lambda: overlapping({"mimetype": b"application/epub+zip"}, 2_000, 100_000),
        reason=_BOMB,
    ),
    Hostile(
        "overlapping.docx",
        lambda: overlapping({"[Content_Types].xml": b"", "word/document.xml": b""}, 2_000, 100_000),
        reason=_BOMB,
    ),
    Hostile(
        "nested-archives.docx",
        lambda: docx_file(paragraph("Words."), others={"word/a.zip": nested_archives(5)}),
        text=r"^Words\.$",
    ),
    Hostile("encrypted.docx", lambda: encrypted(docx_file(paragraph("x"))), reason="encrypted with a password"),
    Hostile("encrypted.epub", lambda: encrypted(epub_file("<p>x</p>")), reason="encrypted with a password"),
    Hostile(
        "two.docx",
        lambda: with_two(docx_file(paragraph("One.")), "word/document.xml", b"<x/>"),
        reason="the DOCX file is damaged",
    ),
    Hostile("traversal.docx", lambda: docx_file(paragraph("Words."), others=TRAVERSAL), text=r"^Words\.$"),
    Hostile("traversal.epub", lambda: epub_file("<p>Words.</p>", others=TRAVERSAL), text=r"^Words\.$"),
    Hostile("macros.docx", docx_with_macros, text="^Words beside macros.$"),
    Hostile("reaching-out.docx", docx_reaching_out, text="^Words of its own.$"),
    Hostile("styles-outside.docx", lambda: docx_reaching_out("file:///etc/", "styles"), reason="DOCX file is damaged"),
    Hostile("reaching-out.html", html_reaching_out, text="^Words of its own.$"),
    Hostile("reaching-out.epub", epub_reaching_out, text="^Words of its own.$"),
    Hostile("laughs.docx", lambda: docx_file(paragraph("x").replace("x", "&i;"), before=ENTITIES), reason=_ENTITIES),
    Hostile("laughs.epub", lambda: epub_file("", others=_laughing("&i;")), reason=_ENTITIES),
    Hostile("laughs.html", lambda: page("<p>Words. &i;</p>", before=ENTITIES).encode(), text="Words. &i;$"),
    Hostile("laughs-svg.html", lambda: page(f"<p>Words.</p>{_SVG}", before=ENTITIES).encode(), text="Words.$"),
    Hostile("laughs.md", _yaml_laughs, text="^words$"),
    Hostile("quadratic.docx", lambda: docx_file(_USES, before=_QUADRATIC), reason=_ENTITIES),
    Hostile("quadratic.epub", lambda: epub_file("", others=_laughing(_USES, _QUADRATIC)), reason=_ENTITIES),
    Hostile("quadratic.html", lambda: page(_USES, before=_QUADRATIC).encode(), text="&a;&a;$"),
    Hostile("outside.docx", lambda: docx_file(paragraph("&a;&b;"), before=_OUTSIDE), reason=_ENTITIES),
    Hostile("outside.html", lambda: page("<p>Words. &a;&b;</p>", before=_OUTSIDE).encode(), text="Words. &a;&b;$"),
    Hostile(
        "laughs-in-utf-16.docx",
        lambda: docx_file(others={"word/document.xml": f"{ENTITIES}<x>&i;</x>".encode("utf-16")}),
        reason="the DOCX file is damaged",
    ),
    Hostile("utf-7.html", lambda: b'<meta charset="utf-7"><p>+ADw-script+AD4-alert(1)</p>', text=r"^\+ADw-script"),
    Hostile("spine.epub", lambda: epub_of_references(1_000_000), reason=COSTLY, text="again and again"),
    Hostile("tables.docx", lambda: docx_of_tables(100_000), reason="the DOCX file is damaged.*depth"),
    Hostile("tables-in-reach.docx", lambda: docx_of_tables(80), text="^x$"),
    Hostile(
        "wrong-types.docx",
        lambda: docx_file(paragraph("x").replace("<w:pPr></w:pPr>", _WRONG_TYPES)),
        reason="the DOCX file is damaged or incomplete: invalid literal",
    ),
    Hostile("divs.html", lambda: b"<div>" * 200_000 + b"words" + b"</div>" * 200_000, reason="2,000 deep"),
    Hostile("inline.html", lambda: b"<b>" * 200_000 + b"words", reason="2,000 deep"),
    Hostile("paragraphs.html", lambda: b"<p>" * 3_000_000, reason=COSTLY),
    Hostile("attributes.html", lambda: b"<p " + b"".join(b"a%d=1 " % n for n in range(100_000)) + b">x", COSTLY, "x$"),
    Hostile("tables.html", lambda: b"<table><tr><td>" * 500 + b"words", text="^words$"),
    Hostile("comments.html", lambda: b"<!--" * 1_000_000 + b"<p>words</p>", reason="there is no text"),
    Hostile("many-comments.html", lambda: b"<!---->" * 300_000 + b"<p>words</p>", COSTLY, "words"),
    Hostile("lists.md", lambda: b"- " * 200_000 + b"x", rf"{COSTLY}|there is no text"),
    Hostile("lists-in-lines.md", lambda: b"".join(b"  " * n + b"- x\n" for n in range(1_000)), COSTLY, "• x"),
    Hostile("quotes.md", lambda: b"> " * 200_000 + b"x", reason="there is no text"),
    Hostile("brackets.md", lambda: b"[" * 100_000, COSTLY, r"\[$"),
    Hostile("images.md", lambda: b"![" * 100_000, COSTLY, r"\[$"),
    Hostile("links.md", lambda: b"[a](" * 100_000, COSTLY, r"\($"),
    Hostile("emphasis.md", lambda: b"*a **b " * 20_000, COSTLY, r"\*\*b$"),
    Hostile("ticks.md", lambda: b"".join(b"`" * n + b" " for n in range(1, 800)), COSTLY, "```$"),
    Hostile("angles.md", lambda: b"<a" * 40_000, COSTLY, "<a$"),
    Hostile("references.md", lambda: b"[a]: b\n" * 30_000 + b"[a]" * 30_000, COSTLY, "aaa$"),
    Hostile("table.md", lambda: b"|x" * 10_000 + b"\n" + b"|-" * 10_000 + b"\n" + b"|x\n" * 10_000, COSTLY, "x$"),
    Hostile("yaml.md", lambda: b"---\na: " + b"[" * 20_000 + b"\n---\nwords\n", COSTLY, "words$"),
    Hostile("columns.csv", lambda: b"\n".join([b",".join([b"1"] * 1_000_000)] * 2), f"{COSTLY}|not supported", "1"),
    Hostile("field.csv", lambda: b'a,b\n1,"' + b"x" * (31 * _MIB) + b'"\n', f"{COSTLY}|not supported"),
    Hostile("too-large.csv", lambda: b'a,b\n1,"' + b"x" * (50 * _MIB) + b'"\n', "exceeds the bound of 33,"),
    Hostile("rows.csv", lambda: b"a,b\n" + b"1,2\n" * 2_000_000, f"{COSTLY}|not supported|more than 1,000,000"),
    Hostile("quote.csv", lambda: b'a,b\n"' + b"1,2\n" * 2_000_000, f"{COSTLY}|not supported", "1,2"),
    Hostile("marks.txt", lambda: f"слова е{_MARKS * 2_500_000} канец".encode(), COSTLY),
    Hostile("fewer-marks.txt", lambda: f"слова е{_MARKS * 100_000} канец".encode(), COSTLY, "канец$"),
    Hostile("word.txt", lambda: b"x" * (31 * _MIB), COSTLY),
    Hostile("spaces.txt", lambda: b"x" + b" " * (8 * _MIB) + b"x", COSTLY),
    Hostile("lines.txt", lambda: b"x\n\n" * (3 * _MIB), COSTLY),
    Hostile("stops.txt", lambda: b"a. " * 1_000_000, COSTLY),
    Hostile("zeros.txt", lambda: bytes(31 * _MIB), reason="binary data"),
    Hostile("\N{RIGHT-TO-LEFT OVERRIDE}txt.exe", lambda: b"words", text="^words$"),
    Hostile("\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe", lambda: b"MZ" + bytes(64), reason="a program"),
    Hostile("\N{RIGHT-TO-LEFT OVERRIDE}fdp.md", lambda: b"words", text="^words$"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every file, the damaged ones in folders of their own."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write them")
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for hostile in HOSTILE:
        (folder / hostile.name).write_bytes(hostile.build())
    for ending, build in SAMPLES.items():
        (folder / f"damaged-{ending}").mkdir(exist_ok=True)
        for number, content in enumerate(damaged(build(), 40)):
            (folder / f"damaged-{ending}" / f"{number}.{ending}").write_bytes(content)


if __name__ == "__main__":
    main()
