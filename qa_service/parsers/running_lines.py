"""Running titles and page numbers of a plain text: lines that belong to the page they were printed on.

With form feeds the pages are known, and what comes back at their edges is furniture. Without, a line is furniture for
standing where pages turn: between the halves of a sentence or beside footnotes, with numbers that count on or with the
same words every time. What only comes back, as a refrain, a label or a chapter's number does, stays.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from qa_service.parsers.hyphens import is_divided
from qa_service.parsers.running_titles import enough_pages, titles_of
from qa_service.parsers.text_lines import Line, goes_on_small, is_item, is_over

_DEEPEST = 3
"""Lines a header or footer may have."""

_LONGEST = 80
"""Characters of a running title."""

_SHORTEST_HALF = 40
"""Characters of a line that a page's end may cut; shorter ones are titles, verses, or rows."""

_OFTEN = 3
"""How often words come back that are a running title."""

_APART = 300
"""Characters that stand at least between two page numbers; the numbers of a table or a list stand closer."""

_CENTRED = 8
"""Characters of white space before a line in the middle of its page."""

_BARE_NUMBER = re.compile(
    r"[-–—*|\[(\s]*(?:(?:page|p\.|стр\.?|страница|с\.|стар\.|старонка)\s*)?(\d{1,4})"
    r"(?:\s*(?:/|of|из|з)\s*\d{1,4})?[-–—*|\])\s]*",
    re.IGNORECASE,
)
_NUMBER_APART = re.compile(r"(\d{1,4})(?: {3,}|\t+| \| )\D.*|.*\D(?: {3,}|\t+| \| )(\d{1,4})")
_NUMBER_BESIDE = re.compile(r"(\d{1,4}) \D.*|.*\D (\d{1,4})")
_DIGITS = re.compile(r"\d+")
_Numbered: TypeAlias = list[tuple[int, int]]
"""Indices of lines with their page numbers."""


def find_furniture(lines: Sequence[Line], notes: Collection[int]) -> set[int]:
    """Return the indices in `lines` of running titles and page numbers; `notes` holds those of footnotes.

    A line that the text begins with is its title, and stays, and so does everything where nothing else would be left.
    """
    found = _at_edges(lines, notes)
    found |= _Turns(lines, notes, found).furniture()
    found.discard(0)
    return found if any(number not in found for number in range(1, len(lines))) else set()


def _at_edges(lines: Sequence[Line], notes: Collection[int]) -> set[int]:
    """Return the lines that come back at the edges of pages which form feeds part."""
    body = [number for number in range(len(lines)) if number not in notes]
    pages = [list(page) for _, page in groupby(body, key=lambda number: lines[number].page)]
    found: set[int] = set()
    for edge in (0, -1):
        for _ in range(_DEEPEST if len(pages) > 1 else 0):
            edges = [page[edge] for page in pages if page and _may_be_title(lines[page[edge]].text)]
            seen = Counter(title for each in edges for title in set(titles_of(lines[each].text, lines[each].page)))
            repeated = {
                each
                for each in edges
                if any(
                    seen[title] >= enough_pages(len(pages)) for title in titles_of(lines[each].text, lines[each].page)
                )
            }
            if not repeated:
                break
            found |= repeated
            pages = [[number for number in page if number not in repeated] for page in pages]
    return found


def _may_be_title(text: str) -> bool:
    """Return whether a line is short, and neither a sentence nor plainly a part of one."""
    if len(text) > _LONGEST or text.endswith((",", ";")) or is_divided(text) or goes_on_small(text):
        return False
    return not is_over(text) or _DIGITS.search(text) is not None


