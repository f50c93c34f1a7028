"""From canonical text to blocks: what is told from the way parsers write, and that no character is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.blocks import Block, blocks, depths
from qa_service.outline import Heading
from qa_service.text import canonicalise

_LINES = st.sampled_from(
    [
        "• зубр 🦬",
        "1. one",
        "2) two",
        "a | b",
        "a |  | c",
        " | b",
        "x",
        "- y",
        "Q̈ word",
        "  indented",
        "w" * 70,
        "|",
        "•",
    ]
)
texts = st.lists(st.tuples(_LINES, st.sampled_from(["\n", "\n\n"])), max_size=12).map(
    lambda lines: canonicalise("".join(line + end for line, end in lines)).text
)


def words(text: str, block: Block) -> list[list[str]]:
    return [[span.of(text) for span in row] for row in block.rows]


def told(text: str, *headings: Heading) -> list[tuple[str, list[list[str]]]]:
    return [(block.kind, words(text, block)) for block in blocks(text, headings)]


def test_a_document_is_divided_as_its_parser_wrote_it() -> None:
    text = "Зубры\n\nIntroduction, a | b.\nAnd more:\n• one\n• two\nlines\n\nYear | Sold\n2008 | 5\nTotal\n\nThe end"
    assert told(text, Heading(0, 1, "Зубры")) == [
        ("heading", [["Зубры"]]),
        ("paragraph", [["Introduction, a | b.\nAnd more:"]]),
        ("list", [["• ", "one"], ["• ", "two\nlines"]]),
        ("table", [["Year", "Sold"], ["2008", "5"], ["Total"]]),
        ("paragraph", [["The end"]]),
    ]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("• alone", ["list"]),
        ("1. alone", ["paragraph"]),
        ("12. A line that a file broke by chance\nand the rest of it", ["paragraph"]),
        ("1. one\n2. two", ["list"]),
        ("1.1 one\n1.2 two", ["list"]),
        ("а) адзін\nб) два", ["list"]),
        ("2024. A year\n2025. Another", ["paragraph"]),
        ("a | b", ["paragraph"]),
        ("a | b\nc", ["paragraph"]),
        ("a | b\nc | d", ["table"]),
        ("a | b\nc | d\n• item", ["table", "list"]),
        ("intro\na | b\nc | d", ["paragraph", "table"]),
    ],
)
def test_one_line_that_looks_so_by_chance_changes_nothing(text: str, kinds: list[str]) -> None:
    assert [block.kind for block in blocks(text)] == kinds


def test_a_heading_is_told_by_the_outline_alone_whatever_it_looks_like() -> None:
    text = "1. First\n• item\n\na | b"
    assert told(text, Heading(0, 2, "1. First"), Heading(17, 3, "a | b")) == [
        ("heading", [["1. First"]]),
        ("list", [["• ", "item"]]),
        ("heading", [["a | b"]]),
    ]


@pytest.mark.parametrize(("first", "is_numbered"), [("•", False), ("-", False), ("1.", True), ("б)", True)])
def test_a_list_knows_whether_it_counts(first: str, is_numbered: bool) -> None:
    (block,) = blocks(f"{first} one\n2. two")
    assert block.is_numbered == is_numbered


@pytest.mark.parametrize(
    ("lines", "is_wrapped"),
    [
        (["w" * 70, "w" * 66, "end"], True),
        (["w" * 70, "short", "w" * 66], False),
        (["a verse", "of a poem"], False),
        (["  " + "w" * 70, "w" * 70], False),
        (["w" * 200, "w" * 190], False),
    ],
)
def test_line_ends_of_an_editor_are_told_from_those_that_mean_something(lines: list[str], is_wrapped: bool) -> None:
    (block,) = blocks("\n".join(lines))
    assert block.is_wrapped == is_wrapped


def test_no_depth_is_left_out() -> None:
    levels = [3, 5, 5, 4, 1, 2, 6]
    assert list(depths(levels)) == [0, 1, 1, 1, 0, 1, 2]


@given(text=texts, data=st.data())
def test_between_the_words_there_are_only_separators(text: str, data: st.DataObject) -> None:
    starts = [0, *(index + 2 for index in range(len(text)) if text.startswith("\n\n", index))]
    headings = [Heading(start, 1, "") for start in data.draw(st.lists(st.sampled_from(starts), unique=True))]
    found = blocks(text, sorted(headings, key=lambda heading: heading.start))
    rebuilt, read = "", 0
    for block in found:
        assert text[read : block.span.start].strip("\n") == ""
        rows = ["".join(row) if block.kind == "list" else " | ".join(row) for row in words(text, block)]
        rebuilt += text[read : block.span.start] + "\n".join(rows)
        read = block.span.end
    assert rebuilt + text[read:] == text
    assert text[read:] == ""
