"""What a parser makes of a file, and what is kept of it beside the text: headings, pages, places, marks, flaws."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self, TypeAlias, TypeVar

from qa_service.types import Flaw, Metadata, Source

MarkKind: TypeAlias = str
"""What is told of a stretch of text: "references" for a list of literature, or the kind of a flaw."""

TABLES = frozenset({"text/csv", "text/tab-separated-values"})
"""Media types of files whose text is a row a paragraph."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading in a canonical text: where it starts, its level (1 is highest) and its words."""

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the original: where its text starts in the canonical text, and its number, counted from 1.

    It reaches to the start of the next; where a footnote follows a paragraph that runs over a page's end, the number
    goes back.
    """

    start: int
    number: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the canonical text from `start` on, up to the next place, stood in the original.

    What its format has is given, the rest is None: `part` is the file inside an archive, `page` counts from 1, `top`
    is the distance from the page's top in points, `line` counts from 1 (of a table file: its row), and `offset` counts
    code points of the decoded original, from where it goes on character by character.
    """

    start: int
    part: str | None = None
    page: int | None = None
    top: float | None = None
    line: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the canonical text that something is told of."""

    start: int
    end: int
    kind: MarkKind


_COUNTED = ("start", "line", "offset")
"""Fields of a place that mostly grow from one to the next: differences are short to write."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What is kept of a document beside its text, each by start, ascending.

    `flaws` tells of every kind of flaw how often it was found; `marks` holds lists of literature and the first places
    of each flaw.
    """

    headings: tuple[Heading, ...] = ()
    pages: tuple[Page, ...] = ()
    places: tuple[Place, ...] = ()
    marks: tuple[Mark, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    def to_json(self) -> str:
        """Return it as JSON: rows of values, and columns of places."""
        rows: dict[str, Any] = {
            name: [list(asdict(each).values()) for each in getattr(self, name)]
            for name in self.__slots__
            if name != "places"
        }
        rows["places"] = _columns(self.places)
        filled = {name: each for name, each in rows.items() if each}
        return json.dumps(filled, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        rows = json.loads(text)
        return cls(
            tuple(Heading(*row) for row in rows.get("headings", ())),
            tuple(Page(*row) for row in rows.get("pages", ())),
            _places(rows.get("places", {})),
            tuple(Mark(*row) for row in rows.get("marks", ())),
            tuple(Flaw(*row) for row in rows.get("flaws", ())),
        )

    def sources(self, start: int, end: int) -> Iterator[Place]:
        """Yield where `text[start:end]` stood in the original, stretch by stretch, each counted on to where it begins.

        Nothing is told of what stands before the first place and the first page.
        """
        starts = {start}
        for marks in (self.places, self.pages):
            first, last = (bisect_right(marks, offset, key=_start) for offset in (start, end - 1))
            starts.update(mark.start for mark in marks[first:last])
        for each in sorted(starts):
            place, page = _last(self.places, each), _last(self.pages, each)
            if place is not None:
                offset = None if place.offset is None else place.offset + each - place.start
                number = page.number if place.page is None and page is not None else place.page
                yield replace(place, start=each, page=number, offset=offset)
            elif page is not None:
                yield Place(each, page=page.number)

    def source_of(self, start: int) -> Source | None:
        """Return where the character at `start` stood; None where nothing tells."""
        place = next(self.sources(start, start + 1), None)
        return None if place is None else Source(place.page, place.line, place.part, place.offset)


_Started = TypeVar("_Started", Place, Page)


def _start(mark: Place | Page) -> int:
    return mark.start


def _last(marks: Sequence[_Started], offset: int) -> _Started | None:
    """Return the last that begins at `offset` or before it."""
    number = bisect_right(marks, offset, key=_start)
    return marks[number - 1] if number else None


def _columns(places: Sequence[Place]) -> dict[str, list[Any]]:
    """Return places by field, those that none has left out, numbers that grow as differences."""
    columns: dict[str, list[Any]] = {}
    for each in fields(Place):
        values = [getattr(place, each.name) for place in places]
        if all(value is None for value in values):
            continue
        columns[each.name] = list(_differences(values)) if each.name in _COUNTED else values
    return columns


def _places(columns: Mapping[str, Sequence[Any]]) -> tuple[Place, ...]:
    if not columns:
        return ()
    count = len(columns["start"])
    rows = [
        _sums(columns[each.name]) if each.name in _COUNTED and each.name in columns else columns.get(each.name)
        for each in fields(Place)
    ]
    return tuple(Place(*row) for row in zip(*(row or [None] * count for row in rows), strict=True))


def _differences(values: Iterable[int | None]) -> Iterator[int | None]:
    last = 0
    for value in values:
        yield None if value is None else value - last
        last = last if value is None else value


def _sums(differences: Iterable[int | None]) -> list[int | None]:
    last = 0
    found: list[int | None] = []
    for difference in differences:
        last += difference or 0
        found.append(None if difference is None else last)
    return found


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser makes of a file: its canonical text and what is known beside it."""

    text: str
    media_type: str
    title: str | None = None
    headings: tuple[Heading, ...] = ()
    metadata: Metadata = field(default_factory=dict)
    pages: tuple[Page, ...] = ()
    """By start, ascending; none where the format has no pages."""

    places: tuple[Place, ...] = ()
    """By start, ascending; none where the parser does not tell."""

    marks: tuple[Mark, ...] = ()
    """By start, ascending."""

    flaws: tuple[Flaw, ...] = ()
    """What is wrong with the text."""

    @property
    def outline(self) -> Outline:
        """What is kept of it beside the text."""
        return Outline(self.headings, self.pages, self.places, self.marks, self.flaws)

    @property
    def is_table(self) -> bool:
        """Whether each paragraph is a row, which is to be a passage of its own."""
        return self.media_type in TABLES
