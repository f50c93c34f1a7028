"""Words and numbers of a text in a folded form, each with the place it stands at.

What is one word to a reader is one here: apostrophes of any shape are one and belong to the word they stand in
(`сям’я`), ё is е, stress marks and soft hyphens are gone, Latin letters in a Cyrillic word are Cyrillic (`Cоюз`) and
the other way round, `U.S.A.` is `usa`. `XIX` is also `19`. A hyphenated word gives the whole without its hyphens, then
its parts. Signs are no part of a number: `12%` is `12`. Scripts that put no spaces between words give overlapping pairs
of characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby, pairwise
from operator import itemgetter

from qa_service.numerals import NUMBER, Reading, number_readings, roman_value
from qa_service.types import Span


def _ranges(codes: Iterable[int]) -> str:
    """Return code points, in order, as the inside of a character class."""
    found = ((code, code - place) for place, code in enumerate(codes))
    groups = ([code for code, _ in group] for _, group in groupby(found, key=itemgetter(1)))
    return "".join(f"{chr(group[0])}-{chr(group[-1])}" for group in groups)


_APOSTROPHES = "'’ʼ`‘‛´′"
_HYPHENS = "\\-‐‑"
_WHERE_MARKS_ARE = chain(
    range(0x300, 0x3100), range(0xA600, 0xAC00), range(0xFB00, 0xFE30), range(0x10A00, 0x12000), range(0x1E000, 0x1E950)
)
_MARKS = _ranges(code for code in _WHERE_MARKS_ARE if unicodedata.category(chr(code)).startswith("M"))
_UNSEEN = "\xad\u200c\u200d\u2060\ufeff"
_SUPERSCRIPTS = "¹²³⁰⁴-⁹"
"""Far more often the mark of a footnote than part of a word."""

_FRACTIONS = "¼-¾⅐-⅞↉"
_NO_SPACES = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u103f\u1050-\u108f\ua9e0-\ua9ef\uaa60-\uaa7f\u1780-\u17dd"  # Myanmar, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"  # Hiragana, Katakana
)
_LETTER = rf"[^\W\d_ʼ{_SUPERSCRIPTS}{_FRACTIONS}{_NO_SPACES}]"
_PLAIN = rf"[^\W_ʼ{_SUPERSCRIPTS}{_FRACTIONS}{_NO_SPACES}]"
_JOINED = rf"[{_MARKS}{_UNSEEN}]"
_WORD = rf"{_PLAIN}++(?:(?:{_JOINED}|[{_APOSTROPHES}](?={_PLAIN}))++{_PLAIN}*+)*+"
_PIECE = rf"(?={_PLAIN}){NUMBER}?+(?:{_WORD})?+"
_CHARACTER = rf"(?=\w)[{_NO_SPACES}][{_MARKS}{_UNSEEN}\uff9e\uff9f]*+"

_TOKEN = re.compile(
    rf"(?P<characters>(?:{_CHARACTER})+)"
    rf"|(?P<initials>(?<!\w){_LETTER}(?:\.{_LETTER})+(?!\w)\.?)"
    rf"|(?P<compound>{_PIECE}(?:[{_HYPHENS}]{_PIECE})*)"
    rf"|(?P<fraction>[{_FRACTIONS}])"
)
_NUMBER = re.compile(NUMBER)
_CHARACTERS = re.compile(_CHARACTER)
_HYPHEN = re.compile(rf"[{_HYPHENS}]")

_ONE_APOSTROPHE = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))
_FOLDS = str.maketrans(
    {"ё": "е", "ѐ": "е", "ѝ": "и"}
    | dict.fromkeys(_UNSEEN + "\u0300\u0301 ")
    | dict.fromkeys(map(chr, (0x640, *range(0x64B, 0x653), *range(0x591, 0x5BE), 0x5C1, 0x5C2)))  # vowel points
)
_LIKE_CYRILLIC = str.maketrans("ABCEHIKMOPTXYaceikopxyë", "АВСЕНІКМОРТХУасеікорхуё")
_LIKE_LATIN = str.maketrans("АВСЕНІЈКМОРЅТХУасеіјкорѕхуһ", "ABCEHIJKMOPSTXYaceijkopsxyh")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN = re.compile("[A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\u024f]")

_LONGEST = 64
"""Characters of a form; what is longer is no word, and is cut there."""

_CACHED = 2**14
_CACHED_TEXTS = 256
"""A question's words are looked up in several ways, and so are those of a passage that is found."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number: where it stands in the text as written, and its folded form, at most 64 characters."""

    span: Span
    exact: str


