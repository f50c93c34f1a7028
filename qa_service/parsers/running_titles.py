"""What two pages share where they carry the same running title: its words, and numbers that are equal or count on."""

import re
from collections.abc import Iterator
from typing import TypeAlias

Title: TypeAlias = tuple[str, tuple[int, ...], str]

_NUMBER = re.compile(r"\d+")
_FEW_PAGES = 6


def enough_pages(pages: int) -> int:
    """Return on how many of a document's pages a line must come back to be its running title."""
    return 2 if pages <= _FEW_PAGES else 3


def titles_of(text: str, page: int) -> Iterator[Title]:
    """Yield every running title that a line on a page may be: with its numbers as they are, or counting the pages."""
    folded = " ".join(text.casefold().split())
    words = _NUMBER.sub("#", folded)
    numbers = [int(number[:9]) for number in _NUMBER.findall(folded)]
    if not numbers or re.search(r"[^\W\d_]", words):
        yield words, tuple(numbers), "same"
    for position in {0, len(numbers) - 1} - {-1}:
        counted = tuple(number - page if place == position else number for place, number in enumerate(numbers))
        yield words, counted, "counted"
