"""What holds for PDF, DOCX and EPUB alike: exact citations, and files that mean harm or are broken."""

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.errors import UnreadableDocumentError, UnsupportedDocumentError
from qa_service.parsers import archive
from qa_service.parsers.documents import parse_document
from qa_service.parsers.formats import HEAD, refusal
from qa_service.text import canonicalise
from tests.archives import ENTITIES, docx_file, epub_file, lying_about_its_size, page, paragraph, table, zipped
from tests.parts import shared_parser
from tests.pdfs import Placed, lines, pdf
from tests.test_chunking import assert_exact, passages_of
from tests.test_parsers import assert_headings_are_in_the_text

Blocks = Sequence[tuple[str, str]]
"""A kind of block, and its text."""


def pdf_of(blocks: Blocks) -> bytes:
    pages: list[list[Placed]] = [[]]
    top = 780
    for kind, text in blocks:
        if kind == "break" or top < 60:
            pages.append([])
            top = 780
        pages[-1].append(Placed(50 if kind != "cell" else 300, top, text, 18 if kind == "heading" else 10))
        top -= {"heading": 40, "cell": 0}.get(kind, 14)
    return pdf(*pages)


def docx_of(blocks: Blocks) -> bytes:
    outline = '<w:outlineLvl w:val="0"/>'
    return docx_file(
        *(
            table((text, "b"), ("c", text)) if kind == "cell"
            else paragraph(text, properties=outline if kind == "heading" else "")
            for kind, text in blocks
        )
    )  # fmt: skip


def epub_of(blocks: Blocks) -> bytes:
    tags = {"heading": "h1", "cell": "td", "text": "p"}
    chapters = [""]
    for kind, text in blocks:
        if kind == "break":
            chapters.append("")
        tag = tags.get(kind, "p")
        chapters[-1] += f"<{tag}>{escape(text)}</{tag}>"
    return epub_file(*chapters, contents={0: "Contents"})


BUILDERS: dict[str, Callable[[Blocks], bytes]] = {"pdf": pdf_of, "docx": docx_of, "epub": epub_of}
SAMPLE = [("heading", "Рака"), ("text", "Прыпяць — рака."), ("break", "Яна доў-"), ("text", "гая."), ("cell", "a")]
LETTERS = st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"])
WORDS = st.one_of(
    st.text(LETTERS, min_size=1, max_size=30), st.sampled_from(["Слова. ", "1. item", "про-", "да\u0301", "•"])
)


@pytest.mark.parametrize("ending", BUILDERS)
@settings(max_examples=60)
@given(blocks=st.lists(st.tuples(st.sampled_from(["heading", "text", "text", "cell", "break"]), WORDS), max_size=12))
def test_passages_are_exact_and_pages_ascend(ending: str, blocks: Blocks) -> None:
    try:
        parsed = parse_document(f"file.{ending}", BUILDERS[ending](blocks))
    except UnreadableDocumentError:
        return
    assert canonicalise(parsed.text).text == parsed.text
    assert_exact(parsed, 100)
    assert_headings_are_in_the_text(parsed)
    starts = [mark.start for mark in parsed.pages]
    assert starts == sorted(set(starts))
    assert all(before.number != after.number for before, after in pairwise(parsed.pages))
    assert bool(starts) == (ending == "pdf")
    for chunk in passages_of(parsed, 100):
        assert (chunk.page_start is None) == (ending != "pdf")
        assert chunk.page_start is None or chunk.page_end is None or 1 <= chunk.page_start <= chunk.page_end


@pytest.mark.parametrize("ending", BUILDERS)
def test_a_file_is_what_it_holds_whatever_its_name(ending: str) -> None:
    content = BUILDERS[ending](SAMPLE)
    assert refusal("file", content[:HEAD]) is None
    assert parse_document("file.txt", content) == parse_document(f"file.{ending}", content)


@pytest.mark.parametrize("ending", BUILDERS)
def test_a_truncated_file_is_refused(ending: str) -> None:
    content = BUILDERS[ending](SAMPLE)
    for size in range(8, len(content) - 30, max(1, len(content) // 60)):
        try:
            parsed = parse_document(f"file.{ending}", content[:size])
        except UnreadableDocumentError as error:
            assert str(error)
        else:  # PDFium finds the objects without the table of their places
            assert ending == "pdf"
            assert parsed.text


@pytest.mark.parametrize("ending", BUILDERS)
def test_flipped_bits_end_in_text_or_in_a_clear_error(ending: str) -> None:
    content = BUILDERS[ending](SAMPLE)
    chance = random.Random(20)
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 1, 8])):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        try:
            assert parse_document(f"file.{ending}", bytes(damaged)).text
        except UnreadableDocumentError as error:
            assert str(error)


