"""A canonical text as a page sets it: headings, paragraphs, lists and tables, told by the way parsers write them.

Parsers separate blocks by a blank line, begin an item's line with its marker, and write a table's row as `a | b`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from qa_service.outline import Heading
from qa_service.types import Span

Kind: TypeAlias = Literal["heading", "paragraph", "list", "table"]

_CHUNK = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_LINE = re.compile(r"[^\n]+")
_BAR = " | "
_BULLET = re.compile(r"[ \t]*[•◦▪‣] ")
_MARKER = re.compile(r"[ \t]*(?:\d{1,3}(?:\.\d{1,3}){0,3}[.)]|\d{1,3}(?:\.\d{1,3}){1,3}|[a-zа-яіў]\)|[-*]) ")
"""Markers that a line of running text may begin with by chance: one alone makes no list."""

_SEVERAL = 2
_FULL, _NARROWEST, _WIDEST = 0.7, 55, 130
"""Lines of running text that a file breaks by itself are this full, and their longest has so many characters."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text. `rows` holds spans of the text, ascending and apart, with only separators between them.

    A heading and a paragraph have one row of one span, a list a row an item (its marker, then its words), a table a
    row of cells. `level` is a heading's, 1 is highest; `is_numbered` tells that a list counts its items, `is_wrapped`
    that a paragraph's line ends mean nothing.
    """

    kind: Kind
    rows: tuple[tuple[Span, ...], ...]
    level: int = 0
    is_numbered: bool = False
    is_wrapped: bool = False
    is_part: bool = False
    is_rest: bool = False
    """Whether it holds some of the rows only, and not the first of them."""

    @property
    def span(self) -> Span:
        """From its first character to its last."""
        return Span(self.rows[0][0].start, self.rows[-1][-1].end)


def blocks(text: str, headings: Sequence[Heading] = ()) -> Iterator[Block]:
    """Yield the blocks of a canonical text in order; what is between them is white space."""
    levels = {heading.start: heading.level for heading in headings}
    for chunk in _CHUNK.finditer(text):
        yield from _blocks_of(text, chunk, levels)


def heading_lines(text: str, headings: Sequence[Heading]) -> list[tuple[Heading, Span]]:
    """Return the headings that are blocks, those that begin a line, each with its line."""
    lines = ((heading, _LINE.match(text, heading.start)) for heading in headings)
    return [
        (heading, Span(*line.span()))
        for heading, line in lines
        if line is not None and (heading.start == 0 or text[heading.start - 1] == "\n")
    ]


def depths(levels: Iterable[int]) -> Iterator[int]:
    """Yield how many headings each stands under, however a document numbers its levels: no depth is left out."""
    above: list[int] = []
    for level in levels:
        while above and above[-1] >= level:
            above.pop()
        yield len(above)
        above.append(level)


def _blocks_of(text: str, chunk: re.Match[str], levels: Mapping[int, int]) -> Iterator[Block]:
    if "\n" not in chunk.group() and chunk.start() not in levels and not _BULLET.match(chunk.group()):
        yield Block("paragraph", ((Span(*chunk.span()),),))  # most are: a line that stands alone
        return
    lines = [Span(*line.span()) for line in _LINE.finditer(text, *chunk.span())]
    for kind, run in _joined(_runs(text, lines, levels)):
        if kind == "heading":
            yield from (Block("heading", ((line,),), levels[line.start]) for line in run)
        elif kind == "list":
            yield _list(text, run)
        elif kind == "table":
            yield Block("table", tuple(tuple(_cells(text, line)) for line in run))
        else:
            yield _paragraph(text, run)


def _runs(text: str, lines: Sequence[Span], levels: Mapping[int, int]) -> Iterator[tuple[Kind, list[Span]]]:
    """Yield lines of one kind that follow each other; what follows an item is the rest of it."""
    run: list[Span] = []
    kind: Kind = "paragraph"
    for line in lines:
        own = "heading" if line.start in levels else _kind(line.of(text))
        if own == "paragraph" and kind == "list":
            run[-1] = Span(run[-1].start, line.end)
            continue
        if own == "paragraph" and kind == "table" and len(run) >= _SEVERAL:
            own = "table"  # a row of one cell
        if own != kind and run:
            yield _confirmed(text, kind, run)
            run = []
        kind = own
        run.append(line)
    yield _confirmed(text, kind, run)


def _kind(line: str) -> Kind:
    if _BULLET.match(line) or _MARKER.match(line):
        return "list"
    return "table" if _BAR in line else "paragraph"


def _confirmed(text: str, kind: Kind, run: list[Span]) -> tuple[Kind, list[Span]]:
    """Return the run as running text where one line alone looks like an item or a row."""
    is_chance = len(run) < _SEVERAL and (kind == "table" or (kind == "list" and not _BULLET.match(run[0].of(text))))
    return ("paragraph" if is_chance else kind), run


def _joined(runs: Iterable[tuple[Kind, list[Span]]]) -> list[tuple[Kind, list[Span]]]:
    joined: list[tuple[Kind, list[Span]]] = []
    for kind, run in runs:
        if joined and kind == joined[-1][0] == "paragraph":
            joined[-1][1].extend(run)
        else:
            joined.append((kind, run))
    return joined


def _paragraph(text: str, lines: Sequence[Span]) -> Block:
    span = Span(lines[0].start, lines[-1].end)
    return Block("paragraph", ((span,),), is_wrapped=_is_wrapped(text, lines))


def _is_wrapped(text: str, lines: Sequence[Span]) -> bool:
    if len(lines) < _SEVERAL:
        return False
    lengths = [line.end - line.start for line in lines]
    longest = max(lengths)
    is_full = all(length >= _FULL * longest for length in lengths[:-1])
    return is_full and _NARROWEST <= longest <= _WIDEST and not any(text[line.start].isspace() for line in lines)


def _list(text: str, items: Sequence[Span]) -> Block:
    rows = []
    for item in items:
        marker = _BULLET.match(text, item.start, item.end) or _MARKER.match(text, item.start, item.end)
        words = marker.end() if marker else item.start
        rows.append((Span(item.start, words), Span(words, item.end)))
    is_numbered = rows[0][0].of(text).strip()[0] not in "•◦▪‣-*"
    return Block("list", tuple(rows), is_numbered=is_numbered)


def _cells(text: str, line: Span) -> Iterator[Span]:
    bars = [match.start() for match in re.finditer(re.escape(_BAR), line.of(text))]
    bounds = [-len(_BAR), *bars, line.end - line.start]
    for before, after in pairwise(bounds):
        yield Span(line.start + before + len(_BAR), line.start + after)
