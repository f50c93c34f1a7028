"""Canonical text: what citations refer to and what the reader shows, with a map back to the text it came from."""

import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

_NOISE = re.compile(
    r"\r\n?|[\v\f\x85\u2028\u2029]"  # line ends other than a newline
    r"|[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"  # control characters
    r"|[\xad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]"  # soft hyphens, invisible marks, forced direction
    r"|[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]"  # spaces other than a space
    r"|[\ud800-\udfff]"  # half a surrogate pair
)
_LINE_ENDS = frozenset("\r\v\f\x85\u2028\u2029")
_LAYOUT = re.compile(
    r"(?<![ \t])(?:"
    r"(?:[ \t]*+\n)*+[ \t]*+\Z"  # white space at the end of the text
    r"|(?:[ \t]*+\n)++"  # line ends with the white space before them
    r")"
)
_NOTHING = re.compile(r"(?!)")
_LONGEST_CLUSTER = 64
"""No script puts so many marks on a letter, and ordering them takes time that grows with the square."""


Piece: TypeAlias = tuple[int, int] | str
"""A stretch of a text, from start to end, or what is put in."""


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Leads offsets through one clean-up step: `lengths[i]` characters from `sources[i]` are those at `targets[i]`.

    Such segments are in the order of the cleaned text, where `targets[0]` is 0 and what lies between two was put in.
    In the text before the step they do not overlap and may stand in any order; what lies between them was taken out.
    The last one is empty and holds the ends of both texts.
    """

    targets: tuple[int, ...]
    sources: tuple[int, ...]
    lengths: tuple[int, ...]
    _order: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """The segments as they stood before the step."""

    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _ends: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Of each segment, where the next one stood before the step; of the last, where the text ended."""

    def __post_init__(self) -> None:
        order = sorted(range(len(self.sources)), key=lambda segment: (self.sources[segment], self.lengths[segment]))
        starts = [self.sources[segment] for segment in order]
        ends = [0] * len(order)
        for segment, end in zip(order, [*starts[1:], sys.maxsize], strict=True):
            ends[segment] = end
        for name, values in (("_order", order), ("_starts", starts), ("_ends", ends)):
            object.__setattr__(self, name, tuple(values))

    def to_source(self, offset: int) -> int:
        """Return where the character at `offset` of the cleaned text stood before the step.

        One that was put in gives the place in what it stands for, and where it stands for nothing, the end of what is
        before it.
        """
        segment = bisect_right(self.targets, offset) - 1
        inside = offset - self.targets[segment]
        end = self.sources[segment] + self.lengths[segment]
        return min(self.sources[segment] + inside, max(end, self._ends[segment] - 1))

    def to_target(self, offset: int) -> int:
        """Return where the character at `offset` went; a removed one gives the place it was removed from."""
        segment = self._order[max(bisect_right(self._starts, offset) - 1, 0)]
        moved = self.targets[segment] + max(offset - self.sources[segment], 0)
        if offset - self.sources[segment] < self.lengths[segment] or segment + 1 == len(self.targets):
            return moved
        return min(moved, self.targets[segment + 1])

    def is_kept(self, offset: int) -> bool:
        """Return whether the character at `offset` of the cleaned text is the very one from before the step."""
        segment = bisect_right(self.targets, offset) - 1
        return offset - self.targets[segment] < self.lengths[segment]


@dataclass(frozen=True, slots=True)
class CanonicalText:
    """A cleaned text and the maps of the steps that made it, first step first."""

    text: str
    maps: tuple[OffsetMap, ...]

    def to_source(self, offset: int) -> int:
        """Return the offset in the text before clean-up."""
        for step in reversed(self.maps):
            offset = step.to_source(offset)
        return offset

    def to_canonical(self, offset: int) -> int:
        """Return the offset in the cleaned text of a place in the text before clean-up."""
        for step in self.maps:
            offset = step.to_target(offset)
        return offset

    def starts(self) -> set[int]:
        """Return the offsets of the cleaned text from which it goes on character by character with the one before."""
        found: set[int] = set()
        for step in self.maps:
            found = {step.to_target(offset) for offset in found}.union(step.targets)
        return found