@dataclass(frozen=True, slots=True)
class _Turns:
    """A text whose pages nothing parts, with the footnotes and running titles that are known in it."""

    lines: Sequence[Line]
    notes: Collection[int]
    known: Collection[int]

    def furniture(self) -> set[int]:
        """Return the running titles and page numbers."""
        short = [
            number
            for number, line in enumerate(self.lines)
            if len(line.text) <= _LONGEST and number not in self.notes and number not in self.known
        ]
        bare, titled, beside, words = self._candidates(short)
        skipped = {*self.known, *self.notes, *(number for number, _ in (*bare, *titled))}
        skipped |= {number for group in (*beside.values(), *words.values()) for number, *_ in group}
        is_cut = self._cuts(skipped).__contains__
        found: set[int] = set()
        for group in ([*bare, *titled], *beside.values()):
            counted = _counted(sorted(group), self.lines)
            turns = [number for number in counted if is_cut(number) or self._is_beside_note(number)]
            if len(counted) > 1 and turns and len(turns) * 3 >= len(counted):
                found |= set(counted)
        found |= {number for number, _ in (*bare, *titled) if is_cut(number)}
        found |= {number for number, _ in bare if number in found for number in self._beside_number(number)}
        for same in words.values():
            numbers = [number for number, _ in same]
            if self._are_titles(numbers, is_cut):
                found |= set(numbers)
        return found

    def _candidates(
        self, short: Sequence[int]
    ) -> tuple[_Numbered, _Numbered, Mapping[str, _Numbered], Mapping[str, _Numbered]]:
        """Return lines that are a number, have one set apart, have one beside words, and that come back without."""
        bare: _Numbered = []
        titled: _Numbered = []
        beside: defaultdict[str, _Numbered] = defaultdict(list)
        words: defaultdict[str, _Numbered] = defaultdict(list)
        for number in short:
            text = self.lines[number].text
            if match := _BARE_NUMBER.fullmatch(text):
                bare.append((number, int(match[1])))
            elif (match := _NUMBER_APART.fullmatch(text)) and self._is_alone(number):
                titled.append((number, int(match[1] or match[2])))
            elif match := _NUMBER_BESIDE.fullmatch(text):
                beside[_DIGITS.sub("#", text.casefold())].append((number, int(match[1] or match[2])))
            elif _may_be_title(text) and not is_item(text) and any(map(str.isalpha, text)):
                words[" ".join(text.casefold().split())].append((number, 0))
        often = {key: group for key, group in words.items() if len(group) >= _OFTEN}
        return bare, titled, {key: group for key, group in beside.items() if len(group) > 1}, often

    def _are_titles(self, numbers: Sequence[int], is_cut: Callable[[int], bool]) -> bool:
        """Return whether the same words stand often enough where a page turns, an empty page among them."""
        turns = [number for number in numbers if is_cut(number) or self._is_beside_note(number)]
        same = set(numbers)
        empty = [number for number in numbers if same & {number - 1, number + 1} and self._is_alone(number)]
        alone = sum(map(self._is_alone, numbers))
        ends = len({*turns, *empty})
        return (
            bool(turns) and ends >= 2 and ends * 4 >= len(numbers) and (alone == len(numbers) or ends == len(numbers))
        )

    def _cuts(self, skipped: Collection[int]) -> set[int]:
        """Return which of the lines that are passed over stand between the halves of a sentence."""
        cuts: set[int] = set()
        before: Line | None = None
        run: list[int] = []
        for number, line in enumerate(self.lines):
            if number in skipped:
                run.append(number)
                continue
            titles = len(run) - sum(each in self.notes for each in run)
            if run and before is not None and titles <= _DEEPEST and goes_on_small(line.text):
                is_half = len(before.text) >= _SHORTEST_HALF and not is_over(before.text)
                cuts.update(run if is_half or is_divided(before.text) else ())
            before, run = line, []
        return cuts

    def _is_beside_note(self, number: int) -> bool:
        return self._is_alone(number) and bool({number - 1, number + 1} & set(self.notes))

    def _is_alone(self, number: int) -> bool:
        """Return whether empty lines part a line, or a number and a title, from the rest."""
        block = self._block(number)
        return len(block) == 1 or (
            len(block) == 2 and any(_BARE_NUMBER.fullmatch(self.lines[each].text) for each in block)
        )

    def _beside_number(self, number: int) -> Iterator[int]:
        """Yield the titles set in the middle of the page that stand with its number."""
        block = self._block(number)
        if len(block) <= _DEEPEST and all(self.lines[each].indent >= _CENTRED for each in block):
            yield from block

    def _block(self, number: int) -> range:
        """Return the lines that no empty line parts from one, no more than it takes to see that they are many."""
        first, last = number, number + 1
        while first > 0 and number - first <= _DEEPEST and not self.lines[first].is_after_blank:
            first -= 1
        while last < len(self.lines) and last - number <= _DEEPEST and not self.lines[last].is_after_blank:
            last += 1
        return range(first, last)


def _counted(group: Sequence[tuple[int, int]], lines: Sequence[Line]) -> list[int]:
    """Return the lines of the longest series whose numbers grow, each well apart from the one before it."""
    tails: list[tuple[int, int]] = []
    before: dict[int, int | None] = {}
    for number, value in group:
        place = bisect_left([tail for tail, _ in tails], value)
        earlier = tails[place - 1][1] if place else None
        if earlier is not None and lines[number].start - lines[earlier].end < _APART:
            continue
        before[number] = earlier
        tails[place : place + 1] = [(value, number)]
    series: list[int] = []
    last = tails[-1][1] if tails else None
    while last is not None:
        series.append(last)
        last = before[last]
    return series[::-1]
