"""The lines of a PDF page: what stands on one baseline without a wide gap, in the order it was drawn.

A row of a table, or two columns drawn row by row, gives several lines on one baseline.
"""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import pypdfium2 as pdfium
from pypdfium2 import raw

_HYPHEN = "\x02"
"""What PDFium gives for a hyphen at a line's end, whether it belongs to the word or not."""

_UNMAPPED = "\N{REPLACEMENT CHARACTER}"
_AS_TYPED = str.maketrans({"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "•", _HYPHEN: "-", "\ufffe": "-"})
"""Bullets of symbol fonts, and hyphens, as people type them."""

_RAISED, _LOWERED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"), str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LONGEST_MARKER = 8
_MARKER = re.compile(r"[•◦▪‣·●–—*-]|\(?(?:\d{1,3}|\w)[.)]|\d{1,2}(?:\.\d{1,2})+\.?")

_SAME_BASELINE = 0.4
_WIDE_GAP = 2.0
_CELL_GAP = 0.5
_MARKER_GAP = 4.0
"""In heights of a line."""

_UNUSUAL_GAP = 1.8
"""How much wider than the other gaps of its line, which justified text stretches all alike, one parts two cells."""

_SMALL = 0.8
_SHIFTED = 0.07


@dataclass(frozen=True, slots=True)
class Line:
    """Text on one baseline. Coordinates are in points, y upwards; `height` is that of its letters' boxes."""

    text: str
    page: int
    left: float
    right: float
    baseline: float
    height: float

    def overlaps(self, other: "Line") -> bool:
        """Return whether one stands above the other."""
        return self.left < other.right and other.left < self.right

    def is_beside(self, other: "Line") -> bool:
        """Return whether both stand on one baseline."""
        return abs(self.baseline - other.baseline) <= _SAME_BASELINE * max(self.height, other.height)

    def has_size_of(self, other: "Line") -> bool:
        """Return whether both are set in one size, or nearly so."""
        return max(self.height, other.height) <= 1.12 * min(self.height, other.height)


def is_marker(word: str) -> bool:
    """Return whether a word marks an item of a list."""
    return _MARKER.fullmatch(word) is not None


def read_lines(page: pdfium.PdfPage, number: int) -> list[Line]:
    """Return the lines of a page, those that run in its most usual direction first."""
    letters = list(_letters(page))
    runs = list(_runs(letters))
    gaps = [gap for run in runs for gap in _gaps(run) if gap is not None]
    usual = median(gaps) if gaps else 0.0
    found: dict[int, list[Line]] = {turn: [] for turn, _ in Counter(letter.turn for letter in letters).most_common()}
    for run in runs:
        found[run[0].turn] += [_line(part, number) for part in _parted(run, usual)]
    for turn, lines in found.items():
        if turn:  # PDFium mixes up the order of lines that do not run to the right
            lines.sort(key=lambda line: (-round(line.baseline), line.left))
    return [line for lines in found.values() for line in lines]


@dataclass(slots=True)
class _Letter:
    """A character with its box, turned so that its line runs to the right. `is_first` tells a word's first one."""

    character: str
    turn: int
    left: float
    right: float
    baseline: float
    height: float
    is_first: bool


def _letters(page: pdfium.PdfPage) -> Iterator[_Letter]:
    """Yield every character that is not white space.

    A word has one direction, and letters that its font does not map to Unicode from its first one on, or none: to ask
    PDFium about every letter would take half as long again.
    """
    textpage = page.get_textpage()
    handle = textpage.raw
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    to_box, to_x, to_y = ctypes.byref(box), ctypes.byref(x), ctypes.byref(y)
    is_first, is_new, turn, is_suspect = False, True, 0, False
    for index in range(textpage.count_chars()):
        character = chr(raw.FPDFText_GetUnicode(handle, index))
        if character.isspace():
            is_first = is_new = True
            continue
        raw.FPDFText_GetLooseCharBox(handle, index, to_box)
        raw.FPDFText_GetCharOrigin(handle, index, to_x, to_y)
        if is_new:
            turn = round(raw.FPDFText_GetCharAngle(handle, index) / (math.pi / 2)) % 4
        if is_new or is_suspect:
            is_suspect = raw.FPDFText_HasUnicodeMapError(handle, index) == 1
        left, right, height, baseline = _turned(turn, box, x.value, y.value)
        shown = _UNMAPPED if is_suspect or character == "\0" else character
        yield _Letter(shown, turn, left, right, baseline, height, is_first)
        is_first = is_new = False


def _turned(turn: int, box: raw.FS_RECTF, x: float, y: float) -> tuple[float, float, float, float]:
    """Return left, right, height and baseline after turning by so many quarters against the clock."""
    if turn == 0:
        return box.left, box.right, box.top - box.bottom, y
    if turn == 1:
        return -box.top, -box.bottom, box.right - box.left, x
    if turn == 2:
        return -box.right, -box.left, box.top - box.bottom, -y
    return box.bottom, box.top, box.right - box.left, -x


def _runs(letters: list[_Letter]) -> Iterator[list[_Letter]]:
    """Yield letters that follow each other on a baseline."""
    run: list[_Letter] = []
    left = right = height = 0.0
    for letter in letters:
        height = max(height, letter.height, 1.0)
        gap = max(letter.left - right, left - letter.right) / height
        if run and not (_is_level(run[0], letter, height) and (gap < _WIDE_GAP or (gap < _MARKER_GAP and _marks(run)))):
            yield run
            run = []
        if not run:
            left, right, height = letter.left, letter.right, max(letter.height, 1.0)
        run.append(letter)
        left, right = min(left, letter.left), max(right, letter.right)
    if run:
        yield run


def _is_level(first: _Letter, letter: _Letter, height: float) -> bool:
    return letter.turn == first.turn and abs(letter.baseline - first.baseline) <= _SAME_BASELINE * height


def _marks(run: list[_Letter]) -> bool:
    return len(run) <= _LONGEST_MARKER and is_marker("".join(letter.character for letter in run).translate(_AS_TYPED))


def _gaps(run: list[_Letter]) -> list[float | None]:
    """Return the distance before each letter that begins a word, in heights of the line; None before the others."""
    height = max(letter.height for letter in run) or 1.0
    gaps = [(letter.left - before.right) / height if letter.is_first else None for before, letter in pairwise(run)]
    return [None, *gaps]


def _parted(run: list[_Letter], usual: float) -> Iterator[list[_Letter]]:
    """Yield a run's parts between gaps that are wider than its others."""
    gaps = _gaps(run)
    widths = sorted(gap for gap in gaps if gap is not None)
    others = median(widths[:-1]) if len(widths) > 2 else usual
    begin = 0
    for index, gap in enumerate(gaps):
        if gap is None or gap < _CELL_GAP or gap <= _UNUSUAL_GAP * others or _marks(run[begin:index]):
            continue
        yield run[begin:index]
        begin = index
    yield run[begin:]


def _line(letters: list[_Letter], page: int) -> Line:
    heights = Counter(round(letter.height, 1) for letter in letters)
    height = max(heights, key=lambda height: (heights[height], height)) or 1.0
    baseline = next(letter.baseline for letter in letters if round(letter.height, 1) == height or height == 1.0)
    pieces = []
    for number, letter in enumerate(letters):
        pieces.append(" " if number and letter.is_first else "")
        pieces.append(_as_plain(letter, height, baseline) if number else letter.character)
    halves = "".join(pieces).encode("utf-16-le", "surrogatepass")
    text = halves.decode("utf-16-le", "replace").translate(_AS_TYPED)
    left, right = min(letter.left for letter in letters), max(letter.right for letter in letters)
    return Line(text, page, left, right, baseline, height)


def _as_plain(letter: _Letter, height: float, baseline: float) -> str:
    """Return the character; a small figure above or below the line becomes one that is so in plain text."""
    shift = (letter.baseline - baseline) / height
    if letter.height >= _SMALL * height or abs(shift) <= _SHIFTED:
        return letter.character
    return letter.character.translate(_RAISED if shift > 0 else _LOWERED)