def canonicalise(raw: str) -> CanonicalText:
    """Clean `raw` up: one kind of line end and space, composed letters (NFC), nothing invisible, single blank lines.

    Canonicalising a canonical text changes nothing.
    """
    text, noise = _rewrite(raw, _NOISE, _without_noise)
    text, composition = _rewrite(text, _decomposed(text), _composed)
    text, layout = _rewrite(text, _LAYOUT, _without_loose_layout)
    return CanonicalText(text, (noise, composition, layout))


def _without_noise(match: re.Match[str]) -> str:
    found = match.group()
    if found[0] in _LINE_ENDS:
        return "\n"
    if found.isspace():
        return " "
    return "\N{REPLACEMENT CHARACTER}" if "\ud800" <= found <= "\udfff" else ""


def _decomposed(text: str) -> re.Pattern[str]:
    """Return what finds the pieces of `text` that NFC may change, each normalised apart from the rest."""
    if unicodedata.is_normalized("NFC", text):
        return _NOTHING
    characters = "".join(sorted(set(text)))
    joining = re.escape("".join(filter(_joins_any, characters)))
    single = re.escape("".join(one for one in characters if not unicodedata.is_normalized("NFC", one)))
    alternatives = ((joining, f".?[{joining}]+"), (single, f"[{single}]"))
    return re.compile("|".join(pattern for members, pattern in alternatives if members), re.DOTALL)


def _joins_any(character: str) -> bool:
    """Return whether a character may melt into the one before it: a mark, or a vowel or end of a Korean syllable."""
    return unicodedata.category(character).startswith("M") or "\u1160" <= character <= "\u11ff"


def _composed(match: re.Match[str]) -> str:
    found = match.group()
    return found if len(found) > _LONGEST_CLUSTER else unicodedata.normalize("NFC", found)


def _without_loose_layout(match: re.Match[str]) -> str:
    is_inside = match.start() > 0 and match.end() < len(match.string)
    return "\n" * min(2, match.group().count("\n")) if is_inside else ""


def _rewrite(text: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> tuple[str, OffsetMap]:
    return rearranged(text, _pieces(text, pattern, replace))


def _pieces(text: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> Iterator[Piece]:
    read = 0
    for match in pattern.finditer(text):
        replacement = replace(match)
        if replacement == match.group():
            continue
        yield read, match.start()
        yield replacement
        read = match.end()
    yield read, len(text)


def rearranged(text: str, pieces: Iterable[Piece]) -> tuple[str, OffsetMap]:
    """Return the pieces put together: stretches of `text` as (start, end), none twice, and strings that are put in."""
    found: list[str] = []
    segments: list[tuple[int, int, int]] = []
    length = 0
    for piece in pieces:
        added = piece if isinstance(piece, str) else text[piece[0] : piece[1]]
        if not isinstance(piece, str):
            segments.append((length, piece[0], len(added)))
        found.append(added)
        length += len(added)
    if not segments or segments[0][0]:
        segments.insert(0, (0, 0, 0))
    segments.append((length, len(text), 0))
    return "".join(found), OffsetMap(*(tuple(column) for column in zip(*segments, strict=True)))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without the white space at its two ends; an empty span where there is nothing else."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return start + left, max(start + left, start + len(piece.rstrip()))


def joins_previous(text: str, index: int) -> bool:
    """Return whether `text[index]` belongs to the character before it, so that nothing may be cut between them."""
    if not 0 < index < len(text):
        return False
    character = text[index]
    return (
        unicodedata.category(character).startswith("M")
        or character == "\N{ZERO WIDTH JOINER}"
        or text[index - 1] == "\N{ZERO WIDTH JOINER}"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