def test_the_child_survives_broken_files() -> None:
    parser = shared_parser()
    for ending, build in BUILDERS.items():
        content = build(SAMPLE)
        with pytest.raises(UnreadableDocumentError, match="damaged"):
            parser.parse(f"file.{ending}", content[: len(content) // 4])
        assert parser.parse(f"file.{ending}", content) == parse_document(f"file.{ending}", content)


# --- archives that mean harm ---

BOMB = b"0" * (archive._MOST_BYTES + 1)


@pytest.mark.parametrize("build", [docx_file, epub_file])
def test_an_archive_that_unpacks_to_too_much_is_refused(build: Callable[..., bytes]) -> None:
    content = build(others={"word/media/bomb.bin": BOMB})
    assert len(content) < 2**19
    with pytest.raises(UnreadableDocumentError, match=r"unpacks to 268,43\d,\d{3} bytes .*, more than the 268,435,456"):
        parse_document("a.docx", content)


@pytest.mark.parametrize(("build", "name"), [(docx_file, "word/bomb.xml"), (epub_file, "OEBPS/bomb.xhtml")])
def test_an_archive_that_declares_less_than_it_unpacks_to_is_refused(build: Callable[..., bytes], name: str) -> None:
    size = 7_654_321
    content = lying_about_its_size(build(others={name: b"0" * size}), name, 100)
    with pytest.raises(UnreadableDocumentError, match="damaged or incomplete: Bad CRC-32"):
        parse_document("a.docx", content)


def test_an_archive_of_too_many_files_is_refused() -> None:
    content = epub_file(others={f"{number}.txt": "" for number in range(archive._MOST_MEMBERS)})
    with pytest.raises(UnreadableDocumentError, match=r"in 10,004 files, more than"):
        parse_document("a.epub", content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(docx_file(paragraph("x").replace("x", "&i;"), before=ENTITIES), id="docx"),
        pytest.param(epub_file("", others={"OEBPS/text/0.xhtml": page("<p>&i;</p>", before=ENTITIES)}), id="chapter"),
        pytest.param(
            epub_file("<p>x</p>", others={"OEBPS/book.opf": f"{ENTITIES}<package>&i;</package>"}), id="package"
        ),
        pytest.param(
            docx_file(before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), id="a file of this machine"
        ),
    ],
)
def test_entities_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableDocumentError, match="declares XML entities, which no document needs"):
        parse_document("a.docx", content)


def test_entities_are_found_where_a_piece_ends() -> None:
    content = zipped({"a.xml": " " * (archive._PIECE - 4) + "<!ENTITY"})
    with (
        zipfile.ZipFile(io.BytesIO(content)) as opened,
        pytest.raises(UnreadableDocumentError, match=r"'a\.xml' declares XML entities"),
    ):
        archive.require_bounded(opened)


def test_names_that_lead_out_of_an_archive_are_only_names() -> None:
    others = {"../../evil.txt": "x", "/etc/evil": "x", "word/../../../evil": "x"}
    assert parse_document("a.docx", docx_file(paragraph("Text."), others=others)).text == "Text."


def test_deep_nesting_is_refused() -> None:
    deep = "<w:sdt><w:sdtContent>" * 5_000 + paragraph("x") + "</w:sdtContent></w:sdt>" * 5_000
    with pytest.raises(UnreadableDocumentError, match=r"damaged or incomplete: .*[Dd]epth"):
        parse_document("a.docx", docx_file(deep))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"},
            "a ZIP archive .*supported: PDF",
        ),
        ({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"}, "a workbook .XLSX.: save each sheet as CSV"),
        ({"notes.txt": "text"}, "a ZIP archive, and neither DOCX nor EPUB: unpack it"),
    ],
    ids=["odt", "xlsx", "plain"],
)
def test_other_archives_are_not_supported(members: dict[str, str], message: str) -> None:
    with pytest.raises(UnsupportedDocumentError, match=f"this is {message}"):
        parse_document("a.docx", zipped(members))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.docx", zipped({"[Content_Types].xml": "<Types", "word/document.xml": "<x/>"}), "the DOCX file is damaged"),
        ("a.docx", docx_file(), "there is no text in the file"),
        ("a.epub", epub_file(), "there is no text in the file"),
        ("a.epub", zipped({"mimetype": "application/epub+zip"}), "the EPUB file is damaged or incomplete"),
        ("a.epub", epub_file(others={"META-INF/container.xml": "<container/>"}), "its container names no package"),
        ("a.pdf", pdf(lines(" ")), "run OCR on the file first"),
    ],
)
def test_why_a_file_cannot_be_read(name: str, content: bytes, message: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=message):
        parse_document(name, content)
