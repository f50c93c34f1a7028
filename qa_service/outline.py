"""What a parser makes of a file, and what is kept of it beside the text: headings, pages, places in the original."""

import json
from dataclasses import asdict, dataclass, field
from typing import Self

from qa_service.types import Metadata

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
class Outline:
    """What is kept of a document beside its text, each by start, ascending."""

    headings: tuple[Heading, ...] = ()
    pages: tuple[Page, ...] = ()
    places: tuple[Place, ...] = ()

    def to_json(self) -> str:
        """Return it as JSON, rows of values."""
        rows = {name: [list(asdict(each).values()) for each in getattr(self, name)] for name in self.__slots__}
        return json.dumps({name: each for name, each in rows.items() if each}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        rows = json.loads(text)
        return cls(
            tuple(Heading(*row) for row in rows.get("headings", ())),
            tuple(Page(*row) for row in rows.get("pages", ())),
            tuple(Place(*row) for row in rows.get("places", ())),
        )


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

    @property
    def outline(self) -> Outline:
        """What is kept of it beside the text."""
        return Outline(self.headings, self.pages, self.places)

    @property
    def is_table(self) -> bool:
        """Whether each paragraph is a row, which is to be a passage of its own."""
        return self.media_type in TABLES