def tokens(text: str) -> list[Token]:
    """Return the tokens of `text` in the order they start in; a whole stands before its parts and other readings."""
    return [Token(Span(start, end), exact) for start, end, exact in readings(text)]


@lru_cache(_CACHED_TEXTS)
def readings(text: str) -> tuple[Reading, ...]:
    """Return what `tokens` does, as plain (start, end, folded form)."""
    found: list[Reading] = []
    for match in _TOKEN.finditer(text):
        at = match.start()
        found.extend(
            [(at + start, at + end, exact) for start, end, exact in _read(match.group(), match.lastgroup or "")]
        )
    return tuple(found)


def fold(word: str) -> str:
    """Return the form under which a word is the same however it is written. Folding it again changes nothing."""
    while True:
        folded = unicodedata.normalize("NFKC", word.translate(_ONE_APOSTROPHE)).lower().translate(_FOLDS)
        if folded == word:
            return word
        word = folded


@lru_cache(_CACHED)
def _read(written: str, kind: str) -> tuple[Reading, ...]:
    readings = _READERS[kind](written)
    return tuple((start, end, exact[:_LONGEST]) for start, end, exact in readings if exact)


def _read_initials(written: str) -> Iterator[Reading]:
    yield 0, len(written), fold(written.replace(".", ""))


def _read_fraction(written: str) -> Iterator[Reading]:
    yield 0, len(written), fold(written)


def _read_compound(written: str) -> Iterator[Reading]:
    pieces = _HYPHEN.split(written)
    if len(pieces) > 1:
        yield 0, len(written), _whole(pieces)
    start = 0
    for piece in pieces:
        for left, right, exact in _read_piece(piece):
            yield start + left, start + right, exact
        start += len(piece) + 1


def _whole(pieces: list[str]) -> str:
    """Return a hyphenated word in one: `e-mail` is `email`, but `10-12` is not `1012`."""
    has_word = any(map(str.isalpha, "".join(pieces)))
    return ("" if has_word else "-").join(fold(_in_one_script(piece)) for piece in pieces)


def _read_piece(piece: str) -> Iterator[Reading]:
    """Yield the readings of a word, of a number, or of a number and the word written on to it: `5G`, `12км`."""
    match = _NUMBER.match(piece)
    number = match.group() if match else ""
    word = piece[len(number) :]
    if number.isdigit() and word:
        yield 0, len(piece), fold(piece)
    if number:
        yield from number_readings("".join(map(_digit_in_ascii, number)))
    for exact in _word_forms(word) if word else ():
        yield len(number), len(piece), exact


def _digit_in_ascii(character: str) -> str:
    return str(unicodedata.decimal(character, character))


def _word_forms(word: str) -> Iterator[str]:
    """Yield a word and, where it may be a Roman number, that number."""
    yield fold(_in_one_script(word))
    value = roman_value(word)
    if value is not None:
        yield str(value)


def _in_one_script(word: str) -> str:
    """Return the word in the script of most letters where those of the other script look the same in it."""
    cyrillic, latin = len(_CYRILLIC.findall(word)), len(_LATIN.findall(word))
    if not cyrillic or not latin:
        return word
    as_cyrillic, as_latin = word.translate(_LIKE_CYRILLIC), word.translate(_LIKE_LATIN)
    preferred = (as_cyrillic, as_latin) if cyrillic >= latin else (as_latin, as_cyrillic)
    for candidate in preferred:
        if not (_CYRILLIC.search(candidate) and _LATIN.search(candidate)):
            return candidate
    return word


def _read_characters(written: str) -> Iterator[Reading]:
    """Yield every two neighbouring characters, each with its marks; a single one alone."""
    found = [(char.start(), char.end()) for char in _CHARACTERS.finditer(written)]
    for (start, _), (_, end) in list(pairwise(found)) or [(found[0], found[0])]:
        yield start, end, fold(written[start:end])


_READERS = {
    "characters": _read_characters,
    "initials": _read_initials,
    "compound": _read_compound,
    "fraction": _read_fraction,
}
"""By the name of the group in `_TOKEN`."""
