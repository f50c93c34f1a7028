"""Parsers: what a reader would see of a file, with its title and headings, and clear words for what is no text."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.errors import UnreadableDocumentError, UnsupportedDocumentError
from qa_service.outline import Parsed
from qa_service.parsers.documents import parse_document
from qa_service.parsers.formats import refusal
from qa_service.text import canonicalise
from tests.conftest import SEEDS


def outline(parsed: Parsed) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in parsed.headings]


def assert_headings_are_in_the_text(parsed: Parsed) -> None:
    starts = [heading.start for heading in parsed.headings]
    assert starts == sorted(set(starts))
    for heading in parsed.headings:
        assert heading.title == heading.title.strip() != ""
        assert parsed.text[heading.start :].startswith(heading.title)
        assert heading.start == 0 or parsed.text[heading.start - 1] == "\n"


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*/*")), ids=lambda path: path.name)
def test_sample_documents(path: Path) -> None:
    parsed = parse_document(path.name, path.read_bytes())
    assert parsed.title
    assert canonicalise(parsed.text).text == parsed.text
    assert_headings_are_in_the_text(parsed)


@pytest.mark.parametrize("name", ["file.txt", "file.md", "file.html"])
@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=10),
            st.sampled_from(
                [
                    "\n# ",
                    "\n===\n",
                    "<h1>",
                    "</h2>",
                    "<td>",
                    "<tr>",
                    "<li>",
                    "| a |",
                    "\n- ",
                    "\n> ",
                    "\n```\n",
                    "&nbsp;",
                    "\xad",
                ]
            ),
            st.sampled_from(
                ["\r\n", "\ufeff", "\u2028", "\x00", "---\n", "title: x\n", "<article>", "<!--", "-->", "<pre>"]
            ),
        )
    ).map("".join)
)
def test_whatever_a_file_holds_its_text_is_canonical_or_the_error_is_clear(name: str, text: str) -> None:
    try:
        parsed = parse_document(name, text.encode())
    except UnreadableDocumentError as error:
        expected = ("the file is empty", "there is no text in the file", "this is binary data", "the text is in UTF-")
        assert str(error).startswith(expected)
    else:
        assert parsed.text.strip()
        assert canonicalise(parsed.text).text == parsed.text
        assert_headings_are_in_the_text(parsed)


@pytest.mark.parametrize(
    ("name", "content", "kind", "message"),
    [
        ("a.txt", b"", UnreadableDocumentError, "the file is empty"),
        ("a.txt", b" \r\n\t", UnreadableDocumentError, "the file is empty"),
        ("a.txt", b"\xef\xbb\xbf", UnreadableDocumentError, "there is no text in the file"),
        ("a.txt", "\xa0\xad\u2028".encode(), UnreadableDocumentError, "there is no text in the file"),
        ("a.md", b"---\ntitle: Alone\n---\n", UnreadableDocumentError, "there is no text in the file"),
        ("a.html", b"<!-- nothing --><script>1</script>", UnreadableDocumentError, "there is no text in the file"),
        ("a.html", b"<div>" * 5_000 + b"text", UnreadableDocumentError, "nests its elements more than 2,000 deep"),
        ("a.txt", b"ok \xff", UnreadableDocumentError, "not UTF-8 .byte 0xFF at position 3.*save the file as UTF-8"),
        ("a.txt", bytes(range(256)) * 4, UnsupportedDocumentError, "this is binary data"),
        ("a.txt", b"%PDF-1.7\n", UnreadableDocumentError, "the PDF is damaged or incomplete"),
        ("a.md", b"PK\x03\x04\x14", UnsupportedDocumentError, "this is a ZIP archive .*; supported: PDF, DOCX"),
        ("a.docx", b"PK\x03\x04\x14", UnreadableDocumentError, "damaged or incomplete: it is no whole ZIP archive"),
        ("a.rtf", b"{\\rtf1 text}", UnsupportedDocumentError, "a Rich Text file .RTF.: save it as DOCX or PDF"),
    ],
)
def test_what_is_not_a_text(name: str, content: bytes, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        parse_document(name, content)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.txt", "<b>text</b>", "text/plain"),
        ("A.TXT", "text", "text/plain"),
        ("README", "# text", "text/plain"),
        ("a.MD", "text", "text/markdown"),
        ("a.xhtml", "text", "text/html"),
        ("a.txt", "\ufeff <!DOCTYPE html><p>text", "text/html"),
        ("a.md", "<?xml version='1.0'?>\n<!-- saved -->\n<html><p>text", "text/html"),
        ("a.txt", "<?xml version='1.0'?><rss><item>text</item></rss>", "text/plain"),
        ("a.md", "<htmlx>text", "text/markdown"),
        ("a.docx", "text", "text/plain"),
        ("notes.dat", "text", "text/plain"),
        ("report.2020", "text", "text/plain"),
        ("list.txt", "a;b;c\n1;2;3\n4;5;6\n7;8;9\n", "text/csv"),
        ("list.log", "name\tyear\nA\t1\nB\t2\nC\t3\n", "text/csv"),
        (
            "prose.txt",
            "First, we go, home.\nThen, we eat, bread.\nAfter, we do, work.\nLast, we go, away.\n",
            "text/plain",
        ),
        ("verse.txt", "Oh, sea, sea\nOh, sky, sky\nOh, sun, sun\nOh, day, day\n", "text/plain"),
    ],
)
def test_which_parser_takes_a_file(name: str, content: str, media_type: str) -> None:
    assert refusal(name, content.encode()) is None
    assert parse_document(name, content.encode()).media_type == media_type


@pytest.mark.parametrize(
    ("text", "title"),
    [("\n\n  A title \n\ntext", "A title"), ("x" * 121 + "\nshort", None), ("про\xadмысл", "промысл")],
)
def test_plain_text_is_titled_by_a_short_first_line(text: str, title: str | None) -> None:
    assert parse_document("a.txt", text.encode()).title == title


def test_plain_text_stays_as_it_is() -> None:
    text = "First line\n  indented\n\nnext *paragraph* &amp; <b>"
    assert parse_document("a.txt", text.encode()).text == text
