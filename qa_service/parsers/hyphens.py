"""Joining the lines of a paragraph: a word that was divided at a line's end becomes whole, a real hyphen stays."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

_HYPHENS = "-\N{SOFT HYPHEN}\N{HYPHEN}"
_DIVIDED = re.compile(rf"(?<=\w)[{_HYPHENS}]\Z")
_DASH_AT_END = re.compile(r"(?<=[^\W_])[–—/]\Z")
_LAST_WORD = re.compile(r"[\w'’ʼ-]*[^\W\d_]\Z")
_WORD = re.compile(r"[^\W\d_][\w'’ʼ]*(?:-[\w'’ʼ]+)*")

_SHORTEST_HALF = 3
_BEFORE_HYPHEN = frozenset({"кое", "кой", "из", "self", "non", "well", "half", "ex", "vice"})
_AFTER_HYPHEN = frozenset({"то", "либо", "нибудь", "ка", "таки", "небудзь", "такі"})


class Vocabulary:
    """The words of a document that are not divided, to judge by what becomes of those that are."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._ends: Counter[str] = Counter()
        is_divided = False
        for line in lines:
            self._ends[line[-1:]] += 1
            words = [match.group() for match in _WORD.finditer(line.casefold())]
            was_divided, is_divided = is_divided, _DIVIDED.search(line) is not None
            self._words.update(words[was_divided : len(words) - is_divided])

    def keeps_hyphen(self, before: str, hyphen: str, after: str) -> bool:
        """Return whether `before-after` is a word with a hyphen of its own, rather than one word divided."""
        if hyphen == "-" and self._ends["\N{HYPHEN}"] > self._ends["-"]:
            return True  # another character marks divided words here
        before, after = before.casefold(), after.casefold()
        if f"{before}-{after}" in self._words:
            return True
        if before + after in self._words:
            return False
        if before in _BEFORE_HYPHEN or after in _AFTER_HYPHEN:
            return True
        are_words = {before, after} <= self._words
        return are_words and min(len(before), len(after)) >= _SHORTEST_HALF


def join_lines(lines: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Return the lines so that they make up the paragraph when put together, each with what follows it."""
    pieces = []
    for line, following in pairwise(lines):
        dropped, added = joint(line, following, vocabulary)
        pieces.append(line[: len(line) - dropped] + added)
    return [*pieces, lines[-1]] if lines else []


def is_divided(line: str) -> bool:
    """Return whether a line ends inside a word."""
    return _DIVIDED.search(line) is not None


def joint(line: str, following: str, vocabulary: Vocabulary) -> tuple[int, str]:
    """Return how many characters to drop at a line's end, and what to put between it and the next one."""
    if _DASH_AT_END.search(line):
        return 0, ""
    if not is_divided(line):
        return 0, " "
    if line.endswith("\N{SOFT HYPHEN}"):
        return 1, ""
    last, first = _LAST_WORD.search(line[:-1]), _WORD.match(following)
    is_word = last is not None and first is not None and first.group()[0].islower()
    if last is not None and first is not None and is_word:
        is_word = not vocabulary.keeps_hyphen(last.group(), line[-1], first.group())
    if is_word:
        return 1, ""
    return (0, "") if line.endswith("-") else (1, "-")
