"""Footnotes of a plain text: lines that begin with the mark that a word before them carries."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa_service.parsers.text_lines import Line, is_over

_SUPERSCRIPT_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SUPERSCRIPT = "[⁰¹²³⁴-⁹]"
_BEGIN = re.compile(
    rf"\[(?P<bracket>\d{{1,3}}|\*{{1,3}})\]\s*(?=\S)"
    rf"|(?P<superscript>{_SUPERSCRIPT}{{1,3}})\s*(?=\S)"
    r"|(?P<number>\d{1,3})(?:\s+\.)?\s+(?=\D|\d[^\d.)])"  # not `1.` and `1)`, which items of lists begin with
    r"|(?P<star>\*{1,3}|[†‡])\s+(?=\S)"
)
_MARK = re.compile(
    rf"(?<=\S)\s?(?P<superscript>{_SUPERSCRIPT}{{1,3}})"
    rf"|^(?P<moved>{_SUPERSCRIPT}{{1,3}})(?=[^\W\d_])"  # a mark that the line before it lost
    r"|(?:(?<=\S)\s?|^)\[(?P<bracket>\d{1,3}|\*{1,3})\]"
    r"|(?<=[^\W\d_])[\"»”’'.,)!?]{0,2}(?P<number>\d{1,3})(?=[\s.,;:)»”\"]|\Z)"
    r"|(?<=[\w»”\")])(?P<star>\*{1,3}|[†‡])(?=[\s.,;:!?)]|\Z)"
)
_SIGN = re.compile(r"[\d⁰¹²³⁴-⁹*†‡]")
_REACH = 8_000
"""Characters before a note in which its mark stands: a page or two."""

_SKIPPED = 3
"""Notes in a row that may have been lost."""


@dataclass(slots=True)
class Note:
    """A footnote: its mark, as digits, digits in brackets or stars, and its lines, which may be on two pages."""

    mark: str
    lines: list[Line]


def find_notes(blocks: Sequence[Sequence[Line]]) -> list[Note]:
    """Return the footnotes, in order.

    A block is one, or several, where it begins with a mark that the text before it carries and that is next in the
    order of the notes. Its other lines belong to it until the next note. Where the last note is unfinished, lines
    that stand right before the next one, as at the foot of the next page, are the rest of it.
    """
    marks = _marks(blocks)
    notes: list[Note] = []
    is_after_note = False
    for block, following in pairwise([*blocks, []]):
        last = notes[-1] if notes else None
        first = _first(block, following, last, marks, is_after_note=is_after_note)
        is_after_note = first is not None
        if first is None:
            continue
        if last is not None:
            last.lines.extend(block[:first])
        for line in block[first:]:
            mark = _begun(line.text)
            if line is block[first] or (mark is not None and _follows(mark, notes[-1].mark)):
                notes.append(Note(mark or "", [line]))
            else:
                notes[-1].lines.append(line)
    return notes


def _first(
    block: Sequence[Line],
    following: Sequence[Line],
    last: Note | None,
    marks: Mapping[str, Sequence[int]],
    *,
    is_after_note: bool,
) -> int | None:
    """Return which line of a block is the first that begins a note; None where it holds none."""
    mark = _begun(block[0].text)
    if mark is not None and not _is_list(mark, block, following):
        counts_on = last is not None and _number(mark) == (_number(last.mark) or 0) + 1
        if (is_after_note and counts_on) or _is_next(mark, block[0], last, marks):
            return 0
    if last is None or is_after_note or is_over(last.lines[-1].text):
        return None
    begun = ((number, _begun(line.text)) for number, line in enumerate(block[1:], start=1))
    return next((number for number, mark in begun if mark and _is_next(mark, block[number], last, marks)), None)


def _is_list(mark: str, block: Sequence[Line], following: Sequence[Line]) -> bool:
    """Return whether a star is what every item of a list begins with."""
    return _number(mark) is None and sum(_begun(line.text) == mark for line in (*block, *following[:1])) > 1


def _is_next(mark: str, line: Line, last: Note | None, marks: Mapping[str, Sequence[int]]) -> bool:
    """Return whether a word before a line carries its mark, and the mark is one that may come after the last note's."""
    places = marks.get(mark, ())
    before = bisect_left(places, line.start)
    if before == 0 or line.start - places[before - 1] > _REACH:
        return False
    if last is None or (_number(mark) != 1 and _follows(mark, last.mark)):
        return True
    return _number(mark) in (1, None) and places[before - 1] > last.lines[0].start  # a new count has marks of its own


def _follows(mark: str, before: str) -> bool:
    """Return whether a note may come after another: the next number, or another kind of mark."""
    number, reached = _number(mark), _number(before)
    if number is None or reached is None:
        return mark != before
    return 0 < number - reached <= _SKIPPED


def _begun(text: str) -> str | None:
    """Return the mark that a line begins with as a note does; None where it does not."""
    match = _BEGIN.match(text)
    return _mark_of(match) if match else None


def _mark_of(match: re.Match[str]) -> str:
    """Return a mark in the form in which a note and the word that carries it agree."""
    mark = next(group for group in match.groups() if group).translate(_SUPERSCRIPT_DIGITS)
    return f"[{mark}]" if match["bracket"] else mark


def _number(mark: str) -> int | None:
    digits = mark.strip("[]")
    return int(digits) if digits.isdigit() else None


def _marks(blocks: Sequence[Sequence[Line]]) -> dict[str, list[int]]:
    """Return where in the text each mark stands behind a word, or begins a line in mid-paragraph."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for block in blocks:
        for line in block:
            if not _SIGN.search(line.text):
                continue
            for match in _MARK.finditer(line.text):
                if match.group("bracket") and match.start() == 0 and line.is_after_blank:
                    continue
                found[_mark_of(match)].append(line.start + match.start())
    return found
