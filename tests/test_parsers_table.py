"""Tables: a row a passage, each value behind its column's name, whatever the delimiter, the quotes and the gaps."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.chunking import split_passages
from qa_service.outline import Parsed
from qa_service.parsers.documents import parse_document
from qa_service.parsers.table import is_table
from qa_service.types import Chunk
from tests.test_chunking import assert_exact, undetermined


def rows_of(parsed: Parsed, longest: int = 1200) -> list[Chunk]:
    return split_passages(parsed.text, parsed.headings, longest, undetermined, parsed.pages, is_table=parsed.is_table)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_row_is_a_passage_under_its_columns_names(delimiter: str, encoding: str) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(
        [
            ["Млын", "Рака", "Год"],
            ["Верхні", "Свіслач", "1948"],
            ["Ніжні, стары", "Уса", "1,5"],
            ["Новы", "Лоша", "3"],
        ]
    )
    parsed = parse_document("млыны.csv", stream.getvalue().encode(encoding))
    assert [chunk.text for chunk in rows_of(parsed)] == [
        "Млын: Верхні; Рака: Свіслач; Год: 1948",
        "Млын: Ніжні, стары; Рака: Уса; Год: 1,5",
        "Млын: Новы; Рака: Лоша; Год: 3",
    ]
    assert [place.line for place in parsed.places] == [2, 3, 4]
    assert parsed.metadata["columns"] == "Млын, Рака, Год"
    assert parsed.title is None  # so that the file's stem becomes it


@pytest.mark.parametrize(
    ("text", "rows", "lines"),
    [
        ('a;b\n"x\ny; z";"say ""hi"""\n', ["a: x y; z; b: say \"hi\""], [2]),
        ("a;b\n1\n2;3;4\n;;\n\n;5\n", ["a: 1", "a: 2; b: 3; 4", "b: 5"], [2, 3, 6]),
        ("1;2\n3;4\n", ["1; 2", "3; 4"], [1, 2]),
        ("sep=;\na,b;c\n1;2\n", ["a,b: 1; c: 2"], [3]),
        ("Mills of the valley;;\n;;\nName;River;Year\nUpper;Usa;1\nLower;Losha;2\nNew;Usa;3\n",
         ["Mills of the valley", "Name: Upper; River: Usa; Year: 1", "Name: Lower; River: Losha; Year: 2",
          "Name: New; River: Usa; Year: 3"], [1, 4, 5, 6]),
        ("word\nmill\nbridge\n", ["word: mill", "word: bridge"], [2, 3]),
        ("town;kind\nMir;town\nkind;town\n", ["town: Mir; kind: town", "town: kind; kind: town"], [2, 3]),
        ("Mir;town\nBrest;town\n", ["Mir; town", "Brest; town"], [1, 2]),
        ("a;;c\n1;2;3\n", ["a: 1; 2; c: 3"], [2]),
        ("only;names\n", ["only; names"], [1]),
        ('a\tb\n5" pipe\t2\n6" pipe\t3\n', ['a: 5" pipe; b: 2', 'a: 6" pipe; b: 3'], [2, 3]),
        ('a;b\n"never closed;1\nc;2\nd;3\ne;4\n', ['a: "never closed; b: 1', "a: c; b: 2", "a: d; b: 3", "a: e; b: 4"],
         [2, 3, 4, 5]),
        ("a;b\r\n1;2\r\n3;4\r\n", ["a: 1; b: 2", "a: 3; b: 4"], [2, 3]),
    ],
)  # fmt: skip
def test_tables_as_they_are_found(text: str, rows: list[str], lines: list[int]) -> None:
    parsed = parse_document("a.csv", text.encode())
    assert [chunk.text for chunk in rows_of(parsed)] == rows
    assert [place.line for place in parsed.places] == lines


def test_decimal_commas_do_not_part_columns() -> None:
    text = "город;площадь;доля\nМинск;348,8;1,5\nБрест;146,1;0,7\nМир;4,2;0,1\n"
    assert parse_document("a.csv", text.encode("cp1251")).text.startswith("город: Минск; площадь: 348,8; доля: 1,5\n\n")


def test_a_long_row_is_several_passages_and_the_next_one_begins_anew() -> None:
    text = f"name;story\nA;{'The mill stood by the brook. ' * 20}\nB;short\n"
    passages = [chunk.text for chunk in rows_of(parse_document("a.csv", text.encode()), 200)]
    assert passages[0].startswith("name: A; story: The mill")
    assert passages[-1] == "name: B; story: short"
    assert len(passages) >= 4
    assert all(len(passage) <= 250 for passage in passages)


@pytest.mark.parametrize(
    "text",
    [
        "Dear sir,\nthe mill, as you know, stands.\nThe brook, too, is there.\nYours,\n",
        "one, two, three\nfour, five, six\nseven, eight, nine\nten, eleven, twelve\n",
        "a;b\n1;2\n",
        "word\n" * 50,
        "",
        "key: value\nother: thing\nthird: one\nfourth: two\n",
    ],
)
def test_what_is_no_table_stays_a_text(text: str) -> None:
    assert not is_table(text)


def test_a_hundred_thousand_rows() -> None:
    text = "id;name;note\n" + "".join(f"{number};Mill {number};by the brook\n" for number in range(100_000))
    parsed = parse_document("a.csv", text.encode())
    assert parsed.text.endswith("\n\nid: 99999; name: Mill 99999; note: by the brook")
    assert parsed.places[-1].line == 100_001


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=12), delimiter=st.sampled_from(";,\t|"))
def test_passages_of_any_table_are_exact(rows: list[list[str]], delimiter: str) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    try:
        parsed = parse_document("a.csv", stream.getvalue().encode())
    except ValueError:
        raise
    except Exception as error:
        assert type(error).__module__ == "qa_service.errors"
        return
    assert_exact(parsed, 100)
    chunks = rows_of(parsed, 100)
    assert all(parsed.text[chunk.span.start : chunk.span.end] == chunk.text for chunk in chunks)
    assert "".join("".join(chunk.text for chunk in chunks).split()) == "".join(parsed.text.split())
    starts = {chunk.span.start for chunk in chunks}
    assert {place.start for place in parsed.places} <= starts
