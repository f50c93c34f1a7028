"""A document as the reader page sets it: runs of blocks with the passage and its best sentences marked in them.

Written out in order, with what stands between them, the words give the canonical text, character for character.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import TypeAlias

from qa_service.blocks import Block, blocks, depths, heading_lines
from qa_service.outline import Heading, Outline, Page
from qa_service.types import Span

_RUN = 4_000
"""Characters after which a new run begins: the browser lays out those near the view only, and guesses the others."""

_ROWS = 100
"""Rows after which a table or list goes on in another element, for the same reason."""

_DEEPEST = 6
_FIGURES = re.compile(r"[\d\s.,:%+–−-]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one look. `page` is the page of the original that begins with them."""

    text: str
    is_best: bool = False
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """Words that are not all alike: those before the passage, those of it and those behind it."""

    before: tuple[Piece, ...]
    cited: tuple[Piece, ...]
    after: tuple[Piece, ...]
    is_first: bool
    is_last: bool
    """Whether the passage begins, and ends, here."""


Words: TypeAlias = str | Marked


@dataclass(frozen=True, slots=True)
class SetBlock:
    """A block: its element's name, its rows of words, and the white space behind it."""

    tag: str
    rows: tuple[tuple[Words, ...], ...]
    gap: str
    id: str | None = None
    look: str = ""
    """What tells it from others of its kind, names of classes: "cited" where the passage has a part in it."""

    has_head: bool = False

    @property
    def columns(self) -> int:
        """The most words in a row."""
        return max(map(len, self.rows))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents; `depth` is 0 for the highest."""

    id: str
    depth: int
    title: str


@dataclass(frozen=True, slots=True)
class SetText:
    """A text for a page. `begins_with_title` tells that its first block is the title, which is then an h1."""

    start: str
    """White space before the first block."""

    runs: Iterator[tuple[SetBlock, ...]]
    """To be read once, in order."""

    contents: tuple[Entry, ...]
    pages: tuple[int, ...]
    begins_with_title: bool


def set_text(text: str, title: str, outline: Outline, cited: Span | None = None, best: Sequence[Span] = ()) -> SetText:
    """Set a canonical text. `cited` is the passage's span, `best` are spans of sentences in it."""
    pages = _beginning(outline.pages)
    found = blocks(text, outline.headings)
    first = next(found, None)
    begins_with_title = first is not None and _is_title(text, first, title)
    lines = heading_lines(text, outline.headings)
    if begins_with_title and lines and lines[0][1].start == 0:
        lines = lines[1:]
    contents = list(_contents(text, lines))
    entries = {line.start: entry for (_, line), entry in zip(lines, contents, strict=True)}
    parts = (part for block in chain([first] if first else [], found) for part in _parts(block))
    made = _Setter(text, cited, best, pages).blocks(parts, entries, begins_with_title)
    start = text[: first.span.start] if first else text
    return SetText(start, _runs(made), tuple(contents), tuple(each.number for each in pages), begins_with_title)


def _contents(text: str, lines: Sequence[tuple[Heading, Span]]) -> Iterator[Entry]:
    levels = (heading.level for heading, _ in lines)
    for number, ((_, line), depth) in enumerate(zip(lines, depths(levels), strict=True), start=1):
        yield Entry(f"heading-{number}", depth, line.of(text))


