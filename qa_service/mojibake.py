"""Text that was read in the wrong encoding: how to tell it, and how to undo it where nothing is lost."""

import re
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

_FREQUENT = frozenset("оеаинтсрвлкмдпуяы")
"""Letters that make up four fifths of a text in Russian, Belarusian or Ukrainian, with `і` among them as и."""

_AS_I = str.maketrans("іiїёэ", "ииеее")
_FREQUENT_SHARE = 0.68
_BETTER_BY = 0.15
_PURE = 0.95
_FEWEST_LETTERS = 12
_FEWEST_OF_CYRILLIC = 40
"""Letters by which other Cyrillic is known; a short text in capitals may make sense both ways."""

_USUAL = 0.5
"""Share of words in small letters, but for the first, above which Cyrillic was read right."""

_MOST_TIMES = 3
"""A text may have gone wrong more than once: written in UTF-8, read wrong, and written in UTF-8 again."""

_BETWEEN_WORDS = frozenset("«»„“”‘’–—…№\xa0\xad\u0301")
_SAMPLE = 200_000
"""Characters by which a language is judged."""


@dataclass(frozen=True, slots=True)
class Misreading:
    """An encoding that a text was read in, and the one it was written in, as Python calls them."""

    read: str
    written: str

    def __str__(self) -> str:
        return f"{_NAMES[self.written]} read as {_NAMES[self.read]}"


