"""From the lines of a PDF's pages to paragraphs, told by gaps, indents and how far a line reaches.

A paragraph that runs on in the next column or on the next page is one; footnotes and tables in between go behind it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import TypeAlias

from qa_service.parsers.hyphens import is_divided
from qa_service.parsers.pdf_lines import Line, is_marker
from qa_service.parsers.pdf_tables import Row

_USUAL_LEADING = 1.2
_GAP = 1.25
"""How much more than the usual distance between lines parts paragraphs."""

_INDENT = 0.7
_ROOM = 0.6
_NARROW = 0.3
"""In heights of a line."""

_SMALL_PRINT = 0.93
_LONGEST_TABLE = 500
_BULLETS = frozenset("•◦▪‣·●")
_CLOSING = "»”\"')]}⁰¹²³⁴⁵⁶⁷⁸⁹*"
_OPENING = "«“„\"'([{…-–— "
_ENDS = (".", "!", "?", "…", ":", ";")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together. `right` is how far the lines around them reach.

    `begins_block` and `ends_block` tell whether there is a gap, another size, or a page's or column's edge next to it.
    """

    lines: tuple[Line, ...]
    right: float
    is_indented: bool
    begins_block: bool
    ends_block: bool

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list."""
        return _begins_with_marker(self.lines[0])

    @property
    def height(self) -> float:
        """Height of its letters."""
        return self.lines[0].height

    def with_rest(self, rest: "Paragraph") -> "Paragraph":
        """Return this paragraph with what stands of it in the next column or on the next page."""
        return replace(self, lines=self.lines + rest.lines, right=rest.right, ends_block=rest.ends_block)


Block: TypeAlias = Paragraph | Row


def height_of_most(lines: Sequence[Line]) -> float:
    """Return the height of the letters that most of the text is set in."""
    heights: Counter[float] = Counter()
    for line in lines:
        heights[line.height] += len(line.text)
    return max(heights, key=heights.__getitem__, default=0.0)


def read_paragraphs(pages: Sequence[Sequence[Line | Row]]) -> Iterator[Block]:
    """Yield the paragraphs and rows of a document in reading order."""
    lines = [[item for item in page if isinstance(item, Line)] for page in pages]
    small = _SMALL_PRINT * height_of_most([line for page in lines for line in page])
    leading = _leading(lines)
    flow: list[tuple[Block, bool]] = []
    for page in pages:
        notes = _footnotes(page, small)
        flow += [(block, False) for block in _blocks([item for item in page if item not in notes], leading)]
        flow += [(block, True) for block in _blocks([item for item in page if item in notes], leading)]
    return _joined(flow)


def _leading(pages: Sequence[Sequence[Line]]) -> float:
    """Return the usual distance between baselines in heights of a line."""
    distances = Counter(
        round((above.baseline - below.baseline) / above.height, 1)
        for lines in pages
        for above, below in pairwise(lines)
        if above.overlaps(below) and above.has_size_of(below)
    )
    usual = {distance: count for distance, count in distances.items() if 0.7 <= distance <= 3}
    return max(usual, key=lambda distance: (usual[distance], -distance), default=_USUAL_LEADING)


def _footnotes(page: Sequence[Line | Row], small: float) -> set[Line]:
    """Return the small print of a page that has no larger print below it."""
    body = [item for item in page if isinstance(item, Line) and item.height >= small]
    return {
        item
        for item in page
        if isinstance(item, Line)
        and item.height < small
        and any(item.overlaps(line) for line in body)
        and not any(line.baseline < item.baseline and item.overlaps(line) for line in body)
    }


def _blocks(items: Sequence[Line | Row], leading: float) -> Iterator[Block]:
    block: list[Line] = []
    for item in items:
        if block and (isinstance(item, Row) or not _is_next_line(block[-1], item, leading)):
            yield from _paragraphs(block)
            block = []
        if isinstance(item, Row):
            yield item
        else:
            block.append(item)
    if block:
        yield from _paragraphs(block)


def _is_next_line(above: Line, below: Line, leading: float) -> bool:
    drop = (above.baseline - below.baseline) / above.height
    return _NARROW < drop <= leading * _GAP and above.overlaps(below) and above.has_size_of(below)


def _paragraphs(block: Sequence[Line]) -> Iterator[Paragraph]:
    """Yield the paragraphs of lines that follow each other without a gap."""
    left, right = min(line.left for line in block), max(line.right for line in block)
    indented = [line.left > left + _INDENT * line.height for line in block]
    hangs = not indented[0] and sum(indented) * 2 > len(block)
    begin = 0
    for number in range(1, len(block) + 1):
        is_end = number == len(block)
        if is_end or _begins_paragraph(block, indented, begin, number, right, hangs=hangs):
            is_indented = indented[begin] and not hangs
            yield Paragraph(tuple(block[begin:number]), right, is_indented, begin == 0, is_end)
            begin = number


def _begins_paragraph(
    block: Sequence[Line], indented: Sequence[bool], begin: int, number: int, right: float, *, hangs: bool
) -> bool:
    above, line, first = block[number - 1], block[number], block[begin]
    has_ended, has_room = _ends_sentence(above.text), _has_room(above, right, line)
    if is_divided(above.text):
        return False
    if _begins_with_marker(line) and (has_ended or has_room or line.text[0] in _BULLETS):
        return True
    if not has_ended and _begins_small(line.text):
        return False
    if _begins_with_marker(first):
        is_inside = line.left > first.left + _NARROW * first.height
        return has_room or (has_ended and not is_inside and number - begin > 1 and block[begin + 1].left > line.left)
    if hangs:
        return not indented[number] or has_room
    return (indented[number] and not indented[number - 1]) or has_room


def _joined(flow: Sequence[tuple[Block, bool]]) -> Iterator[Block]:
    """Yield the blocks with paragraphs put together across edges; `flow` tells of each whether it is a footnote."""
    uses_indents = any(isinstance(block, Paragraph) and block.is_indented for block, _ in flow)
    current: Paragraph | None = None
    waiting: list[Block] = []
    for number, (block, is_footnote) in enumerate(flow):
        following = block if isinstance(block, Paragraph) else _next_paragraph(flow, number)
        if current is not None and (is_footnote or _goes_on(current, following, uses_indents=uses_indents)):
            if is_footnote or isinstance(block, Row):
                waiting.append(block)
            else:
                current = current.with_rest(block)
            continue
        if current is not None:
            yield current
        yield from waiting
        waiting = []
        current = block if isinstance(block, Paragraph) else None
        if current is None:
            yield block
    if current is not None:
        yield current
    yield from waiting


def _next_paragraph(flow: Sequence[tuple[Block, bool]], number: int) -> Paragraph | None:
    following = islice(flow, number + 1, number + _LONGEST_TABLE)
    return next((block for block, is_note in following if isinstance(block, Paragraph) and not is_note), None)


def _goes_on(paragraph: Paragraph, rest: Paragraph | None, *, uses_indents: bool) -> bool:
    """Return whether a paragraph goes on with what stands behind an edge or a gap."""
    if rest is None or rest.is_item or not (paragraph.ends_block and rest.begins_block):
        return False
    last, first = paragraph.lines[-1], rest.lines[0]
    if not last.has_size_of(first):
        return False
    has_ended = _ends_sentence(last.text)
    is_over_edge = first.page != last.page or first.baseline > last.baseline
    if is_divided(last.text) or (_begins_small(first.text) and not has_ended):
        return True
    is_full = is_over_edge and not _has_room(last, paragraph.right, first)
    return is_full and not rest.is_indented and (uses_indents or not has_ended)


def _has_room(line: Line, right: float, following: Line) -> bool:
    """Return whether the first word of the next line would have found room at the end of this one."""
    word = following.text.split()[0]
    width = (following.right - following.left) * len(word) / len(following.text)
    return right - line.right > width + _ROOM * line.height


def _ends_sentence(text: str) -> bool:
    return text.rstrip(_CLOSING).endswith(_ENDS)


def _begins_small(text: str) -> bool:
    return text.lstrip(_OPENING)[:1].islower()


def _begins_with_marker(line: Line) -> bool:
    word, _, rest = line.text.partition(" ")
    return bool(rest) and is_marker(word)
