"""EPUB: the chapters in the book's order, each under its title."""

import pytest

from qa_service.errors import UnreadableDocumentError
from qa_service.outline import Parsed
from qa_service.parsers.documents import parse_document
from tests.archives import epub_file, page
from tests.test_parsers import assert_headings_are_in_the_text, outline

NCX = """<?xml version="1.0"?>
<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd">
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>
<navPoint><navLabel><text>From the old contents</text></navLabel><content src="text/0.xhtml#a"/>
<navPoint><navLabel><text>Deeper</text></navLabel><content src="text/0.xhtml#b"/></navPoint></navPoint></navMap></ncx>
"""


def parse(*chapters: str, metadata: str = "", contents: dict[int, str] | None = None, **others: str) -> Parsed:
    return parse_document("book.epub", epub_file(*chapters, metadata=metadata, contents=contents, others=others))


def test_chapters_come_in_order_with_their_headings() -> None:
    parsed = parse("<h1>Першы</h1><p>Адзін.</p>", "<h1>Другі</h1><p>Два&#8212;тры&nbsp;&mdash; <i>чатыры</i>.</p>")
    assert parsed.text == "Першы\n\nАдзін.\n\nДругі\n\nДва—тры — чатыры."
    assert outline(parsed) == [(1, "Першы"), (1, "Другі")]
    assert (parsed.title, parsed.media_type, parsed.pages) == ("Першы", "application/epub+zip", ())
    assert_headings_are_in_the_text(parsed)


def test_a_chapter_without_a_heading_takes_its_title_from_the_contents() -> None:
    parsed = parse("<p>One.</p>", "<h2>Own</h2><p>Two.</p>", "<p></p>", contents={0: "First", 1: "Second", 2: "Empty"})
    assert parsed.text == "First\n\nOne.\n\nOwn\n\nTwo."
    assert outline(parsed) == [(1, "First"), (2, "Own")]


def test_contents_of_the_older_kind() -> None:
    book = epub_file("<p>One.</p>", others={"OEBPS/toc.ncx": NCX})
    assert parse_document("a.epub", book).text == "One."
    package = """<package xmlns="http://www.idpf.org/2007/opf"><manifest>
        <item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
        <item id="a" href="text/0.xhtml" media-type="application/xhtml+xml"/></manifest>
        <spine toc="n"><itemref idref="a"/><itemref idref="missing"/></spine></package>"""
    book = epub_file("<p>One.</p>", others={"OEBPS/toc.ncx": NCX, "OEBPS/book.opf": package})
    assert parse_document("a.epub", book).text == "From the old contents\n\nOne."


def test_tables_lists_and_furniture_are_written_as_in_html() -> None:
    parsed = parse(
        "<ul><li>a</li></ul><table><tr><td>b</td><td>c</td></tr></table><script>evil()</script><aside>note</aside>"
    )
    assert parsed.text == "• a\n\nb | c\n\nnote"


def test_the_package_says_title_author_date_and_language() -> None:
    metadata = (
        "<dc:title>Rivers</dc:title><dc:creator>A. Ranger</dc:creator><dc:creator>B. Guide</dc:creator>"
        "<dc:date>2023-02-10T00:00:00Z</dc:date><dc:language>en</dc:language>"
    )
    parsed = parse("<p>Text.</p>", metadata=metadata)
    assert parsed.title == "Rivers"
    assert parsed.metadata == {"author": "A. Ranger, B. Guide", "date": "2023-02-10", "language": "en"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251"])
def test_a_chapter_says_how_it_is_encoded(encoding: str) -> None:
    content = page("<p>Прывітанне.</p>").replace("utf-8", encoding).encode(encoding)
    assert parse_document("a.epub", epub_file("", others={"OEBPS/text/0.xhtml": content})).text == "Прывітанне."


def test_names_are_found_whatever_their_case_and_escapes() -> None:
    package = """<package xmlns="http://www.idpf.org/2007/opf"><manifest>
        <item id="a" href="Text/%D0%B0%20b.xhtml" media-type="application/xhtml+xml"/></manifest>
        <spine><itemref idref="a"/></spine></package>"""
    book = epub_file(others={"OEBPS/book.opf": package, "OEBPS/text/а b.xhtml": page("<p>Found.</p>")})
    assert parse_document("a.epub", book).text == "Found."


def test_a_locked_book_is_refused_and_locked_fonts_are_not() -> None:
    locked = '<encryption xmlns:e="urn:e"><e:CipherReference URI="{}"/></encryption>'
    fonts = epub_file("<p>Text.</p>", others={"META-INF/encryption.xml": locked.format("OEBPS/font.otf")})
    assert parse_document("a.epub", fonts).text == "Text."
    book = epub_file("<p>Text.</p>", others={"META-INF/encryption.xml": locked.format("OEBPS/text/0.xhtml")})
    with pytest.raises(UnreadableDocumentError, match="locked by the shop"):
        parse_document("a.epub", book)


@pytest.mark.parametrize("href", ["../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://localhost/x"])
def test_names_that_lead_out_of_the_archive_lead_nowhere(href: str) -> None:
    package = f"""<package xmlns="http://www.idpf.org/2007/opf"><manifest>
        <item id="a" href="{href}" media-type="application/xhtml+xml"/></manifest>
        <spine><itemref idref="a"/></spine></package>"""
    with pytest.raises(UnreadableDocumentError, match=r"the EPUB file is damaged or incomplete: .*no item named"):
        parse_document("a.epub", epub_file(others={"OEBPS/book.opf": package}))
