"""Paragraphs that a page's end cut in two, made whole again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from qa_service.parsers.hyphens import is_divided
from qa_service.parsers.text_lines import Line, goes_on_small, is_item, is_layout, is_over
from qa_service.parsers.wrapping import Column
from qa_service.prose import is_apparatus

_SHORTEST_HALF = 40
_LONG = 100
"""Characters of a first half that goes on with a capital."""

_SHORTEST_REST = 60
"""Characters of a second half that begins with a capital and does not end; a shorter one is a heading."""

_LONGEST_ITEM = 300
"""Characters of a paragraph that may be an item of a list without marks."""

_LONGEST_REST = 600
_MOST_PARTS = 3
"""Paragraphs into which an item of a list of literature may have fallen."""

_NEAR_EDGE = 12
_CAPITAL_FIRST = re.compile(r"[\"'«„“‘(\[]{0,2}[^\W_⁰¹²³⁴-⁹]")
_NUMBERED = re.compile(r"\[?(\d{1,3})[.)\]]\s")


@dataclass(slots=True)
class Paragraph:
    """Lines that are one paragraph, with the footnotes behind it and what stood before it where it was printed.

    `is_next_line` tells that nothing did, `is_indented` that it is set in as paragraphs are, `is_after_turn` and
    `is_after_note` that running titles or a new page did, or footnotes.
    """

    lines: list[Line]
    notes: list["Paragraph"] = field(default_factory=list)
    is_next_line: bool = False
    is_indented: bool = False
    is_after_turn: bool = False
    is_after_note: bool = False

    @property
    def length(self) -> int:
        """Its characters."""
        return sum(len(line.text) for line in self.lines)

    @property
    def begin(self) -> str:
        """Its first line."""
        return self.lines[0].text

    @property
    def end(self) -> str:
        """Its last line."""
        return self.lines[-1].text

    @property
    def is_title(self) -> bool:
        """Whether it may be a heading: short, and no sentence ends with it."""
        return self.length < _SHORTEST_REST and not is_over(self.end)


def whole(paragraphs: Sequence[Paragraph], column: Column) -> list[Paragraph]:
    """Join the halves of paragraphs; notes go behind the whole one, behind a list, and before a heading."""
    found: list[Paragraph] = []
    for number, paragraph in enumerate(paragraphs):
        last = found[-1] if found else None
        following = paragraphs[number + 1 : number + 1 + _MOST_PARTS]
        if last is not None and last.lines and _is_cut(last, paragraph, following, column):
            last.lines += paragraph.lines
            last.notes += paragraph.notes
            continue
        if last is not None and last.notes and last.lines:
            _settle_notes(found, paragraph)
        found.append(paragraph)
    return found


def _settle_notes(found: Sequence[Paragraph], following: Paragraph) -> None:
    """Take notes that stand behind a heading, or between the items of a list, to the end of what they interrupt."""
    last = found[-1]
    if len(found) > 1 and last.is_title:
        found[-2].notes += last.notes
    elif is_item(last.begin) and is_item(following.begin):
        following.notes = last.notes + following.notes
    else:
        return
    last.notes = []


def _is_cut(half: Paragraph, rest: Paragraph, following: Sequence[Paragraph], column: Column) -> bool:
    """Return whether two paragraphs are the halves of one."""
    if rest.is_next_line:
        return False
    is_small = goes_on_small(rest.begin)
    if not (is_small or rest.is_after_turn or rest.is_after_note):
        return _is_rest_of_reference(half, rest, following)
    if is_layout(half.end) or is_layout(rest.begin):
        return False
    if is_over(half.end) or is_item(rest.begin):
        return _is_rest_of_reference(half, rest, following)
    if is_small and (is_divided(half.end) or _is_half(half, rest)):
        return True
    return _goes_on_with_capital(half, rest, column) or _is_rest_of_reference(half, rest, following)


def _is_half(half: Paragraph, rest: Paragraph) -> bool:
    is_turn = rest.is_after_turn or rest.is_after_note
    is_item_itself = not is_turn and half.length < _LONGEST_ITEM and goes_on_small(half.begin)
    return half.length >= _SHORTEST_HALF and not is_item_itself


def _goes_on_with_capital(half: Paragraph, rest: Paragraph, column: Column) -> bool:
    """Return whether a sentence goes on with a name or a number behind what a page's end put there."""
    if not (rest.is_after_turn or rest.is_after_note) or not _CAPITAL_FIRST.match(rest.begin):
        return False
    is_long = half.length >= _LONG
    if column.width is not None:
        is_long = is_long and half.lines[-1].width >= column.width - _NEAR_EDGE
    return is_long and not rest.is_title


def _is_rest_of_reference(half: Paragraph, rest: Paragraph, following: Sequence[Paragraph]) -> bool:
    """Return whether a paragraph is the rest of a numbered reference, before the one with the next number."""
    number = _NUMBERED.match(half.begin)
    if (
        number is None
        or (is_item(rest.begin) and not rest.begin.startswith(("-", "–")))
        or not is_apparatus(half.begin)
    ):
        return False
    for each in following:
        next_number = _NUMBERED.match(each.begin)
        if next_number is not None:
            return int(next_number[1]) == int(number[1]) + 1 and rest.length <= _LONGEST_REST
    return False
