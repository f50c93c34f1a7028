"""What stands side by side on a PDF page: columns of text are read one after the other, rows of a table row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import median

from qa_service.parsers.pdf_lines import Line

_TALLEST_CELL = 8
"""Lines in a cell of a table; what is taller is a column of text."""

_NEAREST_ROWS = 5
_ALIGNED = 0.6
"""In heights of a line: how far apart the edges or the middles of two cells of one column are at most."""

_COLUMN_WIDTH = 0.3
"""Least share of the page's text width that a column of text takes."""

_COLUMN_LINES = 5
"""Fewest pairs of lines side by side that make two columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: for each cell its lines of text. `is_first` tells the row that a table begins with."""

    page: int
    cells: tuple[tuple[str, ...], ...]
    is_first: bool


@dataclass(frozen=True, slots=True)
class _Cells:
    """Lines that may be a row: for each cell its lines."""

    cells: tuple[tuple[Line, ...], ...]

    @property
    def lines(self) -> list[Line]:
        return [line for cell in self.cells for line in cell]

    def places(self) -> list[tuple[float, float]]:
        """Return where each cell begins and ends."""
        return [(min(line.left for line in cell), max(line.right for line in cell)) for cell in self.cells]


def read_rows(lines: Sequence[Line]) -> list[Line | Row]:
    """Return a page's lines in reading order, those that make up tables as rows."""
    groups = list(_groups(_one_column_after_the_other(lines)))
    items: list[Line | Row] = []
    start = 0
    while start < len(groups):
        end = start + 1
        while end < len(groups) and _goes_on(groups[start:end], groups[end]):
            end += 1
        items += _table(groups[start:end]) if end - start > 1 else _text(groups[start])
        start = end
    return items


def _one_column_after_the_other(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with two columns that were drawn row by row taken apart."""
    pairs = [(left, right) for left, right in pairwise(lines) if left.is_beside(right) and left.right < right.left]
    if len(pairs) < _COLUMN_LINES:
        return list(lines)
    width = max(line.right for line in lines) - min(line.left for line in lines)
    gutter = median(right.left for _, right in pairs)
    is_text = all(
        median(line.right - line.left for line in side) >= _COLUMN_WIDTH * width for side in zip(*pairs, strict=True)
    )
    is_straight = sum(abs(right.left - gutter) <= right.height for _, right in pairs) >= 0.8 * len(pairs)
    reaches_over = sum(left.right > gutter for left, _ in pairs)
    return _taken_apart(lines, gutter) if is_text and is_straight and not reaches_over else list(lines)


def _taken_apart(lines: Sequence[Line], gutter: float) -> list[Line]:
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if line.left < gutter - line.height and line.right > gutter:
            ordered += [*left, *right, line]
            left, right = [], []
        else:
            (right if line.left >= gutter - line.height else left).append(line)
    return [*ordered, *left, *right]


def _groups(lines: Sequence[Line]) -> Iterator[_Cells]:
    """Yield the lines one by one, or together where they may be the cells of a row."""
    width = max((line.right for line in lines), default=0) - min((line.left for line in lines), default=0)
    start = 0
    while start < len(lines):
        group = _row_at(lines, start)
        if len(group.cells) < 2 or _are_columns(group, width):
            group = _Cells(((lines[start],),))
        yield group
        start += len(group.lines)


def _row_at(lines: Sequence[Line], start: int) -> _Cells:
    """Return the cells that follow each other to the right from a line on, each of one or more lines."""
    cells = [[lines[start]]]
    for line in islice(lines, start + 1, None):
        if _begins_cell(line, cells):
            cells.append([line])
        elif _continues_cell(line, cells[-1]) and len(cells[-1]) < _TALLEST_CELL:
            cells[-1].append(line)
        else:
            break
    return _Cells(tuple(map(tuple, cells)))


def _begins_cell(line: Line, cells: Sequence[Sequence[Line]]) -> bool:
    """Return whether a line stands to the right of the row so far, level with its first lines or with its middle."""
    if line.left <= max(member.right for member in cells[-1]):
        return False
    tops = [cell[0].baseline for cell in cells]
    bottom = min(member.baseline for cell in cells for member in cell)
    middle = (max(tops) + bottom) / 2
    is_level = any(abs(line.baseline - top) <= 0.3 * line.height for top in tops)
    return is_level or abs(line.baseline - middle) <= 0.3 * line.height


def _continues_cell(line: Line, cell: Sequence[Line]) -> bool:
    last = cell[-1]
    drop = last.baseline - line.baseline
    is_next = 0.5 * line.height < drop < 1.7 * max(line.height, last.height)
    starts_below = line.left >= min(member.left for member in cell) - line.height
    return is_next and starts_below and line.left < max(member.right for member in cell) and line.has_size_of(last)


def _are_columns(group: _Cells, width: float) -> bool:
    """Return whether what looks like a row of two cells is two short columns of text."""
    is_tall = all(len(cell) > 2 for cell in group.cells)
    return is_tall and all(right - left >= _COLUMN_WIDTH * width for left, right in group.places())


def _goes_on(table: Sequence[_Cells], group: _Cells) -> bool:
    """Return whether a row stands under others and has at least two cells in line with one of the nearest."""
    is_below = group.lines[0].baseline < table[-1].lines[0].baseline
    return is_below and any(_are_aligned(row, group) for row in table[-_NEAREST_ROWS:])


def _are_aligned(row: _Cells, other: _Cells) -> bool:
    near = _ALIGNED * row.lines[0].height
    return sum(any(_is_in_line(mine, theirs, near) for theirs in other.places()) for mine in row.places()) > 1


def _is_in_line(mine: tuple[float, float], theirs: tuple[float, float], near: float) -> bool:
    (left, right), (other_left, other_right) = mine, theirs
    distances = (left - other_left, right - other_right, (left + right - other_left - other_right) / 2)
    return min(map(abs, distances)) <= near


def _text(group: _Cells) -> Iterator[Line]:
    """Yield the lines of what is no table; those beside each other become one."""
    if any(len(cell) > 1 for cell in group.cells):
        yield from group.lines
        return
    first, *rest = group.lines
    text = " ".join(line.text for line in group.lines)
    yield Line(text, first.page, first.left, max(line.right for line in (first, *rest)), first.baseline, first.height)


def _table(groups: Sequence[_Cells]) -> Iterator[Row]:
    """Yield rows with each cell in its column, the columns being those of the row with most cells."""
    columns = max(groups, key=lambda group: len(group.cells)).places()
    for number, group in enumerate(groups):
        cells: list[tuple[str, ...]] = [()] * len(columns)
        for cell, place in zip(group.cells, group.places(), strict=True):
            column = max(range(len(columns)), key=lambda index: _shared(columns[index], place))
            cells[column] += tuple(line.text for line in cell)
        yield Row(group.lines[0].page, tuple(cells), number == 0)


def _shared(column: tuple[float, float], place: tuple[float, float]) -> float:
    """Return how far two stretches overlap; below zero is how far they are apart."""
    return min(column[1], place[1]) - max(column[0], place[0])
