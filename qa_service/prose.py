"""How much of a passage says something: lists of literature, menus, addresses and legal notices do not.

Such text is full of a topic's names, so it is found for every question about it, and answers none.
"""

import re
from collections.abc import Callable, Iterator

from qa_service.text import trimmed
from qa_service.types import Span

# every repetition is bounded: a line may be a million characters of anything
_REFERENCE = re.compile(
    r"https?://|\bwww\.|\bdoi\b|\bISBN\b|\bISSN\b|\[\s*electronic resource\s*\]"
    r"|\[\s*(?:электронный ресурс|электронны рэсурс)\s*\]"
    r"|\b(?:режим доступа|рэжым доступу|дата доступа|дата доступу|accessed|retrieved)\b"
    r"|\s//\s.{0,300}?(?:19|20)\d\d"  # an article in a journal, as Russian and Belarusian lists write it
    r"|(?:19|20)\d\d\W{1,5}(?:vol|no|pp?|[сc]|№)\b\W{0,5}\d",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\w@[\w-]{1,64}\.\w|^\W{0,5}(?:tel|phone|fax|тел|факс|e-?mail)\b", re.IGNORECASE)
_LEGAL = re.compile(
    r"©|\(c\)\s{0,3}(?:19|20)\d\d|all rights reserved|все права защищены|усе правы абаронены|\bcookies?\b",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"(?:^|\s)[/›»>](?:\s|$)")
"""What stands between the steps of a path through a site."""

_ROW = re.compile(r" \| |^\s*•")
_END = re.compile(r"[.!?…:;。！？][\"»”“’')\]]*\s*$")
_SHORT = 5
"""Words; a shorter line without an end is a title or an entry of a menu."""

_LIST = 3
"""References in a row that are a list."""

_TITLES = 1
"""Such lines in a row that a heading may have."""


def prose_share(text: str) -> float:
    """Return the share of a passage's characters, in 0..1, that stand in lines that say something.

    Rows of tables and items of lists do. An empty text is all prose.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    total = sum(map(len, lines))
    return sum(len(line) for line in _saying(lines)) / total if total else 1.0


def apparatus_bounds(text: str) -> list[int]:
    """Return the offsets at which a list of literature or the like begins, and where what follows it does."""
    return [bound for run in _runs(text, is_apparatus) for bound in run if bound < len(text)]


def reference_lists(text: str) -> list[Span]:
    """Return the lists of literature, without the white space around them."""
    runs = _runs(text, lambda line: _REFERENCE.search(line) is not None)
    return [Span(*trimmed(text, start, end)) for start, end in runs]


def _runs(text: str, is_member: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of three such lines or more, up to where the next line with a word begins."""
    start, run = 0, 0
    begun = 0
    for line in text.split("\n"):
        if line.strip():
            if is_member(line):
                begun = begun if run else start
                run += 1
            else:
                if run >= _LIST:
                    yield begun, start
                run = 0
        start += len(line) + 1
    if run >= _LIST:
        yield begun, len(text)


def _saying(lines: list[str]) -> list[str]:
    found: list[str] = []
    fragments: list[str] = []
    for line in lines:
        if _is_fragment(line):
            fragments.append(line)
            continue
        if len(fragments) <= _TITLES:
            found.extend(fragments)
        fragments = []
        if not is_apparatus(line):
            found.append(line)
    return found


def _is_fragment(line: str) -> bool:
    return len(line.split()) < _SHORT and _END.search(line) is None and _ROW.search(line) is None


def is_apparatus(line: str) -> bool:
    """Return whether a line is a reference, a contact, a legal notice or a path through a site."""
    return any(pattern.search(line) for pattern in (_REFERENCE, _CONTACT, _LEGAL)) or len(_TRAIL.findall(line)) > 1
