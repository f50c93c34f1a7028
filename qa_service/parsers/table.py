"""Tables in text files (CSV, TSV): every row a block of its own, each value behind the name of its column.

    Castle: Mir; Built: 1527; Material: brick and stone

A block so written can be read, found and cited without the row that names the columns.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from qa_service.parsers.draft import Draft, RawPlace

_DELIMITERS = ("\t", ";", ",", "|")
_SAMPLE_ROWS = 200
_SAMPLE_CHARACTERS = 200_000
_DIRECTIVE = re.compile(r"\A\ufeff?sep=(.)\r?\n", re.IGNORECASE)
"""What Excel reads before a table's first row."""

_NUMBER = re.compile(r"[-+−]?[\d\s.,:/%€$₽£-]*\d[\d\s.,:/%€$₽£-]*")
_LONGEST_NAME = 100
_LONGEST_FIELD = 2**31 - 1

_LEAST_ROWS = 4
_LEAST_COLUMNS = {"\t": 2, ";": 3, ",": 3, "|": 3}
_LONGEST_CELL = 60
_MOST_PROSE = 0.1
"""From how many rows and columns, and up to which mean length of a cell, a text is a table whatever its name says."""

_ENDS = (".", "!", "?", "…", ";", ",")

Row = list[str]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a text falls into rows with one delimiter: how many columns most rows have, and which share of the rows."""

    delimiter: str
    columns: int
    share: float
    rows: int
    mean_cell: float
    prose: float
    """Share of rows that read like a sentence: with spaces behind the delimiters, or a full stop at the end."""

    @property
    def is_plain(self) -> bool:
        """Whether nobody would take it for prose."""
        is_regular = self.share == 1.0 and self.columns >= _LEAST_COLUMNS[self.delimiter]
        is_terse = self.mean_cell <= _LONGEST_CELL and self.prose <= _MOST_PROSE
        return is_regular and is_terse and self.rows >= _LEAST_ROWS


def is_table(text: str) -> bool:
    """Return whether a text is plainly a table: several rows of as many short cells each."""
    return _shape(text).is_plain


def parse_table(text: str) -> Draft:
    """Return the rows that hold anything, each with its number in the file, from 1 on, as its place's line."""
    directive = _DIRECTIVE.match(text)
    body = text[directive.end() :] if directive else text
    shape = _shape(body)
    rows = _rows(body, directive.group(1) if directive else shape.delimiter)
    numbered = [(number, row) for number, row in enumerate(map(_clean, rows), start=2 if directive else 1) if any(row)]
    draft = Draft()
    preamble = _preamble(numbered, shape.columns)
    for number, row in numbered[:preamble]:
        _write(draft, number, row, ())
    names: Row = []
    if _is_header([row for _, row in numbered[preamble : preamble + _SAMPLE_ROWS]]):
        names = [name.rstrip(": ") for name in numbered[preamble][1]]
        draft.metadata = {"columns": ", ".join(filter(None, names))}
        preamble += 1
    for number, row in numbered[preamble:]:
        _write(draft, number, row, names)
    return draft


def _write(draft: Draft, number: int, row: Row, names: Sequence[str]) -> None:
    named = [(names[column] if column < len(names) else "", value) for column, value in enumerate(row) if value]
    draft.add_block("; ".join(f"{name}: {value}" if name else value for name, value in named))
    draft.places.append(RawPlace(draft.block_start, line=number))


def _clean(row: Row) -> Row:
    """Return a row with each value on one line."""
    return [" ".join(value.split()) for value in row]


def _shape(text: str) -> _Shape:
    """Return the shape that fits best: as many columns in as many rows as possible."""
    sample = text[:_SAMPLE_CHARACTERS]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    return max((_shape_with(sample, delimiter) for delimiter in _DELIMITERS), key=_fitness)


def _fitness(shape: _Shape) -> tuple[bool, float, int]:
    return shape.columns > 1, round(shape.share, 1), shape.columns


def _shape_with(sample: str, delimiter: str) -> _Shape:
    rows = [row for row in islice(_rows(sample, delimiter), _SAMPLE_ROWS) if any(row)]
    columns, count = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
    cells = [len(cell) for row in rows for cell in row]
    number = max(len(rows), 1)
    prose = sum(any(cell.startswith(" ") for cell in row[1:]) or row[-1].rstrip().endswith(_ENDS) for row in rows)
    return _Shape(delimiter, columns, count / number, len(rows), sum(cells) / max(len(cells), 1), prose / number)


def _rows(text: str, delimiter: str) -> Iterable[Row]:
    """Return the rows; where quotes do not go together, a quote is a character like others."""
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        lenient = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if 2 * len(lenient) > text.count("\n"):
        return lenient
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _preamble(rows: Sequence[tuple[int, Row]], columns: int) -> int:
    """Return how many rows stand before the table: titles and dates in one cell, where most rows have several."""
    if columns < 3:
        return 0
    filled = (sum(map(bool, row)) for _, row in rows)
    return next((number for number, count in enumerate(filled) if count > 1), 0)


def _is_header(rows: Sequence[Row]) -> bool:
    """Return whether the first row names the columns: short words that differ and do not come again below."""
    if len(rows) < 2:
        return False
    first, others = rows[0], rows[1:]
    names = [name for name in first if name]
    if len(set(names)) < len(names) or 2 * len(names) < len(first):
        return False
    if any(len(name) > _LONGEST_NAME or _NUMBER.fullmatch(name) for name in names):
        return False
    return not any(
        name and any(len(row) > column and row[column] == name for row in others) for column, name in enumerate(first)
    )