class _Setter:
    """Cuts words where the passage, its best sentences and pages begin and end; asked in the order of the text."""

    def __init__(self, text: str, cited: Span | None, best: Sequence[Span], pages: Sequence[Page]) -> None:
        self._text = text
        self._cited = cited or Span(0, 0)
        self._best = best
        self._edges = [edge for span in (self._cited, *best) for edge in (span.start, span.end)]
        self._pages = list(reversed(pages))
        self._has_begun = False

    def blocks(
        self, found: Iterable[Block], entries: Mapping[int, Entry], begins_with_title: bool
    ) -> Iterator[SetBlock]:
        """Yield the blocks as they are set, one at a time: there may be very many."""
        spaced = pairwise(chain(found, [None]))
        for number, (block, following) in enumerate(spaced):
            assert block is not None
            bound = following.span.start if following else len(self._text)
            entry = entries.get(block.span.start)
            tag = "h1" if begins_with_title and number == 0 else _tag(block, entry)
            yield self._block(block, tag, entry, bound)

    def _block(self, block: Block, tag: str, entry: Entry | None, bound: int) -> SetBlock:
        rows = tuple(tuple(map(self._words, row)) for row in block.rows)
        gap = self._text[block.rows[-1][-1].end : bound]
        has_head = tag == "table" and not block.is_rest and self._has_head(block)
        return SetBlock(tag, rows, gap, entry.id if entry else None, _look(block, rows), has_head)

    def _words(self, span: Span) -> Words:
        begun = self._pages_in(span)
        is_cited = span.start < self._cited.end and self._cited.start < span.end
        if not begun and not is_cited:
            return span.of(self._text)
        inside = {edge for edge in self._edges if span.start < edge < span.end}
        pieces = [
            (start, Piece(self._text[start:end], self._is_best(start, end), begun.get(start)))
            for start, end in pairwise(sorted({span.start, span.end} | inside | begun.keys()))
        ]
        is_first, self._has_begun = is_cited and not self._has_begun, self._has_begun or is_cited
        return Marked(
            tuple(piece for start, piece in pieces if not is_cited or start < self._cited.start),
            tuple(piece for start, piece in pieces if is_cited and self._cited.start <= start < self._cited.end),
            tuple(piece for start, piece in pieces if is_cited and start >= self._cited.end),
            is_first,
            is_cited and self._cited.end <= span.end,
        )

    def _pages_in(self, span: Span) -> dict[int, int]:
        begun = {}
        while self._pages and self._pages[-1].start < span.end:
            page = self._pages.pop()
            begun[max(page.start, span.start)] = page.number
        return begun

    def _is_best(self, start: int, end: int) -> bool:
        return any(span.start <= start and end <= span.end for span in self._best)

    def _has_head(self, table: Block) -> bool:
        """Return whether the first row names columns: no cell holds figures or, but for the first, nothing."""
        corner, *names = (cell.of(self._text) for cell in table.rows[0])
        has_figures = bool(corner.strip()) and _FIGURES.fullmatch(corner)
        return len(table.rows) > 1 and bool(names) and not has_figures and not any(map(_FIGURES.fullmatch, names))


def _tag(block: Block, entry: Entry | None) -> str:
    if entry:
        return f"h{min(entry.depth + 2, _DEEPEST)}"
    if block.kind == "list":
        return "ol" if block.is_numbered else "ul"
    return "table" if block.kind == "table" else "p"


def _look(block: Block, rows: Sequence[Sequence[Words]]) -> str:
    is_cited = any(type(words) is Marked and words.cited for row in rows for words in row)
    looks = (("cited", is_cited), ("wrapped", block.is_wrapped), ("long", block.is_part))
    return " ".join([name for name, is_so in looks if is_so])


def _is_title(text: str, block: Block, title: str) -> bool:
    is_line = block.kind in ("heading", "paragraph")
    return is_line and block.span.of(text).split() == title.split()


def _beginning(pages: Sequence[Page]) -> list[Page]:
    """Return where each page first begins; behind a footnote the text goes back to one that has."""
    found: list[Page] = []
    for page in pages:
        if not found or page.number > found[-1].number:
            found.append(page)
    return found


def _parts(block: Block) -> Iterator[Block]:
    if len(block.rows) <= _ROWS:
        yield block
        return
    for start in range(0, len(block.rows), _ROWS):
        yield replace(block, rows=block.rows[start : start + _ROWS], is_part=True, is_rest=start > 0)


def _runs(made: Iterable[SetBlock]) -> Iterator[tuple[SetBlock, ...]]:
    run: list[SetBlock] = []
    length = 0
    for block in made:
        run.append(block)
        length += sum(_length(words) for row in block.rows for words in row)
        if length >= _RUN:
            yield tuple(run)
            run, length = [], 0
    if run:
        yield tuple(run)


def _length(words: Words) -> int:
    if isinstance(words, str):
        return len(words)
    return sum(len(piece.text) for piece in (*words.before, *words.cited, *words.after))
