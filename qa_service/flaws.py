"""What may be wrong with a text's characters, and its lists of literature: found and told, never changed in silence."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from qa_service.mojibake import garbled
from qa_service.outline import Mark
from qa_service.prose import reference_lists
from qa_service.types import Flaw

REFERENCES = "references"
MIXED_LETTERS, MOJIBAKE, MISREAD = "mixed_letters", "mojibake", "misread"
NO_TEXT = "pages_without_text"

_MOST_MARKS = 100
"""Marks of one kind that are kept."""

_LONGEST_WORD = 64
_SWITCH = re.compile("[A-Za-z][\u0400-\u052f]|[\u0400-\u052f][A-Za-z]")
_REST = re.compile(r"[^\W\d_]{0,64}")
_LIKE_CYRILLIC = frozenset("ABCEHIKMOPTXYaceikopxyuëÿ")
_LIKE_LATIN = frozenset("АВСЕНІКМОРТХУасеікорхуёЅѕЈј")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z]")

_TOLD: Mapping[str, tuple[str, str]] = {
    MIXED_LETTERS: ("{} word mixes Latin and Cyrillic letters", "{} words mix Latin and Cyrillic letters"),
    MOJIBAKE: (
        "{} place looks like text read in the wrong encoding",
        "{} places look like text read in the wrong encoding",
    ),
    MISREAD: (
        "text read in the wrong encoding was put right in {} word",
        "text read in the wrong encoding was put right in {} words",
    ),
    NO_TEXT: ("{} page has no text: run OCR on the file", "{} pages have no text: run OCR on the file"),
}


def find_flaws(text: str) -> tuple[tuple[Flaw, ...], tuple[Mark, ...]]:
    """Return the flaws of a canonical text, and the marks to keep: its lists of literature, and flaws' first places."""
    flaws: list[Flaw] = []
    marks = [Mark(span.start, span.end, REFERENCES) for span in reference_lists(text)[:_MOST_MARKS]]
    finders: Sequence[tuple[str, Callable[[str], Iterator[tuple[int, int]]]]]
    finders = (MOJIBAKE, garbled), (MIXED_LETTERS, mixed_words)
    for kind, find in finders:
        found = find(text)
        first = list(islice(found, _MOST_MARKS))
        if first:
            flaws.append(Flaw(kind, len(first) + sum(1 for _ in found), *first[0]))
            marks += [Mark(start, end, kind) for start, end in first]
    return tuple(flaws), tuple(sorted(marks, key=lambda mark: (mark.start, mark.end)))


def mixed_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the words in which letters of one alphabet stand for those of the other that look the same."""
    reached = 0
    for match in _SWITCH.finditer(text):
        if match.start() < reached:
            continue
        begin = match.start()
        while begin > max(reached, match.start() - _LONGEST_WORD) and text[begin - 1].isalpha():
            begin -= 1
        rest = _REST.match(text, match.start())
        reached = rest.end() if rest else match.end()
        word = text[begin:reached]
        latin = {letter for letter in word if _LATIN.match(letter)}
        other = {letter for letter in word if "\u0400" <= letter <= "\u052f"}
        if latin <= _LIKE_CYRILLIC or other <= _LIKE_LATIN:
            yield begin, reached


def misread(text: str) -> Flaw:
    """Return what tells that a text had been read in the wrong encoding and was put right, with the first such word."""
    words = [match.span() for match in _WORD.finditer(text) if not match.group().isascii()]
    return Flaw(MISREAD, len(words), *(words[0] if words else (0, 0)))


def told(flaw: Flaw) -> str:
    """Return what a flaw is, in a few words."""
    one, many = _TOLD[flaw.kind]
    return (one if flaw.count == 1 else many).format(f"{flaw.count:,}")
