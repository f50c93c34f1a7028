"""The reader's text as it is written out: the canonical text, character for character, with marks and pages in it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.api.pages import TEMPLATES
from qa_service.api.typesetting import SetText, set_text
from qa_service.outline import Heading, Outline, Page
from qa_service.types import Document, Passage, Span
from tests.test_blocks import texts

_DOCUMENT = Document("id", "Title", "uri", "text/plain", "en", "sha", 1, 1, 1, "2026", "2026", {})


class _Reader(HTMLParser):
    """Gathers the text, what of it is marked how, and where pages begin."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.marked = {"passage": "", "best": ""}
        self.pages: dict[int, int] = {}
        self.tags: list[str] = []
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given_ = dict(attrs)
        self._open.append((tag, given_.get("class") or ""))
        self.tags.append(tag)
        if "data-page" in given_:
            self.pages[int(given_["data-page"] or 0)] = len(self.text)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for name in self.marked:
            if any(tag == "mark" and name in looks.split() for tag, looks in self._open):
                self.marked[name] += data


def written(text: SetText, cited: Span | None = None) -> _Reader:
    passage = Passage(1, _DOCUMENT, cited or Span(0, 0), "", (), "be", ()) if cited else None
    reader = _Reader()
    reader.feed(str(TEMPLATES.get_template("reader_text.html").module.article(text, _DOCUMENT, passage)))  # type: ignore[attr-defined]
    reader.close()
    return reader


def letters(text: str) -> str:
    """Leave out what stands between blocks, rows and cells, which no mark is around."""
    return "".join(text.replace("|", "").split())


@given(text=texts, data=st.data())
def test_what_is_written_out_is_the_canonical_text(text: str, data: st.DataObject) -> None:
    offset = st.integers(0, len(text))
    bounds = sorted(data.draw(st.lists(offset, min_size=4, max_size=4)))
    cited, best = Span(bounds[0], bounds[3]), Span(bounds[1], bounds[2])
    pages = tuple(Page(start, number) for number, start in enumerate(sorted(data.draw(st.sets(offset))), start=1))
    reader = written(set_text(text, "Title", Outline(pages=pages), cited, [best]), cited)
    assert reader.text == text
    for name, span in (("passage", cited), ("best", best)):
        assert letters(reader.marked[name]) == letters(span.of(text))
    assert list(reader.pages) == sorted(reader.pages)


def test_the_passage_and_its_best_sentence_are_marked_over_blocks() -> None:
    text = "One two.\n\nThree four. Five 🦬 six.\n• seven\n\na | b\nc | d"
    start, end = text.index("four"), text.index(" | b")
    best = Span(text.index("Five"), text.index("seven") + 5)
    reader = written(set_text(text, "", Outline(), Span(start, end), [best]), Span(start, end))
    assert reader.text == text
    assert reader.marked == {"passage": "four. Five 🦬 six.• sevena", "best": "Five 🦬 six.• seven"}


def test_where_pages_begin() -> None:
    text = "First page ends in mid-sentence.\n\nThird."
    pages = (Page(0, 1), Page(text.index("mid"), 2), Page(text.index("\n\n"), 3), Page(text.index("Third") + 2, 2))
    found = set_text(text, "", Outline(pages=pages))
    assert found.pages == (1, 2, 3)
    assert written(found).pages == {1: 0, 2: text.index("mid"), 3: text.index("Third")}


def test_headings_become_contents_and_the_title_is_no_part_of_them() -> None:
    text = "Title\n\nA\n\nwords\n\nB\n\nC"
    headings = [
        Heading(text.index(title), level, title) for title, level in (("Title", 1), ("A", 2), ("B", 4), ("C", 2))
    ]
    found = set_text(text, " Title ", Outline(headings=tuple(headings)))
    assert found.begins_with_title
    assert [(entry.id, entry.depth, entry.title) for entry in found.contents] == [
        ("heading-1", 0, "A"),
        ("heading-2", 1, "B"),
        ("heading-3", 0, "C"),
    ]
    assert [tag for tag in written(found).tags if tag[0] == "h"] == ["h1", "h2", "h3", "h2"]


@pytest.mark.parametrize(
    ("first", "has_head"),
    [("Год | Выпуск", True), (" | Nemunas", True), ("2008 | 5,0", False), ("a | ", False), ("2008 | sold", False)],
)
def test_a_first_row_without_figures_names_the_columns(first: str, has_head: bool) -> None:
    found = set_text(f"{first}\nc | d", "", Outline())
    assert ("th" in written(found).tags) == has_head


def test_a_long_table_goes_on_in_parts_and_a_long_text_in_runs() -> None:
    text = "\n".join(f"{number} | row" for number in range(250)) + "\n\n" + "\n\n".join("word " * 99 for _ in range(40))
    text = text.rstrip()
    found = set_text(text, "", Outline())
    reader = written(found)
    assert reader.text == text
    assert reader.tags.count("table") == 3
    assert (
        len(list(set_text(text, "", Outline()).runs)) == 5
    )  # 1,390 characters of cells and 6 paragraphs of 495, then 9, 9, 9 and 7