_NAMES: Mapping[str, str] = {
    "utf-8": "UTF-8",
    "cp1251": "Windows-1251",
    "cp1252": "Windows-1252",
    "koi8-r": "KOI8-R",
    "cp866": "DOS 866",
}
_MISREADINGS = tuple(
    Misreading(*pair)
    for pair in (
        ("cp1251", "utf-8"),
        ("cp1252", "utf-8"),
        ("koi8-r", "utf-8"),
        ("cp866", "utf-8"),
        ("cp1252", "cp1251"),
        ("cp1251", "koi8-r"),
        ("koi8-r", "cp1251"),
        ("cp1252", "koi8-r"),
        ("cp1251", "cp866"),
        ("cp1252", "cp866"),
    )
)
_CYRILLIC = re.compile("[\u0400-\u052f]")
_CYRILLIC_WORD = re.compile("[\u0400-\u052f]+")
_WORD = re.compile(r"[^\W\d_]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def _high(encoding: str, first: int, last: int) -> str:
    """Return what the bytes from `first` to `last` are read as, as the inside of a character class."""
    found = (bytes([code]).decode(encoding, "ignore") or chr(code) for code in range(first, last + 1))
    # white space and soft hyphens among them may have been cleaned away
    return "".join(re.escape(each) for each in found if not each.isspace() and each != "\xad")


_RUNS = re.compile(
    # Cyrillic letters in UTF-8 are pairs of a byte D0 or D1 and one of 80..BF
    rf"(?:[РС][{_high('cp1251', 0x80, 0xBF)}]){{3,}}"
    rf"|(?:[ÐÑ][{_high('cp1252', 0x80, 0xBF)}\x80-\xbf]){{3,}}"
    rf"|(?:Ã[{_high('cp1252', 0x80, 0xBF)}\x80-\xbf])+"  # accented letters
    r"|â€[™œ\x9d¢¦“”\x93\x94]"  # quotation marks and dashes
    r"|(?<![^\W\d_])[À-ÖØ-öø-ÿ¸¨]{5,}(?![^\W\d_])"  # a word of Windows-1251, read as Latin
    r"|\ufffd{3,}"
)
_INVERTED = re.compile(r"(?<![^\W\d_])[а-яё][А-ЯЁ]{3,}(?![^\W\d_])")
"""A word of KOI8-R read as Windows-1251: small and capital letters change places. So they do under Caps Lock."""


def undone(text: str) -> tuple[str, tuple[Misreading, ...]]:
    """Return the text as it was meant, and which misreadings were undone, last first; none where it stays as it is.

    Undone is only what can be done again exactly, and makes a text of mixed-up letters one in a language.
    """
    first = _NOT_ASCII.search(text)
    if first is None:
        return text, ()
    _, found = _undone(text[max(first.start() - _SAMPLE // 2, 0) :][:_SAMPLE], is_whole=len(text) <= _SAMPLE // 2)
    meant: str | None = text
    for misreading in found:
        meant = None if meant is None else _undo(meant, misreading)
    return (text, ()) if meant is None else (meant, tuple(found))


def _undone(sample: str, *, is_whole: bool) -> tuple[str, list[Misreading]]:
    """Return the beginning of a text as it was meant, and which misreadings of it must be undone."""
    before = _share(sample)
    meant = sample
    found: list[Misreading] = []
    if before >= _FREQUENT_SHARE and _is_of_letters(sample):
        return sample, []
    while len(found) < _MOST_TIMES and not _is_language(meant, before):
        layer = _layer(meant, is_whole=is_whole) or _last(meant, before)
        if layer is None:
            break
        meant = layer[0]
        found.append(layer[1])
    return (meant, found) if _is_language(meant, before) else (sample, [])


def garbled(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches that look like text read in the wrong encoding."""
    for match in _RUNS.finditer(text):
        yield match.span()
    for match in _INVERTED.finditer(text):
        meant = match.group().encode("cp1251").decode("koi8-r")
        if _frequent(Counter(meant.casefold())) > _frequent(Counter(match.group().casefold())):
            yield match.span()


def _is_of_letters(text: str) -> bool:
    """Return whether next to all characters that are not ASCII are letters or marks that stand between words."""
    found = Counter(_NOT_ASCII.findall(text))
    letters = sum(count for each, count in found.items() if each.isalpha() or each in _BETWEEN_WORDS)
    return letters >= _PURE * found.total()


def _layer(text: str, *, is_whole: bool) -> tuple[str, Misreading] | None:
    """Return the text before it was read wrong, where its bytes are UTF-8, which others are next to never by chance."""
    found = ((_undo(text, each, is_whole=is_whole), each) for each in _MISREADINGS if each.written == "utf-8")
    return next(((meant, each) for meant, each in found if meant is not None), None)


def _last(text: str, before: float) -> tuple[str, Misreading] | None:
    """Return the text before it was read wrong, where one byte is one letter.

    Cyrillic read as other Cyrillic has its small and capital letters mixed up, so a text in which they are not is
    right, however short it is and whichever letters it happens to have.
    """
    is_usual = _is_usual(text) and _is_of_letters(text)
    is_short = sum(map(len, _CYRILLIC_WORD.findall(text))) < _FEWEST_OF_CYRILLIC
    read = {"cp1252"} if is_usual or is_short else {each.read for each in _MISREADINGS}
    possible = [each for each in _MISREADINGS if each.written != "utf-8" and each.read in read]
    found = ((_undo(text, each), each) for each in possible)
    return next(((meant, each) for meant, each in found if meant and _is_language(meant, before)), None)


def _is_usual(text: str) -> bool:
    """Return whether most Cyrillic words are in small letters, or begin with a capital one and go on in small ones."""
    words = [word for word in _CYRILLIC_WORD.findall(text) if len(word) > 1]
    usual = sum(1 for word in words if word[1:].islower())
    return usual > _USUAL * len(words)


def _undo(text: str, misreading: Misreading, *, is_whole: bool = True) -> str | None:
    """Return the text as written; None where the way there and back does not give every character again."""
    codes = _codes(misreading.read)
    try:
        raw = bytes(map(codes.__getitem__, map(ord, text)))
        meant = getincrementaldecoder(misreading.written)().decode(raw, final=is_whole)
    except (KeyError, UnicodeDecodeError):
        return None
    return meant if meant != text else None


@cache
def _codes(encoding: str) -> Mapping[int, int]:
    """Return the byte of every character of an encoding; bytes that it leaves free are read as themselves."""
    codes = {code: code for code in range(256)} if encoding == "cp1252" else {}
    for code in range(256):
        character = bytes([code]).decode(encoding, "ignore") or chr(code)
        codes[ord(character)] = code
    return codes


def _is_language(text: str, before: float) -> bool:
    """Return whether a text's Cyrillic is plainly a language, and not what it was before."""
    words = [word for word in _WORD.findall(text) if _NOT_ASCII.search(word)]
    letters = sum(map(len, words))
    pure = sum(len(word) for word in words if all(map(_CYRILLIC.match, word)))
    share = _share(text)
    is_enough = letters >= _FEWEST_LETTERS and pure >= _PURE * letters
    return is_enough and share >= _FREQUENT_SHARE and share >= before + _BETTER_BY


def _share(text: str) -> float:
    """Return the share of the letters that are not ASCII that are frequent in Cyrillic, words in mixed case aside.

    It is 0 where two letters make up half of a text: no language is like that.
    """
    words = [word for word in _WORD.findall(text) if _NOT_ASCII.search(word)]
    total = sum(map(len, words))
    cased = [word for word in words if word.islower() or word.istitle() or word.isupper()]
    counts = Counter("".join(cased).casefold().translate(_AS_I))
    most = sum(count for _, count in counts.most_common(2))
    if total == 0 or (total >= _FEWEST_LETTERS and most * 2 > total):
        return 0.0
    return _frequent(counts) / total


def _frequent(counts: Mapping[str, int]) -> int:
    return sum(counts[letter] for letter in _FREQUENT if letter in counts)
