"""Paragraphs whose lines were broken to fit a column, told from lines that end where their author ended them.

A line was broken by the column where the next line's first word would not have fitted behind it. In verses, lists,
addresses, tables and code it would have, most of the time.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa_service.parsers.hyphens import is_divided
from qa_service.parsers.text_lines import Line, first_word, goes_on_small, is_item, is_layout, is_over

_NARROWEST, _WIDEST = 40, 200
"""Characters of a column of text. Verses are narrower, and paragraphs of one line are wider."""

_RAGGED = 3
"""Characters by which a line may stay short of the column's edge."""

_MOST = 0.75
"""Share of the breaks that the column must have made."""

_SMALL = 0.2
"""Share of the lines that must begin with a small letter: verses seldom do."""

_DEEPEST_INDENT = 12
_MOST_INDENTS = 3
"""Depths at which the lines of a text begin: more are drawn, or are code."""


@dataclass(frozen=True, slots=True)
class Column:
    """The column that a text's lines were broken to fit: its width in characters; None where there is none."""

    width: int | None

    @classmethod
    def of(cls, blocks: Sequence[Sequence[Line]]) -> "Column":
        """Measure a text by its blocks of three lines and more."""
        widths = Counter(max(line.width for line in block) for block in blocks if len(block) > 2)
        widths = Counter({width: count for width, count in widths.items() if _NARROWEST <= width <= _WIDEST})
        if not widths:
            return cls(None)
        width = _high(widths)
        long = [block for block in blocks if len(block) > 2 and max(line.width for line in block) <= width + _RAGGED]
        breaks = [_is_full(line, following, width) for block in long for line, following in _inner(block)]
        small = [goes_on_small(line.text) for block in long for line in block[1:]]
        is_column = bool(breaks) and sum(breaks) >= _MOST * len(breaks) and sum(small) >= _SMALL * len(small)
        return cls(width if is_column else None)

    def joints(self, block: Sequence[Line]) -> list[bool]:
        """Return, for every line of a block but the last, whether the next one goes on with its paragraph."""
        pairs = list(pairwise(block))
        width = max((line.width for line in block), default=0)
        if not _NARROWEST <= width <= _WIDEST or len({line.indent for line in block}) > _MOST_INDENTS:
            return [False] * len(pairs)
        if len(block) <= 3:
            if self.width is None or width > self.width + _RAGGED:
                return [False] * len(pairs)
            width = self.width
        begins = _beginnings(block)
        tested = [pair for pair, is_begun in zip(pairs, begins, strict=True) if not is_begun]
        full = sum(_is_full(line, following, width) for line, following in tested)
        small = sum(goes_on_small(following.text) for _, following in tested)
        is_verse = len(block) > 3 and self.width is None and small < _SMALL * len(tested)
        if is_verse or full < _MOST * len(tested):
            return [False] * len(pairs)
        return [
            not is_begun and _goes_on(line, following, width)
            for (line, following), is_begun in zip(pairs, begins, strict=True)
        ]


def _inner(block: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    """Yield the lines of a block with the next ones, where that is not the beginning of a paragraph or an item."""
    return (pair for pair, is_begun in zip(pairwise(block), _beginnings(block), strict=True) if not is_begun)


def _beginnings(block: Sequence[Line]) -> list[bool]:
    """Return, for every line but the first, whether a paragraph or an item of a list begins with it.

    A paragraph does where the line is set in, unless it stands under the words of an item.
    """
    base = min(Counter(line.indent for line in block).most_common(), key=lambda found: (-found[1], found[0]))[0]
    item = block[0].indent if is_item(block[0].text) else None
    begins = []
    for line in block[1:]:
        if is_item(line.text):
            item = line.indent
            begins.append(True)
            continue
        is_set_in = base + 2 <= line.indent <= base + _DEEPEST_INDENT
        begins.append(is_set_in and (item is None or line.indent <= item))
        item = item if item is not None and line.indent > item else None
    return begins


def _high(widths: Counter[int]) -> int:
    """Return the width that nine blocks in ten keep to."""
    ordered = sorted(widths.elements())
    return ordered[min(len(ordered) * 9 // 10, len(ordered) - 1)]


def _is_full(line: Line, following: Line, width: int) -> bool:
    """Return whether the first word of the next line would not have fitted behind a line."""
    return is_divided(line.text) or line.width + 1 + len(first_word(following.text)) > width - _RAGGED


def _goes_on(line: Line, following: Line, width: int) -> bool:
    if is_layout(line.text) or is_layout(following.text):
        return False
    if _is_full(line, following, width):
        return True
    return not is_over(line.text) and goes_on_small(following.text) and not is_item(line.text)
